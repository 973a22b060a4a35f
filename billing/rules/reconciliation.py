"""What the nightly check compares. Pure: euros (the bank's own amounts in cents), aware instants.

Each function takes what was read of the bookings and of the bank's own messages, and says what does not agree.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.models import Discrepancy, Payment, PaymentAttempt, PayzenMessage
from billing.payzen.transactions import CREDIT, DEBIT, Outcome
from billing.rules.payments import attempt_status
from castres_portal.base.french import euros, in_words

Kind = Discrepancy.Kind
Fate = PayzenMessage.Outcome
Money = Payment.Kind
Status = PaymentAttempt.Status

# A message is applied as it arrives, or by the sweep of the next minute.
APPLIED_WITHIN = timedelta(hours=1)
# A refund announced before its payment waits for it that long, with its explanation (services.payments.applying).
EXPLAINED_FOR = timedelta(days=3)
NUMBERS_SAID = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A proof that failed. ``key`` names the thing; ``difference`` in euros (found less expected), None when it is no money."""

    kind: Discrepancy.Kind
    key: str
    words: str
    expected: str
    found: str
    difference: Decimal | None = None
    month: date | None = None
    family: int | None = None
    invoice: int | None = None
    payment: int | None = None
    attempt: int | None = None
    message: int | None = None


def amounts_differ(expected: Decimal, found: Decimal) -> bool:
    """Say whether two sums of euros differ by a cent or more: SQLite adds amounts as floating numbers."""
    return abs(found - expected) >= Decimal("0.005")


# --- Numbers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of a series of numbers: how it is named, its prefix, the ranks it has, and where its counter stands."""

    name: str
    prefix: str
    width: int
    count: int
    last: int
    counter: int

    @property
    def has_gap(self) -> bool:
        """Whether a number that was given is not there. A rank beyond the counter was given by nobody."""
        return self.count != self.last or (self.counter != self.last and self.counter > 0)


def missing_numbers(series: Series, ranks: Iterable[int], *, month: date | None = None) -> Finding | None:
    """Say which numbers of a series are missing, from 1 to its counter, or were given by no counter.

    Source: CGI, annexe II, article 242 nonies A (a unique number in a chronological series without gap).
    """
    there = set(ranks)
    top = max(series.counter, series.last)
    absent = [rank for rank in range(1, top + 1) if rank not in there]
    beyond = [rank for rank in sorted(there) if series.counter and rank > series.counter]
    if not absent and not beyond:
        return None
    said = (
        f"il manque {_numbers(series, absent)}" if absent else f"le compteur n’a pas donné {_numbers(series, beyond)}"
    )
    return Finding(
        kind=Kind.NUMBER_MISSING,
        key=f"série {series.prefix}",
        words=f"{series.name}, série {series.prefix}\u00a0: {said}.",
        expected=f"{_counted(top)} à la suite",
        found=_counted(len(there)),
        month=month,
    )


def _numbers(series: Series, ranks: Sequence[int]) -> str:
    names = [f"{series.prefix}{rank:0{series.width}d}" for rank in ranks[:NUMBERS_SAID]]
    if (more := len(ranks) - NUMBERS_SAID) > 0:
        names.append(f"{more} autre{'s' if more > 1 else ''}")
    return f"{'le numéro' if len(ranks) == 1 else 'les numéros'} {in_words(names)}"


def _counted(number: int) -> str:
    return f"{number} numéro{'s' if number > 1 else ''}"


# --- One attempt, its messages and its money --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """What one message of the bank says of one transaction; ``cents`` as the bank counts."""

    message: int
    uuid: str
    operation: str
    outcome: Outcome
    cents: int
    fate: str
    explanation: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A payment of the ledger (euros, with its sign); ``is_recorded`` when an agent's own row says why it is there."""

    payment: int
    number: str
    kind: str
    uuid: str
    amount: Decimal
    is_recorded: bool


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """An attempt with all that the bank said of it, in order, and all the money that the ledger has for it."""

    attempt: int
    order_id: str
    status: str
    family: int
    invoice: int
    month: date
    told: Sequence[Told]
    rows: Sequence[Row]


def message_left(told: Told, *, at: datetime) -> bool:
    """Say whether a message was neither applied nor explained."""
    age = at - told.received_at
    if told.fate == Fate.STORED:
        return age > (EXPLAINED_FOR if told.explanation else APPLIED_WITHIN)
    unexplained = not told.explanation
    if told.fate == Fate.NOTED:
        return unexplained and told.outcome is Outcome.PAID
    return told.fate == Fate.FLAGGED and unexplained


def check_attempt(facts: AttemptFacts, *, at: datetime) -> Iterator[Finding]:
    """Prove the money of an attempt by the bank's own words: each row by a message, each message by a row, and the status."""
    by_uuid: dict[str, list[Told]] = defaultdict(list)
    for told in facts.told:
        if told.uuid:
            by_uuid[told.uuid].append(told)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in facts.rows:
        if row.uuid:
            rows[row.uuid].append(row)
        elif not row.is_recorded:
            yield _unproven(facts, row, "aucune transaction de la banque ni écriture d’un agent ne l’explique")
    for uuid in {**by_uuid, **rows}:
        yield from _check_transaction(facts, by_uuid[uuid], rows[uuid])
    for told in facts.told:
        if message_left(told, at=at):
            yield left_message(told, attempt=facts)
    yield from _check_status(facts)


def left_message(told: Told, *, attempt: AttemptFacts | None = None) -> Finding:
    """Return what to say of a message that nobody applied or explained."""
    what = f"pour {attempt.order_id}" if attempt else "sans tentative connue"
    return Finding(
        kind=Kind.MESSAGE_LEFT,
        key=f"message {told.message}",
        words=f"Un message de la banque {what} ({euros(Decimal(told.cents) / 100)}) n’est ni appliqué ni expliqué.",
        expected="Appliqué, ou expliqué",
        found=Fate(told.fate).label,
        month=attempt.month if attempt else None,
        family=attempt.family if attempt else None,
        attempt=attempt.attempt if attempt else None,
        message=told.message,
    )


def _check_transaction(facts: AttemptFacts, told: Sequence[Told], rows: Sequence[Row]) -> Iterator[Finding]:
    by_kind = {row.kind: row for row in rows}
    entry = by_kind.get(Money.PAYMENT) or by_kind.get(Money.REFUND)
    undone = by_kind.get(Money.REVERSAL)
    taken_back = by_kind.get(Money.CHARGEBACK)
    if taken_back and not taken_back.is_recorded:
        yield _unproven(facts, taken_back, "aucun impayé n’a été noté par un agent")
    failed = [each for each in told if each.outcome is Outcome.FAILED and each.fate != Fate.STORED]
    if entry is None:
        if undone:
            yield _unproven(facts, undone, "il n’y a rien à annuler")
        yield from _money_missing(facts, told)
        return
    operation, sign = (DEBIT, 1) if entry.kind == Money.PAYMENT else (CREDIT, -1)
    granted = [each for each in told if each.outcome is Outcome.PAID and each.operation == operation]
    if not granted:
        yield _unproven(facts, entry, "aucun message de la banque ne l’annonce")
    else:
        # A message set aside for a person says nothing of the amount while another one was applied.
        applied = [each for each in granted if each.fate in (Fate.APPLIED, Fate.REPEATED)]
        yield from _check_amount(facts, entry, sign * Decimal((applied or granted)[-1].cents) / 100)
    if undone and not failed:
        yield _unproven(facts, undone, "aucun message de la banque n’annonce cet échec")
    elif undone:
        yield from _check_amount(facts, undone, -entry.amount)
    elif not taken_back and _ends_in_failure(told):
        yield Finding(
            kind=Kind.NOT_REVERSED,
            key=f"paiement {entry.payment}",
            words=f"La banque a annulé {entry.number} ({facts.order_id}), le registre le compte encore.",
            expected=euros(0),
            found=euros(entry.amount),
            difference=entry.amount,
            **_links(facts, entry),
        )


def _ends_in_failure(told: Sequence[Told]) -> bool:
    decisive = [
        each.outcome
        for each in told
        if each.outcome in (Outcome.PAID, Outcome.FAILED) and each.fate not in (Fate.STORED, Fate.FLAGGED)
    ]
    return bool(decisive) and decisive[-1] is Outcome.FAILED


def _check_amount(facts: AttemptFacts, row: Row, expected: Decimal) -> Iterator[Finding]:
    if amounts_differ(expected, row.amount):
        yield Finding(
            kind=Kind.AMOUNT,
            key=f"paiement {row.payment}",
            words=f"Le registre et la banque donnent deux montants à {row.number} ({facts.order_id}).",
            expected=euros(expected),
            found=euros(row.amount),
            difference=row.amount - expected,
            **_links(facts, row),
        )


def _money_missing(facts: AttemptFacts, told: Sequence[Told]) -> Iterator[Finding]:
    said = [each for each in told if each.fate in (Fate.APPLIED, Fate.REPEATED) and each.outcome is Outcome.PAID]
    if said:
        amount = Decimal(said[-1].cents) / 100 * (-1 if said[-1].operation == CREDIT else 1)
        yield Finding(
            kind=Kind.MONEY_MISSING,
            key=f"transaction {said[-1].uuid}",
            words=(
                f"La banque annonce {euros(amount)} pour {facts.order_id}, le message est dit appliqué, et le registre n’a pas "
                "ce paiement."
            ),
            expected=euros(amount),
            found=euros(0),
            difference=-amount,
            month=facts.month,
            family=facts.family,
            attempt=facts.attempt,
            message=said[-1].message,
        )


def _check_status(facts: AttemptFacts) -> Iterator[Finding]:
    pairs = {(row.kind, row.uuid) for row in facts.rows}
    credited = any(kind == Money.PAYMENT and (Money.REVERSAL, uuid) not in pairs for kind, uuid in pairs)
    words = [(each.uuid, each.outcome) for each in facts.told if each.operation != CREDIT]
    expected = attempt_status(words, credited=credited)
    # Silence: the bank was asked until nothing more could come.
    if facts.status == expected or (expected == Status.STARTED and facts.status == Status.ABANDONED):
        return
    yield Finding(
        kind=Kind.ATTEMPT_STATUS,
        key=f"tentative {facts.attempt}",
        words=f"{facts.order_id}\u00a0: l’état de la tentative n’est pas ce que la banque a dit.",
        expected=Status(expected).label,
        found=Status(facts.status).label,
        month=facts.month,
        family=facts.family,
        invoice=facts.invoice,
        attempt=facts.attempt,
    )


def _unproven(facts: AttemptFacts, row: Row, why: str) -> Finding:
    return Finding(
        kind=Kind.UNPROVEN,
        key=f"paiement {row.payment}",
        words=f"{row.number} ({facts.order_id})\u00a0: {why}.",
        expected=euros(0),
        found=euros(row.amount),
        difference=row.amount,
        **_links(facts, row),
    )


def _links(facts: AttemptFacts, row: Row) -> dict[str, Any]:
    return {"month": facts.month, "family": facts.family, "attempt": facts.attempt, "payment": row.payment}
