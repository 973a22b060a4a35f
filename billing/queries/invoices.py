"""Invoices as pages read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import Allocation, Invoice, PaymentWindow
from billing.queries.handed_over import with_treasury
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
    """What a family owes: number of invoices, of unpaid ones, euros still owed."""

    count: int
    unpaid_count: int
    owed: Decimal


def balance_of(family: Family) -> Balance:
    """Return a family's balance over all her invoices; one query. What was handed over to the Trésor is owed to it."""
    found = with_treasury(with_paid(Invoice.objects.filter(family=family)))
    return balance_from(found.values_list("total", F("paid"), F("at_treasury")))


def balance_from(rows: Iterable[tuple[Decimal, Decimal, bool]]) -> Balance:
    """Add up invoices, each as its total, what is paid of it (euros), and whether it was handed over to the Trésor."""
    rows = list(rows)
    unpaid = [total - paid for total, paid, at_treasury in rows if total > paid and not at_treasury]
    return Balance(count=len(rows), unpaid_count=len(unpaid), owed=sum(unpaid, Decimal("0.00")))


@dataclass(frozen=True)
class InvoiceSheet:
    """An invoice as a page shows it at an instant; amounts in euros."""

    invoice: Invoice
    window: PaymentWindow
    paid: Decimal
    owed: Decimal
    state: InvoiceState
    can_be_paid: bool

    @property
    def is_at_treasury(self) -> bool:
        """True for an unpaid invoice that the comptable collects."""
        return self.state is InvoiceState.AT_TREASURY

    @property
    def label(self) -> str:
        """« Réglée », « Réglée en partie », « Non réglée »."""
        return settled_label(total=self.invoice.total, paid=self.paid, at_treasury=self.is_at_treasury)

    @property
    def tone(self) -> str:
        """Name of the state for the ``status`` component."""
        return TONES.get(self.state, "due")


def invoices_of(family: Family) -> QuerySet[Invoice]:
    """Return a family's invoices with their windows and what is paid of them, the latest first."""
    return with_treasury(with_paid(Invoice.objects.filter(family=family))).select_related("window")


def unpaid(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Keep the invoices that still owe something."""
    return invoices.filter(Q(owed__gt=0))


def sheet_of(invoice: Invoice, *, at: datetime) -> InvoiceSheet:
    """Say where an invoice of ``invoices_of`` stands at an instant; no query."""
    paid: Decimal = invoice.paid  # type: ignore[attr-defined]  # annotated
    at_treasury: bool = invoice.at_treasury  # type: ignore[attr-defined]  # annotated
    window = invoice.window
    times = {"opens_at": window.opens_at, "closes_at": window.closes_at, "at": at}
    owed = invoice.total - paid
    return InvoiceSheet(
        invoice=invoice,
        window=window,
        paid=paid,
        owed=max(owed, Decimal("0.00")),
        state=invoice_state(total=invoice.total, paid=paid, at_treasury=at_treasury, **times),
        can_be_paid=not at_treasury and refusal_to_pay(owed=owed, **times) is None,
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
