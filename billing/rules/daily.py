"""PayZen’s daily file beside the ledger: which transaction is which payment, and whether they agree. Pure; euros, aware instants.

The file says what the bank knows when it writes it; the ledger goes on living. What the bank announced since explains itself.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from billing.models import DailyLine, Payment
from billing.payzen.journal import JournalLine
from billing.payzen.transactions import CREDIT, DEBIT, VERIFICATION, Outcome, outcome_of
from castres_portal.base.clock import in_paris
from castres_portal.base.french import euros, plain_day

Verdict = DailyLine.Verdict
NOTHING = Decimal("0.00")
OPERATION_OF = {Payment.Kind.PAYMENT.value: DEBIT, Payment.Kind.REFUND.value: CREDIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A payment, or a refund made at the bank, of the ledger; ``amount`` with its sign, what answered it beside it."""

    payment: int
    number: str
    operation: str
    uuid: str
    order_id: str
    trans_id: str
    amount: Decimal
    at: datetime
    attempt: int
    captured_on: date | None = None
    called_off_at: datetime | None = None
    called_off_by: str = ""
    taken_back: Decimal = NOTHING
    taken_back_by: str = ""

    @property
    def days(self) -> set[date]:
        """The day of UTC and that of Paris: a file may be cut at either midnight."""
        return {self.at.astimezone(UTC).date(), in_paris(self.at).date()}

    @property
    def counted(self) -> Decimal:
        """What the ledger counts of it: nothing once the bank called it off."""
        return NOTHING if self.called_off_at else self.amount


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a transaction: ``bank`` and ``ledger`` are what moved for each, with its sign (euros)."""

    line: JournalLine | None
    entry: Entry | None
    verdict: DailyLine.Verdict
    bank: Decimal
    ledger: Decimal
    words: str = ""


def compare(
    lines: Sequence[JournalLine], entries: Iterable[Entry], *, covered: Collection[date], written_at: datetime
) -> list[Compared]:
    """Compare each line with the ledger, then list what the ledger has and the file should have.

    ``covered``: every day (UTC) of which the bank's word is known. ``written_at``: when the bank wrote the file.
    """
    pairs, left = _paired(lines, entries)
    compared = [_judge(line, pairs.get(line.key), written_at) for line in lines]
    return compared + [_only_here(entry) for entry in left if entry.days <= set(covered) and entry.counted]


def written_by_default(last_day: date) -> datetime:
    """Return when the bank writes a file that does not say so: the night after its last day."""
    return datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) + timedelta(days=1)


# --- Which transaction is which payment -------------------------------------------------------------------------------


def _paired(lines: Sequence[JournalLine], entries: Iterable[Entry]) -> tuple[dict[str, Entry], list[Entry]]:
    """Pair lines (by key) and entries: by the bank's identifier, else by order and operation; money before refused cards."""
    free = {entry.payment: entry for entry in entries}
    by_uuid = {(entry.uuid, entry.operation): entry for entry in free.values() if entry.uuid}
    by_order: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in free.values():
        by_order[entry.order_id, entry.operation].append(entry)
    pairs = {}
    for line in lines:
        same = by_uuid.get((line.uuid, line.operation)) if line.uuid else None
        if same and same.payment in free:
            pairs[line.key] = free.pop(same.payment)
    granted = [outcome_of(line.status, line.operation) is Outcome.PAID for line in lines]
    for line, is_money in sorted(zip(lines, granted, strict=True), key=lambda each: (not each[1], each[0].number)):
        if line.key in pairs:
            continue
        candidates = [
            entry
            for entry in by_order[line.order_id, line.operation]
            if entry.payment in free and not (line.uuid and entry.uuid)
        ]
        if alike := _closest(line, candidates, any_amount=is_money):
            pairs[line.key] = free.pop(alike.payment)
    return pairs, list(free.values())


def _closest(line: JournalLine, candidates: list[Entry], *, any_amount: bool) -> Entry | None:
    """Return the entry that is most like a line; a line without money must be of the same amount to be taken for one."""
    alike = [entry for entry in candidates if any_amount or abs(entry.amount) == _written(line)]
    return min(
        alike,
        key=lambda entry: (
            abs(entry.amount) != _written(line),
            entry.trans_id != line.trans_id,
            line.day not in entry.days,
            entry.payment,
        ),
        default=None,
    )


def _written(line: JournalLine) -> Decimal:
    return Decimal(line.cents) / 100


# --- Whether they agree -----------------------------------------------------------------------------------------------


def _judge(line: JournalLine, entry: Entry | None, written_at: datetime) -> Compared:
    outcome = outcome_of(line.status, line.operation)
    ledger = entry.counted if entry else NOTHING
    if outcome is Outcome.PAID:
        money = _written(line) * (-1 if line.operation == CREDIT else 1)
        verdict, words = _of_money(line, money, entry, written_at)
        return Compared(line, entry, verdict, money, ledger, words)
    verdict, words = _of_no_money(line, outcome, entry)
    return Compared(line, entry, verdict, NOTHING, ledger, words)


def _of_money(
    line: JournalLine, money: Decimal, entry: Entry | None, written_at: datetime
) -> tuple[DailyLine.Verdict, str]:
    what = "remboursé" if line.operation == CREDIT else "encaissé"
    if entry is None:
        return Verdict.BANK_ONLY, f"{euros(abs(money))} {what} à la banque, absent du registre."
    if entry.called_off_at:
        if entry.called_off_at >= written_at:
            return (
                Verdict.CALLED_OFF,
                f"{entry.number}\u00a0: la banque l’a annulé après ce fichier ({entry.called_off_by}).",
            )
        return (
            Verdict.CALLED_OFF_HERE,
            f"{entry.number}\u00a0: {what} selon la banque, alors que le registre l’a annulé avant ce fichier "
            f"({entry.called_off_by}).",
        )
    if entry.amount != money:
        return Verdict.AMOUNT, f"{entry.number}\u00a0: {euros(money)} à la banque, {euros(entry.amount)} au registre."
    # The bank may date an instalment of the day when the schedule was made.
    if line.day not in entry.days and (line.sequence or 1) == 1:
        return (
            Verdict.DAY,
            f"{entry.number}\u00a0: {plain_day(line.day)} à la banque, {plain_day(in_paris(entry.at).date())} au registre.",
        )
    if entry.taken_back:
        return (
            Verdict.CHARGED_BACK,
            f"{entry.number}\u00a0: {euros(-entry.taken_back)} repris depuis par la banque, impayé noté ({entry.taken_back_by}).",
        )
    return Verdict.SAME, ""


def _of_no_money(line: JournalLine, outcome: Outcome, entry: Entry | None) -> tuple[DailyLine.Verdict, str]:
    if entry and entry.counted:
        if -entry.taken_back == entry.amount:
            return Verdict.CHARGED_BACK, f"{entry.number}\u00a0: repris comme impayé ({entry.taken_back_by})."
        return (
            Verdict.NOT_CALLED_OFF,
            f"{entry.number}\u00a0: «\u00a0{line.status}\u00a0» à la banque, compté au registre ({euros(entry.amount)}).",
        )
    if entry:
        return Verdict.CALLED_OFF, f"{entry.number}\u00a0: annulé des deux côtés ({entry.called_off_by})."
    if outcome in (Outcome.FAILED, Outcome.NO_TRANSACTION) or line.operation == VERIFICATION:
        return Verdict.NO_MONEY, ""
    if outcome is Outcome.PENDING:
        return Verdict.WAITING, "La banque n’a pas encore décidé\u00a0: le portail le lui demande chaque jour."
    return (
        Verdict.UNREADABLE,
        f"«\u00a0{line.status}\u00a0» ({euros(_written(line))})\u00a0: voyez cette opération dans le back-office de PayZen.",
    )


def _only_here(entry: Entry) -> Compared:
    words = f"{entry.number}\u00a0: {euros(entry.amount)} au registre, absent du fichier de la banque."
    return Compared(None, entry, Verdict.LEDGER_ONLY, NOTHING, entry.amount, words)
