"""Asking the bank about the attempts that have no final answer; what it says goes through the same function."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from billing.models import Anomaly, PaymentAttempt, PayzenMessage
from billing.payfip.config import PayfipConfigError
from billing.payzen.config import PayzenConfigError
from billing.payzen.rest import RestCredentialsError, RestError, RestPermanentError
from billing.payzen.transactions import CREDIT, Transaction
from billing.providers import open_providers, provider_named
from billing.providers.base import Asker
from billing.providers.chosen import ALL
from billing.rules.payments import next_question
from billing.services.payments.anomalies import note, note_silent_bank, settle_silent_bank
from billing.services.payments.applying import apply_message
from billing.services.payments.journal import store_answer
from billing.services.payments.locks import lock_attempt
from castres_portal.base.enqueue import enqueue_after_commit

log = logging.getLogger(__name__)

# A bank that cannot be asked: no access in the contract, or values that are missing.
CANNOT_ASK = (RestError, PayzenConfigError, PayfipConfigError)

BATCH = 20
# Whoever takes an attempt keeps it for that long; should he die, the next pass takes it again.
LEASE = timedelta(minutes=5)
REFUSED_QUESTION_WAITS = timedelta(days=1)
FAILURES_BEFORE_GIVING_UP_THE_PASS = 3
FAILURES_BEFORE_TELLING = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question brought: the number of transactions, or the code of the failure."""

    transactions: int = 0
    failure: str = ""


@dataclass(slots=True)
class Report:
    """What a pass did, in numbers of attempts."""

    asked: int = 0
    answered: int = 0
    failed: int = 0
    stopped: bool = False

    def add(self, other: "Report") -> None:
        """Count another pass with this one."""
        self.asked += other.asked
        self.answered += other.answered
        self.failed += other.failed
        self.stopped = self.stopped or other.stopped


def reconcile(now: Callable[[], datetime], bank: Asker | None = None) -> Report:
    """Ask about every attempt whose time has come, a few at a time; safe to run twice and at once.

    The clock itself is given, since questions take time. A bank whose access is not configured is not asked; one that does
    not answer does not hold the other back.
    """
    total = Report()
    for provider in ALL.values():
        try:
            line = bank or provider.asker()
        except CANNOT_ASK:
            if provider in open_providers():
                log.warning("Rapprochement impossible\u00a0: l’accès à %s n’est pas configuré", provider.key)
                total.stopped = True
            continue
        with contextlib.nullcontext() if bank else line:
            total.add(_ask_all(now, provider.key, line))
    return total


def _ask_all(now: Callable[[], datetime], provider: str, bank: Asker) -> Report:
    report, failures = Report(), 0
    while not report.stopped and (ids := _claim_due(provider, at=now())):
        for attempt_id in ids:
            failures = failures + 1 if _ask_safely(attempt_id, bank, now(), report) else 0
            if failures >= FAILURES_BEFORE_GIVING_UP_THE_PASS:
                report.stopped = True
                break
    return report


def _ask_safely(attempt_id: int, bank: Asker, at: datetime, report: Report) -> bool:
    """Ask about one attempt and count; tell whether it failed. One attempt must not hold the others back."""
    report.asked += 1
    try:
        failed = bool(ask_about(attempt_id, bank, at=at).failure)
    except Exception:
        log.exception("La tentative %s n’a pas pu être rapprochée", attempt_id)
        failed = True
    report.failed += failed
    report.answered += not failed
    return failed


@transaction.atomic(durable=True)
def _claim_due(provider: str, *, at: datetime) -> list[int]:
    """Take some attempts whose time has come: their next question moves on, so that another worker leaves them alone."""
    due = PaymentAttempt.objects.filter(provider=provider, next_ask_at__lte=at).order_by("next_ask_at", "pk")
    ids = list(due.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:BATCH])
    PaymentAttempt.objects.filter(pk__in=ids).update(next_ask_at=at + LEASE)
    return ids


def ask_about(attempt_id: int, bank: Asker, *, at: datetime) -> Answer:
    """Ask the bank about one attempt and apply what it answers. No lock is held while it thinks."""
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    try:
        told = bank.told_of(attempt)
    except RestError as error:
        _note_failure(attempt, error, at=at)
        return Answer(failure=error.code)
    # Debits first: a refund gives back what must have come before.
    for each in sorted(told, key=lambda each: (each.operation == CREDIT, each.sequence_number or 0)):
        message = store_answer(each, at=at)
        if message.outcome == PayzenMessage.Outcome.STORED:
            apply_message(message.pk, at=at)
    _plan_next(attempt.order_id, told, at=at)
    return Answer(transactions=len(told))


@transaction.atomic(durable=True)
def _plan_next(order_id: str, told: list[Transaction], *, at: datetime) -> None:
    attempt = lock_attempt(order_id)
    assert attempt is not None  # attempts are never deleted
    question = next_question(
        told,
        status=attempt.status,
        created_at=attempt.created_at,
        asked_count=attempt.asked_count,
        at=at,
        debited_until=_debited_until(attempt),
    )
    attempt.asked_count = question.asked_count
    attempt.next_ask_at = question.next_ask_at
    attempt.failed_asks = 0
    if question.nobody_paid and attempt.status == PaymentAttempt.Status.STARTED:
        attempt.status = PaymentAttempt.Status.ABANDONED
    attempt.save(update_fields=["asked_count", "next_ask_at", "failed_asks", "status"])
    if question.gave_up:
        text = (
            f"{attempt.order_id}\u00a0: toujours sans issue à la banque trente jours après. Le portail ne demande plus."
        )
        note(Anomaly.Kind.MISMATCH, text, attempt=attempt, at=at)
    settle_silent_bank(at=at)


def _debited_until(attempt: PaymentAttempt) -> datetime | None:
    """Return the day (midnight UTC) of the last instalment, None without instalments."""
    last = attempt.instalments.order_by("-rank").values_list("due_on", flat=True).first()
    return datetime(last.year, last.month, last.day, tzinfo=UTC) if last else None


@transaction.atomic(durable=True)
def _note_failure(attempt: PaymentAttempt, error: RestError, *, at: datetime) -> None:
    """A question without an answer changes nothing but its own count; the lease makes it asked again."""
    PaymentAttempt.objects.filter(pk=attempt.pk).update(failed_asks=F("failed_asks") + 1)
    if isinstance(error, RestCredentialsError):
        note_silent_bank(f"La banque refuse nos identifiants ({error.code})\u00a0: vérifiez la configuration.", at=at)
    elif isinstance(error, RestPermanentError):
        text = f"La banque ne peut pas répondre sur {attempt.order_id} ({error.code})\u00a0: voyez son back-office."
        note(Anomaly.Kind.MISMATCH, text, attempt=attempt, at=at)
        PaymentAttempt.objects.filter(pk=attempt.pk).update(next_ask_at=at + REFUSED_QUESTION_WAITS)
    elif attempt.failed_asks + 1 >= FAILURES_BEFORE_TELLING:
        note_silent_bank(f"La banque ne répond plus à nos demandes ({error.code}). Aucun paiement n’est perdu.", at=at)


def ask_at_next_pass(attempts: list[int], *, at: datetime) -> int:
    """Make questions due now and wake the worker that asks them; return how many. Never asks by itself."""
    from billing import tasks  # tasks.py calls these services

    with transaction.atomic():
        count = PaymentAttempt.objects.filter(pk__in=attempts).update(next_ask_at=at)
        if count:
            enqueue_after_commit(tasks.reconcile_payments)
    return count


def ask_now(attempt_id: int, *, at: datetime) -> Answer:
    """Ask about one attempt and wait for the answer, for an agent. Raises one of CANNOT_ASK when access is not configured."""
    provider = PaymentAttempt.objects.values_list("provider", flat=True).get(pk=attempt_id)
    with provider_named(provider).asker() as bank:
        return ask_about(attempt_id, bank, at=at)


def hear_of(bank_operation: str, *, at: datetime) -> bool:
    """PayFiP, or anybody, says that something happened to an operation: believe nothing, ask PayFiP itself at once.

    False when the operation is none of ours.
    """
    attempt = PaymentAttempt.objects.filter(provider=PaymentAttempt.Provider.PAYFIP, bank_operation=bank_operation)
    return bool(bank_operation) and ask_at_next_pass(list(attempt.values_list("pk", flat=True)), at=at) > 0
