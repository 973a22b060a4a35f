"""Instalments after each word of the bank: which are paid, which it refused, which do not come; who must be told.

What became of an instalment is read again each time from all the messages and payments of its attempt, so that the order in
which they come changes nothing.
"""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from billing import emails
from billing.models import Anomaly, Instalment, Payment, PaymentAttempt
from billing.payzen.transactions import CREDIT, Outcome, Transaction
from billing.queries.instalments import expected
from billing.rules.instalments import EXPECTED_FOR, TOLD_LATE_AFTER, Debited, Planned, match, moved_cents
from billing.services.payments.anomalies import note
from billing.services.payments.journal import transaction_of
from billing.services.payments.ledger import euros_of
from billing.services.payments.locks import lock_attempt
from castres_portal.base.french import euros, plain_day
from castres_portal.base.mail import queue_mails

Kind = Anomaly.Kind
Ending = Instalment.Ending
# How PayZen tells of what it debits by itself, on the day; and what it calls a debit of another day.
BY_ITSELF = ("BATCH_AUTO", "BATCH", "REC")
WAITING = "WAITING_AUTHORISATION"
# What somebody stops in the bank's back office is one of the schedule: a card that was tried is refused, never cancelled.
STOPPED = "CANCELLED"


def of_one_instalment(told: Transaction, attempt: PaymentAttempt) -> Transaction:
    """Return a transaction of a payment in instalments with the sum of its own debit."""
    cents = moved_cents(told.amount_cents, told.effective_amount_cents, asked=int(attempt.amount * 100))
    return replace(told, amount_cents=cents)


def may_be_an_instalment(told: Transaction, plan: list[Instalment]) -> bool:
    """Say whether a debit is of the amount of an instalment that no other debit paid."""
    amount = euros_of(told)
    for row in plan:
        taken = row.payment_id is not None and row.payment.transaction_uuid != told.trans_uuid  # type: ignore[union-attr]
        if row.amount == amount and not taken:
            return True
    return False


def comes_later(told: Transaction, *, at: datetime) -> bool:
    """Say whether the bank announces a debit of another day: nothing has moved yet."""
    return told.presented_at is not None and told.captured_at is None and told.presented_at.date() > at.date()


def settle_instalments(attempt: PaymentAttempt, *, at: datetime) -> None:
    """Write what became of the instalments of an attempt, which is locked; tell of what the bank newly refused, once."""
    plan = list(attempt.instalments.select_related("payment").order_by("rank"))
    if not plan:
        return
    schedule = [Planned(row.rank, row.amount, row.due_on) for row in plan]
    days = (plan[1].due_on - plan[0].due_on).days if len(plan) > 1 else 1
    found = match(schedule, _debits(attempt), days=days)
    for row in plan:
        paid, ended = found.paid.get(row.rank), found.ended.get(row.rank)
        row.payment_id = paid.payment if paid else None
        if paid:
            row.ended_at, row.ending = None, ""
        elif ended and not row.ended_at and found.paid:  # else the first card was refused: nothing began
            row.ended_at, row.ending = at, Ending.REFUSED
            _tell(row, Kind.INSTALMENT_REFUSED, "n’a pas été prélevée\u00a0: la banque l’a refusée ou annulée", at=at)
    attempt.instalments.exclude(payment=None).update(payment=None)  # two of them may exchange theirs
    Instalment.objects.bulk_update(plan, ["payment", "ended_at", "ending"])


def _debits(attempt: PaymentAttempt) -> list[Debited]:
    rows = set(attempt.payments.values_list("kind", "transaction_uuid"))
    money = {
        payment.transaction_uuid: payment
        for payment in attempt.payments.filter(kind=Payment.Kind.PAYMENT)
        if (Payment.Kind.REVERSAL, payment.transaction_uuid) not in rows
    }
    found: dict[str, Debited] = {}
    for message in attempt.messages.order_by("received_at", "pk"):
        told = of_one_instalment(transaction_of(message), attempt)
        if not told.trans_uuid or told.operation == CREDIT:
            continue
        known = found.get(told.trans_uuid)
        payment = money.get(told.trans_uuid)
        found[told.trans_uuid] = Debited(
            uuid=told.trans_uuid,
            amount=payment.amount if payment else euros_of(told),
            rank=told.sequence_number,
            at=(payment.authorised_at if payment else None) or message.received_at,
            payment=payment.pk if payment else None,
            is_dead=payment is None and (told.outcome is Outcome.FAILED or bool(known and known.is_dead)),
            is_planned=told.source in BY_ITSELF
            or told.status in (WAITING, STOPPED)
            or bool(known and known.is_planned),
        )
    return list(found.values())


# --- What does not come -----------------------------------------------------------------------------------------------


def watch_instalments(*, today: date, at: datetime) -> int:
    """Tell of the instalments that are late, and expect no more those that never came; return how many. Safe to run twice."""
    from billing.services.payments.reconciling import ask_at_next_pass

    late = expected().filter(due_on__lte=today - TOLD_LATE_AFTER).order_by("attempt", "rank")
    orders = list(late.values_list("attempt__order_id", flat=True).distinct())
    asked, count = [], 0
    for order_id in orders:
        count += _watch(order_id, today=today, at=at)
        asked.append(order_id)
    ask_at_next_pass(list(PaymentAttempt.objects.filter(order_id__in=asked).values_list("pk", flat=True)), at=at)
    return count


@transaction.atomic(durable=True)
def _watch(order_id: str, *, today: date, at: datetime) -> int:
    attempt = lock_attempt(order_id)
    assert attempt is not None  # attempts are never deleted
    rows = list(expected().filter(attempt=attempt, due_on__lte=today - TOLD_LATE_AFTER).order_by("rank"))
    for row in rows:
        row.attempt = attempt
        if row.due_on <= today - EXPECTED_FOR:
            row.ended_at, row.ending = at, Ending.ABSENT
            _tell(row, Kind.INSTALMENT_REFUSED, "n’est jamais arrivée et n’est plus attendue", at=at)
        elif row.told_late_at is None:
            row.told_late_at = at
            _tell(row, Kind.INSTALMENT_LATE, "n’est pas encore prélevée", at=at)
    Instalment.objects.bulk_update(rows, ["told_late_at", "ended_at", "ending"])
    return len(rows)


def _tell(row: Instalment, kind: Anomaly.Kind, words: str, *, at: datetime) -> None:
    attempt = row.attempt
    to = attempt.user.email if attempt.user else attempt.invoice.payer.email
    told = "la famille est prévenue" if to else "la famille n’a pas d’adresse électronique, écrivez-lui"
    text = (
        f"{attempt.order_id}\u00a0: l’échéance {row.rank} de {euros(row.amount)}, du {plain_day(row.due_on)}, {words}. "
        f"La facture {attempt.invoice.number} doit encore cette somme\u00a0; {told}."
    )
    if note(kind, text, attempt=attempt, at=at) and to:
        queue_mails([emails.instalment_missed(row, is_late=kind == Kind.INSTALMENT_LATE, to=to)])
