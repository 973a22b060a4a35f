"""One line of an invoice, explained: the day, who booked it and when, the price and the vote that it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import User
from billing.models import CoveredLine, Dispute, DisputedLine, Invoice, InvoiceLine
from families.models import Family, FamilyRequest, QuotientRecord
from reservations.queries.day_story import Event, day_page


@dataclass(frozen=True)
class Explanation:
    """What a line rests on. ``siblings`` are the other lines of the same child and service, ``dispute`` the latest on it."""

    line: InvoiceLine
    events: Sequence[Event]
    quotient: QuotientRecord | None
    siblings: Sequence[InvoiceLine]
    dispute: Dispute | None
    parts: Sequence[CoveredLine] = ()

    @property
    def left(self) -> Decimal:
        """What the household pays of it (euros), others paying their ``parts``."""
        return self.line.amount - sum((part.amount for part in self.parts), Decimal("0.00"))

    @property
    def can_be_disputed(self) -> bool:
        """True while no dispute about this line waits for an answer."""
        return self.dispute is None or not self.dispute.request.is_open


def lines_of(family: Family, number: str) -> QuerySet[InvoiceLine]:
    """Return the lines of one of the household's invoices."""
    return InvoiceLine.objects.filter(invoice__family=family, invoice__number=number).select_related(
        "invoice",
        "booking__activity",
        "attendance__activity",
        "completes__line__booking__activity",
        "completes__line__attendance__activity",
        "covers__coverage",
        "covers__line__booking__activity",
        "covers__line__attendance__activity",
        "covers__line__completes",
    )


def explain(line: InvoiceLine, *, reader: User | None, at: datetime) -> Explanation:
    """Return what a line rests on, as its household may read it."""
    source = line.source
    family = line.invoice.family
    if reader is None and source.family:
        family = source.family
    # What happened to a day of another household is that household's: who pays a part of it reads the price and the decision.
    page = (
        None
        if line.covers
        else day_page(family, line.day, reader=reader, at=at, child=line.child_id, activity=source.activity.slug)
    )
    return Explanation(
        line=line,
        events=page.stories[0].events if page else (),
        quotient=_quotient(line),
        siblings=_siblings(line),
        dispute=dispute_of(line),
        parts=list(line.covered_parts.select_related("coverage__payer__paying_body")),
    )


def dispute_of(line: InvoiceLine) -> Dispute | None:
    """Return the latest dispute about a line, or None; one query."""
    rows = Dispute.objects.filter(lines__line=line).exclude(request__status=FamilyRequest.Status.WITHDRAWN)
    return rows.select_related("request").order_by("-request__received_at", "-pk").first()


def open_disputes(invoice: Invoice) -> QuerySet[DisputedLine]:
    """Return the lines of an invoice that wait for an answer."""
    return DisputedLine.objects.filter(dispute__invoice=invoice, dispute__request__status__in=FamilyRequest.OPEN)


def _quotient(line: InvoiceLine) -> QuotientRecord | None:
    if line.quotient is None:
        return None
    records = QuotientRecord.objects.filter(family=line.invoice.family_id, value=line.quotient)
    records = records.filter(Q(ends_on=None) | Q(ends_on__gte=line.day), starts_on__lte=line.day)
    return records.order_by("-starts_on").first()


def _siblings(line: InvoiceLine) -> list[InvoiceLine]:
    same = {"invoice": line.invoice_id, "child": line.child_id, "activity_name": line.activity_name}
    return list(InvoiceLine.objects.filter(**same).exclude(pk=line.pk).order_by("day"))
