"""What the nightly check reads: sums made by the database, long tables read as streams. Amounts in euros.

The number of queries does not depend on the number of invoices, nor the memory: only what does not agree comes out.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Left, Round, TruncMonth

from billing.models import (
    Allocation,
    Anomaly,
    AttemptShare,
    BillingRun,
    CarriedMonth,
    Chargeback,
    CoveredLine,
    CreditNote,
    CreditNoteLine,
    CreditNoteRefund,
    CreditRefund,
    DailyFile,
    Debit,
    DebitBatch,
    DepositSlip,
    Instalment,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAttempt,
    PayzenMessage,
    TillClosing,
    TreasuryBatch,
)
from billing.payzen.transactions import CREDIT, Transaction
from billing.queries.daily import open_lines
from billing.queries.invoices import ZERO
from billing.rules.drafts import HOLDING, BookedDay
from billing.rules.instalments import moved_cents
from billing.rules.periods import last_day_of
from billing.rules.reconciliation import AttemptFacts, Row, Series, Told
from billing.services.payments.journal import transaction_of
from billing.services.runs.days import FIELDS, booked_day
from castres_portal.base.models import Counter
from reservations.models import Booking

STREAM = 2000  # rows that the database hands over at a time


def of_month(rows: QuerySet[Any], month: date | None, field: str = "month") -> QuerySet[Any]:
    """Keep the rows of a month, or all of them."""
    return rows if month is None else rows.filter(**{field: month})


# --- Invoices and lines -----------------------------------------------------------------------------------------------


def lines_unlike_their_parts(month: date | None) -> QuerySet[Any]:
    """Return the lines whose amount is not care and food."""
    rows = of_month(InvoiceLine.objects.all(), month, "invoice__month")
    return rows.exclude(amount=Round(F("care_part") + F("food_part"), precision=2)).select_related("invoice")


def invoices_unlike_their_lines(month: date | None) -> QuerySet[Any]:
    """Return the invoices whose total is not the sum of their lines (``lines_sum``) less what others pay (``others_sum``)."""
    return (
        of_month(Invoice.objects.all(), month)
        .annotate(
            lines_sum=Coalesce(Subquery(_sum_of(InvoiceLine.objects, "invoice")), ZERO),
            others_sum=Coalesce(Subquery(_sum_of(CoveredLine.objects, "line__invoice")), ZERO),
        )
        .exclude(
            total=Round(F("lines_sum") - F("others_sum"), precision=2), covered=Round(F("others_sum"), precision=2)
        )
    )


def parts_amiss(month: date | None) -> QuerySet[Any]:
    """Return the parts of other payers that are not care and food, that together exceed their line (``parts_sum``), or whose
    payer was asked for another sum, or for none although the run has ended."""
    sums = CoveredLine.objects.filter(line=OuterRef("line")).order_by().values("line").annotate(sum=Sum("amount"))
    rows = of_month(CoveredLine.objects.all(), month, "line__invoice__month")
    rows = rows.annotate(parts_sum=Round(Coalesce(Subquery(sums.values("sum")), ZERO), precision=2))
    apart = ~Q(amount=Round(F("care_part") + F("food_part"), precision=2))
    asked = Q(invoice_line__isnull=False) & (
        ~Q(invoice_line__amount=F("amount")) | ~Q(invoice_line__invoice__family=F("payer"))
    )
    forgotten = Q(invoice_line=None, line__invoice__run__finished_at__isnull=False)
    found = rows.filter(apart | asked | forgotten | Q(parts_sum__gt=F("line__amount")))
    return found.select_related("line__invoice", "payer", "invoice_line")


def lines_without_source(month: date | None) -> QuerySet[Any]:
    """Return the lines that nothing justifies: a booking or a presence of another child, household or day, or of a later month; a
    booking that was cancelled and is charged, without a credit note that anybody proposed; another sum than its supplement."""
    said = CreditNoteLine.objects.filter(Q(line=OuterRef("pk")) | Q(line__covers__line=OuterRef("pk")))
    another = Q()
    for source in ("booking", "attendance"):
        same = Q(
            **{f"{source}__child": F("child"), f"{source}__day": F("day"), f"{source}__family": F("invoice__family")}
        )
        another |= Q(**{f"{source}__isnull": False}) & ~same
    later = Q(completes=None) & Q(day_month__gt=F("invoice__month"))
    freed = Q(booking__status=Booking.Status.CANCELLED) & Q(amount__gt=0) & ~Exists(said)
    supplement = Q(completes__isnull=False) & ~Q(amount=F("completes__amount"))
    rows = of_month(InvoiceLine.objects.all(), month, "invoice__month").annotate(day_month=TruncMonth("day"))
    return rows.filter(another | later | freed | supplement).select_related("invoice", "booking")


def credit_notes_unlike_their_lines() -> QuerySet[Any]:
    """Return the credit notes whose total is not the sum of their lines, ``lines_sum``."""
    rows = CreditNote.objects.annotate(lines_sum=Coalesce(Subquery(_sum_of(CreditNoteLine.objects, "note")), ZERO))
    return rows.exclude(total=Round(F("lines_sum"), precision=2)).select_related("invoice")


def _sum_of(rows: Any, owner: str) -> QuerySet[Any]:
    return rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner).annotate(sum=Sum("amount")).values("sum")


# --- Booked days ------------------------------------------------------------------------------------------------------


class BookedRow(NamedTuple):
    """An active booking of a closed month that no line charges; ``invoice`` (id) is its household's of that month, if any."""

    month: date
    invoice: int | None
    family: int
    booked: BookedDay


def closed_months(month: date | None) -> QuerySet[Any]:
    """Return the months whose invoices were issued."""
    return of_month(BillingRun.objects.filter(finished_at__isnull=False), month).order_by().values("month").distinct()


def booked_in(month: date | None) -> QuerySet[Any]:
    """Return the active bookings of closed months, with their ``month``."""
    rows: QuerySet[Any] = Booking.objects.filter(status=Booking.Status.ACTIVE)
    if month:
        rows = rows.filter(day__range=(month, last_day_of(month)))
    return rows.annotate(month=TruncMonth("day")).filter(month__in=closed_months(month))


def bookings_not_invoiced(month: date | None) -> Iterator[tuple[date, list[BookedRow]]]:
    """Yield, for each month, the booked days that no line charges and that nothing explains; one query.

    Explained: the household's invoice is held back by a named anomaly; its month was too small and is carried over; the day was
    booked once the invoice was out, and the run that will charge it has not come.
    """
    held = Anomaly.objects.filter(
        kind__in=HOLDING, settled_at=None, family=OuterRef("family"), run__month=OuterRef("month")
    )
    carried = CarriedMonth.objects.filter(family=OuterRef("family"), invoice=None)
    invoices = Invoice.objects.filter(family=OuterRef("family"), month=OuterRef("month"), for_others=False)
    late = invoices.filter(issued_at__lte=OuterRef("booked_at"))
    since = BillingRun.objects.filter(
        finished_at__isnull=False, month__gt=OuterRef("month"), started_at__gt=OuterRef("booked_at")
    )
    rows = (
        booked_in(month)
        .filter(~Exists(InvoiceLine.objects.filter(booking=OuterRef("pk"))))
        .annotate(invoice=Subquery(invoices.values("pk")[:1]))
        .exclude(Q(invoice__isnull=True) & (Exists(held) | Exists(carried.filter(month=OuterRef("month")))))
        .exclude(Exists(late) & (~Exists(since) | Exists(carried)))
        .order_by("month", "family_id", "day", "pk")
        .values_list("month", "invoice", *FIELDS)
    )
    found = (BookedRow(row[0], row[1], row[2], booked_day(row[2:])) for row in rows.iterator(chunk_size=STREAM))
    for its_month, of_its_month in groupby(found, key=attrgetter("month")):
        yield its_month, list(of_its_month)


# --- What is put on invoices ------------------------------------------------------------------------------------------


def invoices_overpaid(month: date | None) -> QuerySet[Any]:
    """Return the invoices that hold more than their total, or less than nothing: ``held``."""
    rows = of_month(Invoice.objects.all(), month)
    rows = rows.annotate(held=Round(Coalesce(Subquery(_sum_of(Allocation.objects, "invoice")), ZERO), precision=2))
    return rows.filter(Q(held__gt=F("total")) | Q(held__lt=0))


def payments_overused() -> QuerySet[Any]:
    """Return the payments of which invoices have more than they brought, or a refund that took more than it gave: ``used``."""
    used = Round(Coalesce(Subquery(_sum_of(Allocation.objects, "payment")), ZERO), precision=2)
    rows = Payment.objects.annotate(used=used)
    return rows.filter(
        Q(amount__gt=0, used__gt=F("amount"))
        | Q(amount__gt=0, used__lt=0)
        | Q(amount__lt=0, used__lt=F("amount"))
        | Q(amount__lt=0, used__gt=0)
    )


@dataclass(frozen=True, slots=True)
class OverusedAttempt:
    """An attempt of which invoices have more than all its payments and refunds leave."""

    attempt: int
    family: int
    order_id: str
    brought: Decimal
    used: Decimal


def attempts_overused() -> list[OverusedAttempt]:
    """Return the attempts whose money was used twice: on an invoice and given back; one query."""
    brought = Payment.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt").annotate(sum=Sum("amount"))
    used = Allocation.objects.filter(payment__attempt=OuterRef("pk")).order_by().values("payment__attempt")
    rows = PaymentAttempt.objects.annotate(
        brought=Round(Coalesce(Subquery(brought.values("sum")), ZERO), precision=2),
        used=Round(Coalesce(Subquery(used.annotate(sum=Sum("amount")).values("sum")), ZERO), precision=2),
    ).filter(used__gt=F("brought"))
    return [OverusedAttempt(*row) for row in rows.values_list("pk", "family", "order_id", "brought", "used")]


def attempts_unlike_their_shares(month: date | None) -> QuerySet[Any]:
    """Return the attempts that ask for another amount than their shares, ``shares_sum``."""
    rows = of_month(PaymentAttempt.objects.all(), month, "invoice__month")
    shares = Round(Coalesce(Subquery(_sum_of(AttemptShare.objects, "attempt")), ZERO), precision=2)
    return rows.annotate(shares_sum=shares).exclude(amount=F("shares_sum")).select_related("invoice")


def credit_notes_overused() -> QuerySet[Any]:
    """Return the credit notes of which invoices or refunds have more than they give back, ``used``: nothing unless confirmed."""
    used = Coalesce(Subquery(_sum_of(Allocation.objects, "credit_note")), ZERO) + Coalesce(
        Subquery(_sum_of(CreditNoteRefund.objects, "note")), ZERO
    )
    rows = CreditNote.objects.annotate(used=Round(used, precision=2))
    confirmed = Q(status=CreditNote.Status.CONFIRMED)
    return rows.filter((confirmed & Q(used__gt=F("total"))) | (~confirmed & Q(used__gt=0))).select_related("invoice")


def payments_of_nobody() -> Iterator[Payment]:
    """Yield the payments that neither an attempt on line, nor the counter, nor the comptable, nor a debit brought.

    What the Trésor collected pays an invoice that was handed over to it. What a bank sent back answers a returned debit of the
    same household and sum: each return accounts for one.
    """
    handed = Allocation.objects.filter(payment=OuterRef("pk"), invoice__handovers__isnull=False)
    of_treasury = Q(means=Payment.Means.TREASURY) & Exists(handed)
    rows = Payment.objects.filter(attempt=None, till_entry=None, credit_refund=None, debit=None)
    returned = Tally(_returned_debits().values_list("payment__family", "payment__amount"))
    for payment in rows.exclude(of_treasury).order_by("pk").iterator():
        key = (payment.family_id, -payment.amount)
        if _sends_back(payment) and returned[key]:
            returned[key] -= 1
        else:
            yield payment


def returns_without_reversal() -> Iterator[Debit]:
    """Yield the debits that came back and whose money is still counted as received."""
    reversals = Payment.objects.filter(means=Payment.Means.DEBIT, kind=Payment.Kind.REVERSAL, attempt=None)
    written = Tally((family, -amount) for family, amount in reversals.values_list("family", "amount"))
    for debit in _returned_debits().select_related("invoice", "payment").order_by("pk").iterator():
        assert debit.payment is not None  # as filtered
        key = (debit.payment.family_id, debit.payment.amount)
        if written[key]:
            written[key] -= 1
        else:
            yield debit


def _returned_debits() -> QuerySet[Debit]:
    return Debit.objects.filter(state=Debit.State.RETURNED, payment__isnull=False)


def _sends_back(payment: Payment) -> bool:
    return payment.means == Payment.Means.DEBIT and payment.kind == Payment.Kind.REVERSAL


def debits_unlike_their_payment() -> QuerySet[Any]:
    """Return the debits that were collected, or were and came back, whose payment is not there or has another amount."""
    rows = Debit.objects.filter(
        Q(state=Debit.State.COLLECTED) & (Q(payment=None) | ~Q(payment__amount=F("amount")))
        | Q(state=Debit.State.RETURNED, payment__isnull=False) & ~Q(payment__amount=F("amount"))
    )
    return rows.select_related("invoice", "payment")


# --- The bank's own words ---------------------------------------------------------------------------------------------


class Unreadable(NamedTuple):
    """A stored message that tells of no transaction any more."""

    message: int
    attempt: int | None


def messages_without_attempt() -> Iterator[Told | Unreadable]:
    """Yield what the bank said of orders that no attempt knows; one query."""
    rows = PayzenMessage.objects.filter(attempt=None).order_by("received_at", "pk")
    for message in rows.iterator(chunk_size=STREAM):
        yield told_by(message)


def told_by(message: PayzenMessage, *, asked: Decimal | None = None) -> Told | Unreadable:
    """Read what a message says, from its raw fields alone; ``asked`` (euros): all that a payment in instalments is to bring."""
    try:
        told = transaction_of(message)
    except (KeyError, TypeError, ValueError):
        return Unreadable(message.pk, message.attempt_id)
    return Told(
        message=message.pk,
        uuid=told.trans_uuid or "",
        operation=told.operation,
        outcome=told.outcome,
        cents=_cents_of(told, asked),
        fate=message.outcome,
        explanation=message.explanation,
        received_at=message.received_at,
    )


def _cents_of(told: Transaction, asked: Decimal | None) -> int:
    if asked is None or told.operation == CREDIT:
        return told.amount_cents
    return moved_cents(told.amount_cents, told.effective_amount_cents, asked=int(asked * 100))


def attempts_with_their_proofs(month: date | None) -> Iterator[tuple[AttemptFacts, list[Unreadable]]]:
    """Yield each attempt with its messages and its money: three streams read side by side, in the order of attempts."""
    attempts = of_month(PaymentAttempt.objects.all(), month, "invoice__month").order_by("pk")
    messages = PayzenMessage.objects.filter(attempt__isnull=False)
    rows = Payment.objects.filter(attempt__isnull=False).annotate(
        recorded=Exists(Chargeback.objects.filter(taken_back=OuterRef("pk")))
        | Exists(CreditRefund.objects.filter(payment=OuterRef("pk")))
    )
    if month:
        messages = messages.filter(attempt__invoice__month=month)
        rows = rows.filter(attempt__invoice__month=month)
    said = _Beside(
        messages.order_by("attempt_id", "received_at", "pk").iterator(chunk_size=STREAM), lambda each: each.attempt_id
    )
    money = _Beside(
        rows.order_by("attempt_id", "pk")
        .values_list("attempt", "pk", "number", "kind", "transaction_uuid", "amount", "recorded")
        .iterator(chunk_size=STREAM),
        lambda each: each[0],
    )
    in_parts = Exists(Instalment.objects.filter(attempt=OuterRef("pk")))
    fields = attempts.annotate(in_parts=in_parts).values_list(
        *("pk", "order_id", "status", "family", "invoice", "invoice__month", "amount", "in_parts")
    )
    for attempt, order_id, status, family, invoice, its_month, amount, has_parts in fields.iterator(chunk_size=STREAM):
        told = [told_by(each, asked=amount if has_parts else None) for each in said.of(attempt)]
        yield (
            AttemptFacts(
                attempt=attempt,
                order_id=order_id,
                status=status,
                family=family,
                invoice=invoice,
                month=its_month,
                told=[each for each in told if isinstance(each, Told)],
                rows=[Row(*row[1:]) for row in money.of(attempt)],
            ),
            [each for each in told if isinstance(each, Unreadable)],
        )


class _Beside:
    """A stream in the order of its owners, of which one owner's rows are taken at a time."""

    def __init__(self, rows: Iterator[Any], owner: Callable[[Any], int]) -> None:
        self._groups = groupby(rows, key=owner)
        self._next: tuple[int, list[Any]] | None = None

    def of(self, owner: int) -> list[Any]:
        """Return the rows of an owner; owners are asked for in increasing order."""
        while self._next is None or self._next[0] < owner:
            group = next(self._groups, None)
            if group is None:
                return []
            self._next = (group[0], list(group[1]))
        return self._next[1] if self._next[0] == owner else []


# --- PayZen’s daily files ---------------------------------------------------------------------------------------------


def daily_files_with_differences() -> QuerySet[Any]:
    """Return the compared files of which a difference is still open, with ``open_count``, ``bank_sum`` and ``ledger_sum``."""
    mine = open_lines().filter(file=OuterRef("pk")).order_by().values("file")
    count = mine.annotate(number=Count("pk")).values("number")
    bank = mine.annotate(sum=Sum("bank_amount")).values("sum")
    ledger = mine.annotate(sum=Sum("ledger_amount")).values("sum")
    return DailyFile.objects.annotate(
        open_count=Coalesce(Subquery(count), 0),
        bank_sum=Round(Coalesce(Subquery(bank), ZERO), precision=2),
        ledger_sum=Round(Coalesce(Subquery(ledger), ZERO), precision=2),
    ).filter(open_count__gt=0)


# --- Numbers ----------------------------------------------------------------------------------------------------------


class Numbered(NamedTuple):
    """A model whose numbers follow each other: its French name, the length of the prefix and of the rank, its counter."""

    model: type[Model]
    name: str
    prefix: int
    width: int
    counter: Callable[[str], str]
    starts_with: str = ""
    field: str = "number"


NUMBERED = (
    Numbered(Invoice, "Factures", 4, 6, lambda prefix: f"factures-{prefix}"),
    Numbered(Payment, "Quittances", 6, 6, lambda prefix: f"quittances-{prefix[1:5]}", "P"),
    Numbered(CreditNote, "Avoirs", 6, 6, lambda prefix: f"avoirs-{prefix[1:5]}", "A"),
    Numbered(TillClosing, "Arrêtés de caisse", 6, 5, lambda prefix: f"arretes-{prefix[1:5]}", "A"),
    Numbered(DepositSlip, "Bordereaux de remise", 6, 5, lambda prefix: f"bordereaux-{prefix[1:5]}", "B"),
    Numbered(
        DebitBatch, "Fichiers de prélèvement", 10, 4, lambda prefix: f"prelevements-{prefix[5:9]}", "PRLV", "message_id"
    ),
    Numbered(TreasuryBatch, "Lots pour le Trésor", 6, 4, lambda prefix: f"lots-tresor-{prefix[1:5]}", "T"),
)


def series_of(numbered: Numbered, month: date | None) -> list[Series]:
    """Return each series of a model; two queries."""
    if month and numbered.model is not Invoice:
        return []
    rows = of_month(numbered.model._default_manager.all(), month).filter(
        **{f"{numbered.field}__startswith": numbered.starts_with}
    )
    found = rows.order_by().annotate(prefix=Left(numbered.field, numbered.prefix)).values_list("prefix")
    sums = list(found.annotate(count=Count("pk"), last=Max(numbered.field)).order_by("prefix"))
    counters = dict(
        Counter.objects.filter(series__in=[numbered.counter(prefix) for prefix, _, _ in sums]).values_list(
            "series", "value"
        )
    )
    return [
        Series(
            name=numbered.name,
            prefix=prefix,
            width=numbered.width,
            count=count,
            last=int(last[numbered.prefix :]),
            counter=counters.get(numbered.counter(prefix), 0),
        )
        for prefix, count, last in sums
    ]


def ranks_of(numbered: Numbered, series: Series) -> Iterator[int]:
    """Yield the ranks of a series that are there; one query."""
    rows = numbered.model._default_manager.filter(**{f"{numbered.field}__startswith": series.prefix})
    numbers = rows.order_by(numbered.field).values_list(numbered.field, flat=True).iterator()
    return (int(number[numbered.prefix :]) for number in numbers)


# --- What was looked at -----------------------------------------------------------------------------------------------


def counts(month: date | None) -> dict[str, int]:
    """Count what a check goes through; five queries."""
    return {
        "invoices": of_month(Invoice.objects.all(), month).count(),
        "lines": of_month(InvoiceLine.objects.all(), month, "invoice__month").count(),
        "bookings": booked_in(month).count(),
        "payments": of_month(Payment.objects.all(), month, "attempt__invoice__month").count(),
        "messages": of_month(PayzenMessage.objects.all(), month, "attempt__invoice__month").count(),
    }
