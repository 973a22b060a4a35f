"""PayZen’s daily file: what the ledger has to be compared with it, and the sums that a comparison shows. Amounts in euros."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from billing.models import DailyFile, DailyLine, Payment, PaymentAttempt
from billing.models.daily import DIFFERENT, EXPLAINED
from billing.rules.daily import OPERATION_OF, Entry
from castres_portal.base.clock import in_paris

Kind = Payment.Kind
Verdict = DailyLine.Verdict
NOTHING = Decimal("0.00")
SOME = 5000  # identifiers in one query


def attempts_named(orders: Collection[str]) -> dict[str, PaymentAttempt]:
    """Return the attempts at PayZen that some orders name, by order; one query for five thousand."""
    payzen = PaymentAttempt.objects.filter(provider=PaymentAttempt.Provider.PAYZEN)
    return {
        attempt.order_id: attempt
        for some in _batches(orders)
        for attempt in payzen.filter(order_id__in=some).only("order_id", "site_id", "mode")
    }


def entries_of(orders: Collection[str], first: date, last: date, *, site_id: str, mode: str) -> list[Entry]:
    """Return what the ledger has of some orders, and of a period (days of UTC, one more at each end); four queries, or so."""
    start = datetime.combine(first - timedelta(days=1), time.min, UTC)
    end = datetime.combine(last + timedelta(days=2), time.min, UTC)
    rows = Payment.objects.filter(
        attempt__provider=PaymentAttempt.Provider.PAYZEN, attempt__site_id=site_id, attempt__mode=mode
    ).exclude(transaction_uuid="")
    when = Q(authorised_at__gte=start, authorised_at__lt=end) | Q(
        authorised_at=None, received_at__gte=start, received_at__lt=end
    )
    mine = rows.filter(kind__in=OPERATION_OF).select_related("attempt")
    found = {payment.pk: payment for payment in mine.filter(when)}
    for some in _batches(orders):
        found |= {payment.pk: payment for payment in mine.filter(attempt__order_id__in=some)}
    answers: dict[str, list[Payment]] = {}
    undone = rows.filter(kind__in=[Kind.REVERSAL, Kind.CHARGEBACK])
    for some in _batches({payment.transaction_uuid for payment in found.values()}):
        for answer in undone.filter(transaction_uuid__in=some):
            answers.setdefault(answer.transaction_uuid, []).append(answer)
    return [_entry(payment, answers.get(payment.transaction_uuid, ())) for _, payment in sorted(found.items())]


def _entry(payment: Payment, answers: Iterable[Payment]) -> Entry:
    attempt = payment.attempt
    assert attempt is not None  # the query asks for it
    called_off = next((each for each in answers if each.kind == Kind.REVERSAL), None)
    taken_back = next((each for each in answers if each.kind == Kind.CHARGEBACK), None)
    return Entry(
        payment=payment.pk,
        number=payment.number,
        operation=OPERATION_OF[payment.kind],
        uuid=payment.transaction_uuid,
        order_id=attempt.order_id,
        trans_id=attempt.trans_id,
        amount=payment.amount,
        at=payment.authorised_at or payment.received_at,
        attempt=attempt.pk,
        captured_on=in_paris(payment.captured_at).date() if payment.captured_at else None,
        called_off_at=called_off.received_at if called_off else None,
        called_off_by=called_off.number if called_off else "",
        taken_back=taken_back.amount if taken_back else NOTHING,
        taken_back_by=taken_back.number if taken_back else "",
    )


def _batches(values: Collection[Any]) -> Iterator[tuple[Any, ...]]:
    ordered = sorted(values)
    return (tuple(ordered[start : start + SOME]) for start in range(0, len(ordered), SOME))


def covered_days(first: date, last: date) -> set[date]:
    """Return the days around a period of which a file was compared."""
    around = timedelta(days=2)
    days = set()
    files = DailyFile.objects.filter(last_day__gte=first - around, first_day__lte=last + around)
    for start, end in files.values_list("first_day", "last_day"):
        days |= days_between(start, end)
    return days


def days_between(first: date, last: date) -> set[date]:
    """Return every day of a period, both ends included."""
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def open_lines() -> QuerySet[DailyLine]:
    """Return the differences that nobody has settled, of the last word on each transaction."""
    return DailyLine.objects.filter(
        Q(anomaly=None) | Q(anomaly__settled_at=None), verdict__in=DIFFERENT, replaced_by=None
    )


def with_state(files: QuerySet[DailyFile]) -> QuerySet[DailyFile]:
    """Annotate files with ``is_open``: one of their differences waits for somebody; and with ``line_count``."""
    mine = open_lines().filter(file=OuterRef("pk"))
    return files.annotate(is_open=Exists(mine), line_count=Count("lines", filter=Q(lines__number__isnull=False)))


@dataclass(frozen=True, slots=True)
class SumRow:
    """The lines of one result: how many, what moved at the bank and in the ledger (euros)."""

    verdict: str
    label: str
    count: int
    bank: Decimal
    ledger: Decimal

    @property
    def difference(self) -> Decimal:
        """What the bank has more than the ledger."""
        return self.bank - self.ledger

    @property
    def is_different(self) -> bool:
        """Whether somebody must look."""
        return self.verdict in DIFFERENT


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of a comparison: each result, and all together; the differences of the rows add up to that of the whole."""

    rows: list[SumRow]

    @property
    def bank(self) -> Decimal:
        """What moved at the bank."""
        return sum((row.bank for row in self.rows), NOTHING)

    @property
    def ledger(self) -> Decimal:
        """What moved in the ledger."""
        return sum((row.ledger for row in self.rows), NOTHING)

    @property
    def difference(self) -> Decimal:
        """What the bank has more than the ledger."""
        return self.bank - self.ledger

    @property
    def count(self) -> int:
        """How many lines."""
        return sum(row.count for row in self.rows)


def sums_of(file: DailyFile) -> Sums:
    """Add up the lines of a file by result, what must be looked at last; one query."""
    found = {
        row["verdict"]: row
        for row in file.lines.order_by()
        .values("verdict")
        .annotate(count=Count("pk"), bank=Sum("bank_amount"), ledger=Sum("ledger_amount"))
    }
    order = (Verdict.SAME, *EXPLAINED, *DIFFERENT)
    return Sums(
        [
            SumRow(verdict, verdict.label, row["count"], _cents(row["bank"]), _cents(row["ledger"]))
            for verdict in order
            if (row := found.get(verdict))
        ]
    )


@dataclass(frozen=True, slots=True)
class Deposit:
    """What PayZen sent to the account of the Trésor on a day, and what the ledger has of the same transactions (euros)."""

    day: date
    count: int
    bank: Decimal
    ledger: Decimal

    @property
    def difference(self) -> Decimal:
        """What the bank has more than the ledger."""
        return self.bank - self.ledger


def deposits_of(file: DailyFile) -> list[Deposit]:
    """Return the deposits of the days on which a file’s transactions were captured, all files together; two queries.

    Each transaction counts once, by the last word that the bank gave of it.
    """
    days = list(
        file.lines.filter(status="CAPTURED", captured_on__isnull=False)
        .order_by()
        .values_list("captured_on", flat=True)
        .distinct()
    )
    rows = DailyLine.objects.filter(captured_on__in=days, status="CAPTURED", replaced_by=None).order_by("captured_on")
    sums = rows.values("captured_on").annotate(count=Count("pk"), bank=Sum("bank_amount"), ledger=Sum("ledger_amount"))
    return [
        Deposit(day, row["count"], _cents(row["bank"]), _cents(row["ledger"]))
        for row in sums
        if (day := row["captured_on"])  # always: the days are asked for
    ]


def _cents(amount: Decimal | None) -> Decimal:
    return (amount or NOTHING).quantize(Decimal("0.01"))  # SQLite adds amounts as floating numbers
