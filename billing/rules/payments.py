"""What may be paid, what an attempt has become, when to ask the bank again. Pure: euros, aware instants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing.models import PaymentAttempt
from billing.payzen import schedule
from billing.payzen.transactions import Discrepancy, DiscrepancyKind, Outcome, Transaction
from castres_portal.base.french import moment

Status = PaymentAttempt.Status

ASK_FOR_DAYS = timedelta(days=30)
CLOCKS_MAY_DIFFER = timedelta(minutes=10)

# The bank's own writing of our reference: shown to the agents, but the money is ours all the same.
HARMLESS = frozenset({DiscrepancyKind.TRANS_ID, DiscrepancyKind.TRANS_DATE})
ANOTHER_SHOP = frozenset({DiscrepancyKind.SITE, DiscrepancyKind.MODE, DiscrepancyKind.ORDER})


def refusal_to_pay(*, owed: Decimal, opens_at: datetime, closes_at: datetime, at: datetime) -> str | None:
    """Say in French why an invoice cannot be paid by card now, or None when it can.

    ``opens_at`` is included and ``closes_at`` too. Source: guide of Espace Citoyens, « Payer mes factures ».
    """
    if owed <= 0:
        return "Cette facture est déjà réglée."
    if at < opens_at:
        return f"Le paiement en ligne de cette facture ouvre le {moment(opens_at)}."
    if at > closes_at:
        return f"Le paiement en ligne de cette facture est fermé depuis le {moment(closes_at)}."
    return None


def may_still_be_paid(status: str, *, created_at: datetime, page_life: timedelta, at: datetime) -> bool:
    """Say whether paying again could pay twice: the bank's page may be open, or the bank has not decided."""
    if status == Status.PENDING:
        return True
    return status == Status.STARTED and at - created_at < page_life


def blocks_credit(differences: Iterable[Discrepancy]) -> bool:
    """Say whether a difference forbids to credit by itself; an agent then decides."""
    return any(difference.kind not in HARMLESS for difference in differences)


def is_for_another_shop(differences: Iterable[Discrepancy]) -> bool:
    """Say whether the transaction tells nothing of this attempt at all."""
    return any(difference.kind in ANOTHER_SHOP for difference in differences)


def is_late(*, authorised_at: datetime | None, closes_at: datetime, page_life: timedelta) -> bool:
    """Say whether the card was debited after the window, beyond the life of a page opened at its last minute."""
    return authorised_at is not None and authorised_at > closes_at + page_life


def clocks_differ(*, authorised_at: datetime | None, asked_at: datetime, received_at: datetime) -> bool:
    """Say whether the bank dates its accord before our question or after its own message, beyond ten minutes."""
    if authorised_at is None:
        return False
    return not asked_at - CLOCKS_MAY_DIFFER <= authorised_at <= received_at + CLOCKS_MAY_DIFFER


def part_for_invoice(amount: Decimal, owed: Decimal) -> Decimal:
    """What an invoice takes of a payment, in euros; the rest is the household's credit."""
    return max(Decimal(0), min(amount, owed))


def spread(amount: Decimal, rooms: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """Share an amount out among invoices (id, euros that it can take), in order: each is filled before the next one.

    What no invoice takes is not in the answer: it is the household's credit.
    """
    parts: dict[int, Decimal] = {}
    for invoice, room in rooms:
        if part := part_for_invoice(amount, room):
            parts[invoice] = part
            amount -= part
    return parts


def take_back(amount: Decimal, *, spare: Decimal, held: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """Say what each invoice (id, euros that it holds of this money) loses when ``amount`` goes back, in order.

    What no invoice has (``spare``) goes first; the last invoice filled is the first emptied, when given in that order.
    """
    parts: dict[int, Decimal] = {}
    for invoice, allocated in held:
        if part := part_taken_back(amount, allocated=allocated, spare=spare):
            parts[invoice] = part
            amount -= part
    return parts


def part_taken_back(amount: Decimal, *, allocated: Decimal, spare: Decimal) -> Decimal:
    """What an invoice loses when ``amount`` goes back (euros, positive).

    What was never allocated (``spare``) goes first, and an invoice never loses more than it had received.
    """
    return max(Decimal(0), min(allocated, amount - max(Decimal(0), spare)))


def attempt_status(words: Iterable[tuple[str, Outcome]], *, credited: bool) -> PaymentAttempt.Status:
    """What an attempt has become, from all that was said of each of its transactions (key, outcome), in order.

    A failure is final for its transaction and touches no other: the refusal of a first card never unpays the second.
    Money announced and not credited waits: the family must not pay again.
    """
    last: dict[str, Outcome] = {}
    for key, outcome in words:
        if last.get(key) is not Outcome.FAILED:
            last[key] = outcome
    said = set(last.values())
    if credited:
        return Status.PAID
    if said - {Outcome.FAILED, Outcome.NO_TRANSACTION}:
        return Status.PENDING
    if Outcome.FAILED in said:
        return Status.REFUSED
    return Status.ABANDONED if said else Status.STARTED


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """What follows an answer: how many steps of the schedule are answered, when to ask again (None: no more)."""

    asked_count: int
    next_ask_at: datetime | None
    nobody_paid: bool = False
    gave_up: bool = False


def next_question(
    answer: Sequence[Transaction],
    *,
    status: str,
    created_at: datetime,
    asked_count: int,
    at: datetime,
    debited_until: datetime | None = None,
) -> NextQuestion:
    """Decide when to ask again about an attempt whose status is ``status`` once ``answer`` is applied.

    An answer counts for the steps of the schedule that are past, however often the bank was asked: five impatient
    families on the return page must not close an attempt, and a worker that was stopped for a day asks once. What is
    authorised or pending is asked daily for thirty days, then left to the agents; an attempt in instalments, for thirty days
    after the last of them (``debited_until``).
    """
    count = max(asked_count, sum(created_at + wait <= at for wait in schedule.ASK_AFTER))
    scheduled = schedule.next_ask_after(created_at, count)
    if any(transaction.is_unsettled for transaction in answer) or (
        not answer and status in (Status.PAID, Status.PENDING)
    ):
        if at - (debited_until or created_at) > ASK_FOR_DAYS:
            return NextQuestion(count, None, gave_up=True)
        daily = schedule.next_settlement_ask_after(created_at, at)
        return NextQuestion(count, scheduled if status == Status.PENDING and scheduled else daily)
    if not answer:
        return NextQuestion(count, scheduled, nobody_paid=schedule.is_abandoned(count, answer))
    # All is final; but before the page's end the payer may be trying another card.
    return NextQuestion(count, scheduled if status != Status.PAID and not count else None)
