"""Invoices as pages read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import Allocation, Invoice, PaymentWindow
from billing.queries.handed_over import with_treasury
from billing.queries.instalments import with_planned
from billing.rules.grouping import Bill, group_lines
from billing.rules.payments import refusal_to_pay
from billing.rules.windows import InvoiceState, invoice_state, settled_label
from families.models import Family

ZERO = Value(Decimal("0.00"), output_field=DecimalField(max_digits=9, decimal_places=2))


def with_paid(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotate ``paid`` (sum of the allocations, euros) and ``owed`` (total − paid)."""
    paid = Allocation.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice").annotate(sum=Sum("amount"))
    sum_paid = Coalesce(Subquery(paid.values("sum")), ZERO)
    return invoices.annotate(paid=sum_paid, owed=F("total") - sum_paid)


TONES = {InvoiceState.PAID: "paid", InvoiceState.NOT_YET_OPEN: "pending", InvoiceState.AT_TREASURY: "pending"}


@dataclass(frozen=True)
class Balance:
    """What a family owes: number of invoices, of unpaid ones, euros to pay; and what instalments under way are to bring."""

    count: int
    unpaid_count: int
    owed: Decimal
    planned: Decimal = Decimal("0.00")


def balance_of(family: Family) -> Balance:
    """Return a family's balance over all her invoices; one query. What was handed over to the Trésor is owed to it."""
    found = with_planned(with_treasury(with_paid(Invoice.objects.filter(family=family))))
    return balance_from(found.values_list("total", F("paid"), F("at_treasury"), F("planned")))


def balance_from(rows: Iterable[tuple[Decimal, Decimal, bool, Decimal]]) -> Balance:
    """Add up invoices: the total of each, what is paid of it, whether it is at the Trésor, what instalments are to bring."""
    rows = list(rows)
    left = [(total - paid, planned) for total, paid, at_treasury, planned in rows if total > paid and not at_treasury]
    unpaid = [owed - planned for owed, planned in left if owed > planned]
    coming = sum((min(owed, planned) for owed, planned in left), Decimal("0.00"))
    return Balance(count=len(rows), unpaid_count=len(unpaid), owed=sum(unpaid, Decimal("0.00")), planned=coming)


@dataclass(frozen=True)
class InvoiceSheet:
    """An invoice as a page shows it at an instant; amounts in euros."""

    invoice: Invoice
    window: PaymentWindow
    paid: Decimal
    owed: Decimal
    state: InvoiceState
    can_be_paid: bool
    planned: Decimal = Decimal("0.00")

    @property
    def payable(self) -> Decimal:
        """Euros that nothing is to bring: owed, less what a payment in instalments is still to debit."""
        return max(self.owed - self.planned, Decimal("0.00"))

    @property
    def is_planned(self) -> bool:
        """True when instalments under way are to bring all that is owed."""
        return self.planned > 0 and self.payable == 0

    @property
    def is_at_treasury(self) -> bool:
        """True for an unpaid invoice that the comptable collects."""
        return self.state is InvoiceState.AT_TREASURY

    @property
    def label(self) -> str:
        """« Réglée », « Réglée en partie », « Non réglée »."""
        if self.is_planned:
            return "Payée en plusieurs fois"
        return settled_label(total=self.invoice.total, paid=self.paid, at_treasury=self.is_at_treasury)

    @property
    def tone(self) -> str:
        """Name of the state for the ``status`` component."""
        return "pending" if self.is_planned else TONES.get(self.state, "due")


def invoices_of(family: Family) -> QuerySet[Invoice]:
    """Return a family's invoices with their windows and what is paid of them, the latest first."""
    return with_planned(with_treasury(with_paid(Invoice.objects.filter(family=family)))).select_related("window")


def unpaid(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Keep the invoices that still owe something."""
    return invoices.filter(Q(owed__gt=0))


def sheet_of(invoice: Invoice, *, at: datetime) -> InvoiceSheet:
    """Say where an invoice of ``invoices_of`` stands at an instant; no query."""
    paid: Decimal = invoice.paid  # type: ignore[attr-defined]  # annotated
    at_treasury: bool = invoice.at_treasury  # type: ignore[attr-defined]  # annotated
    window = invoice.window
    times = {"opens_at": window.opens_at, "closes_at": window.closes_at, "at": at}
    owed = (invoice.total - paid).quantize(Decimal("0.01"))
    planned: Decimal = getattr(invoice, "planned", Decimal("0.00"))
    return InvoiceSheet(
        invoice=invoice,
        window=window,
        paid=paid,
        owed=max(owed, Decimal("0.00")),
        state=invoice_state(total=invoice.total, paid=paid, at_treasury=at_treasury, **times),
        can_be_paid=not at_treasury and owed > planned and refusal_to_pay(owed=owed, **times) is None,
        planned=min(planned, max(owed, Decimal("0.00"))),
    )


def sheets_of(invoices: Iterable[Invoice], *, at: datetime) -> list[InvoiceSheet]:
    """Say where each invoice stands; no query."""
    return [sheet_of(invoice, at=at) for invoice in invoices]


def payable_of(family: Family, *, at: datetime) -> list[InvoiceSheet]:
    """Return a family's invoices that can be paid on line now, the oldest first; one query."""
    owing = unpaid(invoices_of(family)).order_by("month", "number")
    return [sheet for sheet in sheets_of(owing, at=at) if sheet.can_be_paid]


def bill_of(invoice: Invoice) -> Bill:
    """Return an invoice's lines grouped by child, service and price; one query."""
    return group_lines(invoice.lines.all())


def allocations_of(invoice: Invoice) -> list[Allocation]:
    """Return what was put on an invoice, or taken back, in order, with its payment or its credit note; one query."""
    rows = invoice.allocations.select_related("payment", "credit_note")
    return list(rows.order_by(Coalesce("payment__received_at", "credit_note__decided_at"), "pk"))


def deducted_at_issue(invoice: Invoice) -> list[Allocation]:
    """Return the credit notes that were deducted as an invoice was issued, in order: its paper says them; one query, or none
    when ``with_deductions`` read them."""
    rows = getattr(invoice, "deducted", None)
    return rows if rows is not None else list(_deductions().filter(invoice=invoice))


def with_deductions(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Read what was deducted from each invoice as it was issued; one query for all."""
    return invoices.prefetch_related(Prefetch("allocations", _deductions(), to_attr="deducted"))


def _deductions() -> QuerySet[Allocation]:
    # A credit note decided later is deducted from an invoice that stands already, and whose paper may be in the post.
    before = Q(credit_note__decided_at__lte=F("invoice__issued_at"))
    return Allocation.objects.filter(before).select_related("credit_note").order_by("credit_note__decided_at", "pk")
