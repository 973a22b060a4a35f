"""Billing runs as pages read them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from billing.models import Anomaly, BillingRun, Invoice, PreviewedHousehold

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Progress:
    """Where a run stands; amounts in euros."""

    households: int
    examined: int
    invoices: int
    amount: Decimal
    chunks: int
    chunks_done: int
    held_back: int
    papers_waiting: int
    finished: bool

    @property
    def percent(self) -> int:
        """How much of it is done, from 0 to 100."""
        if self.finished or not self.households:
            return 100
        return self.examined * 100 // self.households


def progress_of(run: BillingRun) -> Progress:
    """Count what a run has done; four queries."""
    run.refresh_from_db(fields=["finished_at", "households"])
    done = Q(done_at__isnull=False)
    sums = run.chunks.aggregate(
        examined=Sum("households", filter=done),
        invoices=Sum("invoices"),
        amount=Sum("amount"),
        chunks=Count("pk"),
        chunks_done=Count("pk", filter=done),
    )
    return Progress(
        households=run.households,
        examined=sums["examined"] or 0,
        invoices=sums["invoices"] or 0,
        amount=sums["amount"] or ZERO,
        chunks=sums["chunks"],
        chunks_done=sums["chunks_done"],
        held_back=Anomaly.objects.filter(run=run).values("family").distinct().count(),
        papers_waiting=run.invoices.filter(pdf__made_at=None).count(),
        finished=run.finished_at is not None,
    )


@dataclass(frozen=True)
class Moved:
    """A household whose invoice is not what the preview said: its quotient or an absence changed in between (euros)."""

    invoice: Invoice
    foreseen: Decimal


def moved_since_preview(run: BillingRun) -> list[Moved]:
    """Return the invoices that differ from what the agent validated, fifty at most; one query."""
    foreseen = PreviewedHousehold.objects.filter(run=run, family=OuterRef("family")).values("total")
    rows = run.invoices.filter(for_others=False).select_related("family").annotate(foreseen=Subquery(foreseen))
    moved = rows.filter(foreseen__isnull=False).exclude(total=F("foreseen")).order_by("number")[:50]
    return [Moved(invoice, invoice.foreseen) for invoice in moved]
