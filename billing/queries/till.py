"""The régie as its pages and services read it: debts at the counter, the drawer, what waits for a closing or a slip."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum, Window
from django.db.models.functions import Coalesce

from billing.models import (
    Allocation,
    DepositSlip,
    Invoice,
    InvoiceLine,
    Payment,
    TillClosing,
)
from billing.queries.handed_over import HANDED_OVER, owed_of, with_treasury
from billing.queries.instalments import PLANNED, with_planned
from billing.queries.invoices import unpaid, with_paid
from billing.rules.till import (
    CESU,
    CaredDay,
    CashBook,
    Debt,
    MeansSum,
    TillPolicy,
    cash_warning,
    cesu_care,
    deposit_warning,
    sums_by_means,
)
from castres_portal.base.clock import in_paris
from families.models import Family

Means = Payment.Means
NOTHING = Decimal("0.00")


def till_policy() -> TillPolicy:
    """Return what the act of the régie allows."""
    policy: dict[str, Any] = settings.TILL
    return TillPolicy(**policy)


# --- The counter ------------------------------------------------------------------------------------------------------


def debts_of(family: Family, *, only: Collection[int] | None = None) -> list[Debt]:
    """Return what a household's invoices still owe, the one due first before the others; three queries.

    ``only`` (ids) narrows it. What a payment in instalments is still to debit is not taken twice. An invoice handed over to the
    Trésor, or that instalments are to pay, is there, with the reason why it takes nothing.
    """
    invoices = Invoice.objects.filter(family=family)
    if only is not None:
        invoices = invoices.filter(pk__in=only)
    rows = list(
        with_planned(with_treasury(unpaid(with_paid(invoices))))
        .select_related("window")
        .order_by("window__due_on", "number")
    )
    care = cesu_left([row.pk for row in rows])
    return [
        Debt(
            invoice=row.pk,
            number=row.number,
            due_on=row.window.due_on,
            owed=_left_of(row) or owed_of(row),
            cesu=min(care[row.pk], _left_of(row) or owed_of(row)),
            refusal=_refusal_of(row),
        )
        for row in rows
        if owed_of(row) > 0
    ]


def _left_of(row: Invoice) -> Decimal:
    planned: Decimal = row.planned  # type: ignore[attr-defined]  # annotated
    return max(NOTHING, owed_of(row) - planned)


def _refusal_of(row: Invoice) -> str:
    if row.at_treasury:  # type: ignore[attr-defined]  # annotated
        return HANDED_OVER.format(row.number)
    return "" if _left_of(row) else PLANNED.format(row.number)


# What a line charges: a booking or a presence, itself or by what it completes, or those of the line of which it is a part.
_OWN = ("", "completes__line__")
_SLUGS = [
    f"{part}{own}{source}__activity__slug"
    for part in ("", "covers__line__")
    for own in _OWN
    for source in ("booking", "attendance")
]


def cesu_left(invoices: Collection[int]) -> dict[int, Decimal]:
    """Return what CESU may still pay of each invoice (id), in euros: its care, less the CESU it already has; two queries."""
    policy = till_policy()
    days: dict[int, list[CaredDay]] = defaultdict(list)
    lines = InvoiceLine.objects.filter(invoice__in=invoices, care_part__gt=0).order_by()
    names = ("invoice", "activity", "care_part", "child__birth_date", "day", "others")
    lines = lines.annotate(others=Sum("covered_parts__care_part"), activity=Coalesce(*(F(slug) for slug in _SLUGS)))
    for invoice, activity, care, born_on, day, others in lines.values_list(*names):
        days[invoice].append(CaredDay(activity, care - (others or NOTHING), born_on, day))
    used = Allocation.objects.filter(invoice__in=invoices, payment__means__in=CESU).order_by().values_list("invoice")
    paid = dict(used.annotate(sum=Sum("amount")))
    return {
        invoice: max(
            NOTHING,
            cesu_care(days[invoice], under=policy.cesu_under, around_school=policy.cesu_around_school)
            - paid.get(invoice, NOTHING),
        )
        for invoice in invoices
    }


# --- Movements --------------------------------------------------------------------------------------------------------


def movements() -> QuerySet[Payment]:
    """Return all that the régie took and gave back, in order. What the comptable collected himself is not its money."""
    return Payment.objects.exclude(means=Means.TREASURY).order_by("received_at", "pk")


def open_movements(*, until: datetime) -> QuerySet[Payment]:
    """Return the movements up to an instant that no closing has."""
    return movements().filter(closed=None, received_at__lte=until)


def sums_of(payments: QuerySet[Payment]) -> list[MeansSum]:
    """Add movements up by means; one query."""
    return sums_by_means(payments.values_list("means", "amount"))


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """What of the journal is asked for; days include both ends."""

    first: date
    last: date
    means: str = ""
    kind: str = ""
    words: str = ""


def journal(asked: JournalFilter) -> tuple[Decimal, QuerySet[Payment]]:
    """Return the euros before the first day, and the movements with ``balance``, the running sum since then; lazy.

    The sum runs over the movements that are asked for: of one means, it is that means' balance.
    """
    rows = movements()
    if asked.means:
        rows = rows.filter(means=asked.means)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.words:
        rows = rows.filter(
            Q(number__icontains=asked.words)
            | Q(family__name__icontains=asked.words)
            | Q(family__number__icontains=asked.words)
            | Q(till_entry__cheque_number__icontains=asked.words)
            | Q(allocations__invoice__number__icontains=asked.words)
        )
        rows = movements().filter(pk__in=rows.order_by().values("pk"))
    before = rows.filter(received_at__date__lt=asked.first).aggregate(sum=Sum("amount"))["sum"] or NOTHING
    inside = rows.filter(received_at__date__gte=asked.first, received_at__date__lte=asked.last)
    running = Window(Sum("amount"), order_by=[F("received_at").asc(), F("pk").asc()])
    related = ("family", "till_entry__taken_by", "till_entry__reverses", "closed__closing", "deposited__slip")
    return before, inside.annotate(running=running).select_related(*related).prefetch_related("allocations__invoice")


# --- The drawer -------------------------------------------------------------------------------------------------------


def cash_book(*, until: datetime) -> CashBook:
    """Return what the drawer took, lost and gave up to an instant; three queries."""
    taken = movements().filter(means=Means.CASH, received_at__lte=until).aggregate(sum=Sum("amount"))["sum"]
    closings = TillClosing.objects.filter(closed_at__lte=until)
    differences = closings.aggregate(sum=Sum(F("cash_counted") - F("cash_expected")))["sum"]
    deposits = DepositSlip.objects.filter(kind=DepositSlip.Kind.CASH, made_at__lte=until)
    deposited = deposits.aggregate(sum=Sum("amount"))["sum"]
    return CashBook(taken or NOTHING, differences or NOTHING, deposited or NOTHING)


def to_deposit(kind: str) -> QuerySet[Payment]:
    """Return the cheques or the CESU that a closing has, that no slip has and that were not reversed, in order."""
    rows = movements().filter(means=kind, kind=Payment.Kind.PAYMENT, closed__isnull=False, deposited=None)
    return rows.filter(till_reversal=None).select_related("till_entry", "family")


@dataclass(frozen=True, slots=True)
class TillState:
    """What the régisseur finds in the morning: what is to be closed, held, deposited, and what is overdue. Amounts in euros."""

    sums: list[MeansSum]
    cash_held: Decimal
    cash_float: Decimal
    cheques: int
    cheques_amount: Decimal
    cesu: int
    cesu_amount: Decimal
    last_closing: TillClosing | None
    warnings: list[str]

    @property
    def drawer(self) -> Decimal:
        """What is to be counted in the drawer, the change that stays there included."""
        return self.cash_held + self.cash_float


def till_state(*, at: datetime) -> TillState:
    """Return where the till stands at an instant."""
    policy = till_policy()
    book = cash_book(until=at)
    cheques, cesu = _waiting(Means.CHEQUE), _waiting(Means.CESU)
    oldest = min([day for _, _, day in (cheques, cesu) if day], default=None)
    found = (
        cash_warning(book.held, policy=policy),
        deposit_warning(oldest, today=in_paris(at).date(), policy=policy),
    )
    return TillState(
        sums=sums_of(open_movements(until=at)),
        cash_held=book.held,
        cash_float=policy.cash_float,
        cheques=cheques[0],
        cheques_amount=cheques[1],
        cesu=cesu[0],
        cesu_amount=cesu[1],
        last_closing=TillClosing.objects.order_by("-closed_at", "-pk").first(),
        warnings=[warning for warning in found if warning],
    )


def _waiting(kind: str) -> tuple[int, Decimal, date | None]:
    rows: Iterable[tuple[datetime, Decimal]] = list(to_deposit(kind).values_list("received_at", "amount"))
    amounts = [amount for _, amount in rows]
    first = min((at for at, _ in rows), default=None)
    return len(amounts), sum(amounts, NOTHING), in_paris(first).date() if first else None
