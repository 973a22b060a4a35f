"""What a message of the bank changes: the one function for notifications and for answers to our own questions.

Money is keyed by the bank's transaction, never by the order: the refusal of a first card says nothing of the second, and
ten copies of a message, in any order, write one payment. A message that does not fit is kept and shown, never dropped.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from billing.models import Anomaly, AttemptShare, Instalment, Payment, PaymentAttempt, PayzenMessage
from billing.payzen import form, schedule
from billing.payzen.transactions import (
    CREDIT,
    EURO,
    Channel,
    Discrepancy,
    Expected,
    Outcome,
    Transaction,
    check_against,
)
from billing.providers import provider_named
from billing.queries.handed_over import handed_over_among
from billing.queries.payments import money_of, shares_of
from billing.rules.payments import attempt_status, blocks_credit, clocks_differ, is_for_another_shop, is_late
from billing.services.payments import ledger
from billing.services.payments.anomalies import note
from billing.services.payments.instalments import (
    comes_later,
    may_be_an_instalment,
    of_one_instalment,
    settle_instalments,
)
from billing.services.payments.journal import transaction_of
from billing.services.payments.locks import lock_attempt
from billing.services.payments.receipts import queue_receipt
from billing.services.payments.undone import tell_of_money_gone
from castres_portal.base.french import euros, in_words, moment

log = logging.getLogger(__name__)

Fate = PayzenMessage.Outcome
Kind = Payment.Kind

# The view applies a message as soon as it is stored: only what it left behind is taken up again.
LEFT_BEHIND_AFTER = timedelta(seconds=30)
# A refund may be announced before the payment that it gives back; after that time an agent looks.
REFUND_WAITS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message: its fate, a French explanation for the agents, whether to ask the bank at once."""

    fate: PayzenMessage.Outcome
    explanation: str = ""
    ask_soon: bool = False
    credited: bool = False


@transaction.atomic(durable=True)
def apply_message(message_id: int, *, at: datetime) -> PayzenMessage:
    """Apply a stored message, once; a message already applied is left as it is."""
    message = PayzenMessage.objects.select_for_update(of=("self",), no_key=True).get(pk=message_id)
    if message.outcome != Fate.STORED:
        return message
    result = apply_transaction(transaction_of(message), message=message, at=at)
    message.outcome = result.fate
    message.explanation = result.explanation
    message.applied_at = None if result.fate == Fate.STORED else at
    message.save(update_fields=["attempt", "outcome", "explanation", "applied_at"])
    return message


def apply_stored_messages(*, at: datetime) -> int:
    """Apply what was stored and left there by a failure; return how many messages were looked at."""
    waiting = PayzenMessage.objects.filter(outcome=Fate.STORED, received_at__lte=at - LEFT_BEHIND_AFTER)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    for message_id in ids:
        try:
            apply_message(message_id, at=at)
        except Exception:  # one message that cannot be applied must not hold the others back
            log.exception("Le message %s de PayZen reste à appliquer", message_id)
    return len(ids)


def apply_transaction(told: Transaction, *, message: PayzenMessage, at: datetime) -> Result:
    """Write what a transaction changes, under the lock of its attempt then of its invoice.

    Must run inside a transaction. Gives the message its attempt and returns its fate; raises nothing for what the bank
    says, however strange.
    """
    attempt = lock_attempt(told.order_id)
    if attempt is None:
        return _unknown_order(told, message, at=at)
    message.attempt = attempt
    message.save(update_fields=["attempt"])
    plan = list(attempt.instalments.select_related("payment"))
    if plan and told.operation != CREDIT:
        told = of_one_instalment(told, attempt)
    result = _Application(attempt, told, message, at, plan).carry_out()
    settle_instalments(attempt, at=at)
    _update_attempt(attempt, told, result, at=at)
    return result


def _unknown_order(told: Transaction, message: PayzenMessage, *, at: datetime) -> Result:
    name = f"«\u00a0{told.order_id}\u00a0»" if told.order_id else "sans référence"
    text = (
        f"La banque annonce une opération {name} que le portail n’a pas demandée\u00a0: {_said(told)}. "
        "Rien n’est crédité\u00a0; à rapprocher du relevé de la régie."
    )
    note(Anomaly.Kind.UNKNOWN_ORDER, text, message=message, at=at)
    return Result(Fate.FLAGGED, text)


def expected_of(attempt: PaymentAttempt) -> Expected:
    """What we asked of the bank for an attempt."""
    return Expected(
        order_id=attempt.order_id,
        amount_cents=int(attempt.amount * 100),
        trans_id=attempt.trans_id,
        trans_date=form.trans_date(attempt.created_at) if attempt.trans_id else "",
        site_id=attempt.site_id,
        mode=attempt.mode,
    )


@dataclass(frozen=True, slots=True)
class _Application:
    """One transaction against its attempt, which is locked."""

    attempt: PaymentAttempt
    told: Transaction
    message: PayzenMessage
    at: datetime
    plan: list[Instalment]

    def carry_out(self) -> Result:
        told = self.told
        differences = self._differences()
        if is_for_another_shop(differences):
            return self._flag(_sentences(differences))
        if told.outcome is Outcome.FAILED:
            return self._fail()
        if told.outcome in (Outcome.NOT_FOR_US, Outcome.UNKNOWN):
            return self._flag(_sentences(differences) or f"État que le portail ne sait pas lire\u00a0: {_said(told)}.")
        if told.outcome is not Outcome.PAID:
            return Result(Fate.NOTED, _sentences(differences))
        if blocks_credit(differences):
            return self._flag(_sentences(differences))
        if self.plan and told.is_payment and comes_later(told, at=self.at):
            return Result(Fate.NOTED, "Échéance annoncée pour un autre jour\u00a0: rien n’est encore prélevé.")
        return self._pay(differences) if told.is_payment else self._refund()

    def _differences(self) -> list[Discrepancy]:
        """Each instalment is a debit of its own: its sum is one of the schedule, its number and date the bank’s own."""
        expected = expected_of(self.attempt)
        if not self.plan or self.told.operation == CREDIT:
            return check_against(self.told, expected)
        cents = self.told.amount_cents if may_be_an_instalment(self.told, self.plan) else 0
        own = replace(expected, amount_cents=cents, trans_id=self.told.trans_id, trans_date=self.told.trans_date)
        return check_against(self.told, own)

    # --- Money that comes ---------------------------------------------------------------------------------------------

    def _pay(self, differences: list[Discrepancy]) -> Result:
        known = self._recorded(Kind.PAYMENT)
        if known and known.attempt_id != self.attempt.pk:
            return self._flag(f"Cette transaction est déjà enregistrée pour une autre demande ({known.number}).")
        if doubt := self._contradiction(known):
            return doubt
        if known:
            return self._repeat(known)
        entry = ledger.receive(self.attempt, self.told, ledger.euros_of(self.told), at=self.at)
        shares = shares_of(self.attempt)
        queue_receipt(entry, self.attempt, shares)
        self._tell_of_surplus(entry, shares)
        self._tell_of_lateness(shares)
        self._tell_of_the_tresor(entry)
        self._tell_of_clocks()
        if differences:  # harmless ones
            return Result(Fate.FLAGGED, self._note_mismatch(_sentences(differences)), credited=True)
        return Result(Fate.APPLIED, f"{entry.payment.number}\u00a0: {euros(entry.payment.amount)}.", credited=True)

    def _contradiction(self, known: Payment | None) -> Result | None:
        """A transaction that failed does not revive on the word of a message that may be late: the bank is asked."""
        called_off = self._recorded(Kind.REVERSAL)
        if (known and not called_off) or not self._failed_before():
            return None
        if self._is_notification:
            return Result(Fate.NOTED, "Accord reçu après l’échec de la même transaction.", ask_soon=True)
        if called_off:
            return self._flag("La banque dit cette transaction accordée alors qu’elle l’avait annulée.")
        return None

    def _repeat(self, known: Payment) -> Result:
        if self.told.captured_at and known.captured_at is None:
            Payment.objects.filter(pk=known.pk).update(captured_at=self.told.captured_at)
            return Result(Fate.APPLIED, f"{known.number} encaissé par la banque.")
        return Result(Fate.REPEATED, f"Déjà enregistré\u00a0: {known.number}.")

    def _tell_of_surplus(self, entry: ledger.Entry, shares: list[AttemptShare]) -> None:
        if entry.surplus > 0:
            text = (
                f"{entry.payment.number} ({euros(entry.payment.amount)}) dépasse ce que {_named(shares)} encore\u00a0: "
                f"{euros(entry.surplus)} à rembourser ou à reporter."
            )
            self._note(Anomaly.Kind.OVERPAID, text)

    def _tell_of_the_tresor(self, entry: ledger.Entry) -> None:
        gone = handed_over_among(entry.parts)
        if gone:
            text = (
                f"{entry.payment.number} ({euros(entry.payment.amount)}) est arrivé pour une facture transmise au Trésor public "
                f"({', '.join(gone)}) : prévenez le comptable, qui réduit ou annule le titre."
            )
            self._note(Anomaly.Kind.LATE_PAYMENT, text)

    def _tell_of_lateness(self, shares: list[AttemptShare]) -> None:
        if self.plan:  # the town chose that the others come later
            return
        closes_at = min(share.invoice.window.closes_at for share in shares)
        page_life = provider_named(self.attempt.provider).page_life
        if is_late(authorised_at=self.told.authorised_at, closes_at=closes_at, page_life=page_life):
            text = f"La carte a été débitée après la fermeture du paiement\u00a0: {_said(self.told)}. Le paiement est crédité."
            self._note(Anomaly.Kind.LATE_PAYMENT, text)

    def _tell_of_clocks(self) -> None:
        """Say once, until it is settled, that the bank's clock and ours differ: windows and lateness are then misjudged."""
        told_at, kind = self.told.authorised_at, Anomaly.Kind.CLOCKS
        if not clocks_differ(authorised_at=told_at, asked_at=self.attempt.created_at, received_at=self.at):
            return
        if not Anomaly.objects.filter(kind=kind, settled_at=None).exists():
            text = (
                f"{self.attempt.order_id}\u00a0: la banque date l’accord du {moment(told_at)}, hors du temps entre notre demande "
                f"({moment(self.attempt.created_at)}) et son message ({moment(self.at)}). Vérifiez l’heure du serveur."
            )
            self._note(kind, text)

    # --- Money that goes back -----------------------------------------------------------------------------------------

    def _refund(self) -> Result:
        known = self._recorded(Kind.REFUND)
        if doubt := self._contradiction(known):
            return doubt
        if known:
            return self._repeat(known)
        if ledger.euros_of(self.told) > money_of(self.attempt).received:
            return self._refund_too_early()
        entry = ledger.give_back(self.attempt, self.told, at=self.at)
        text = f"Remboursement de {euros(-entry.payment.amount)} fait à la banque ({entry.payment.number})."
        self._note(Anomaly.Kind.REFUND, text + ledger.debts_again(entry))
        return Result(Fate.APPLIED, text)

    def _refund_too_early(self) -> Result:
        text = (
            f"Remboursement supérieur à ce qui est enregistré pour {self.attempt.order_id}\u00a0: {_said(self.told)}."
        )
        is_new = self._note(Anomaly.Kind.MISMATCH, text)
        waits = self.at - self.message.received_at < REFUND_WAITS
        return Result(Fate.STORED if waits else Fate.FLAGGED, text, ask_soon=is_new and self._is_notification)

    def _fail(self) -> Result:
        original = self._recorded(Kind.PAYMENT, Kind.REFUND)
        if original is None or original.attempt_id != self.attempt.pk:
            return Result(Fate.NOTED)
        if known := self._recorded(Kind.REVERSAL):
            return Result(Fate.REPEATED, f"Déjà enregistré\u00a0: {known.number}.")
        if known := self._recorded(Kind.CHARGEBACK):
            return self._flag(f"Ce paiement est déjà repris comme impayé ({known.number}).")
        entry = ledger.reverse(self.attempt, self.told, original, at=self.at)
        text = f"{original.number} ({euros(original.amount)}) est annulé par la banque\u00a0: {_said(self.told)}."
        self._note(Anomaly.Kind.REVERSED, text + ledger.debts_again(entry))
        if original.kind == Kind.PAYMENT:
            tell_of_money_gone(original, entry, self.attempt)
        return Result(Fate.APPLIED, text)

    # --- What is already known ----------------------------------------------------------------------------------------

    def _recorded(self, *kinds: Payment.Kind) -> Payment | None:
        if not self.told.trans_uuid:
            return None
        return Payment.objects.filter(transaction_uuid=self.told.trans_uuid, kind__in=kinds).first()

    def _failed_before(self) -> bool:
        earlier = (transaction_of(message) for message in self.attempt.messages.exclude(pk=self.message.pk))
        return any(each.trans_uuid == self.told.trans_uuid and each.outcome is Outcome.FAILED for each in earlier)

    # --- What agents must see -----------------------------------------------------------------------------------------

    @property
    def _is_notification(self) -> bool:
        return self.told.channel is Channel.NOTIFICATION

    def _flag(self, reason: str) -> Result:
        text = self._note_mismatch(f"{reason} Rien n’est crédité.")
        return Result(Fate.FLAGGED, text, ask_soon=self._is_notification)

    def _note_mismatch(self, reason: str) -> str:
        text = f"{self.attempt.order_id}, {_said(self.told)}. {reason}"
        self._note(Anomaly.Kind.MISMATCH, text)
        return text

    def _note(self, kind: Anomaly.Kind, text: str) -> bool:
        return note(kind, text, attempt=self.attempt, message=self.message, at=self.at)


def _update_attempt(attempt: PaymentAttempt, told: Transaction, result: Result, *, at: datetime) -> None:
    if told.operation != CREDIT:
        attempt.bank_status = told.status[:40]
    attempt.status = attempt_status(_words(attempt), credited=_is_credited(attempt))
    if result.ask_soon:
        attempt.next_ask_at = at
    elif result.credited or (attempt.status == PaymentAttempt.Status.PENDING and attempt.next_ask_at is None):
        attempt.next_ask_at = schedule.next_settlement_ask_after(attempt.created_at, at)
    attempt.save(update_fields=["bank_status", "status", "next_ask_at"])


def _words(attempt: PaymentAttempt) -> Iterable[tuple[str, Outcome]]:
    for message in attempt.messages.order_by("received_at", "pk"):
        told = transaction_of(message)
        if told.operation != CREDIT:
            yield told.trans_uuid or "", told.outcome


def _is_credited(attempt: PaymentAttempt) -> bool:
    rows = set(attempt.payments.values_list("kind", "transaction_uuid"))
    return any(kind == Kind.PAYMENT and (Kind.REVERSAL, uuid) not in rows for kind, uuid in rows)


def _named(shares: list[AttemptShare]) -> str:
    """Return « la facture 2610000001 devait », « les factures 2609000001 et 2610000001 devaient »."""
    numbers = [share.invoice.number for share in shares]
    return f"la facture {numbers[0]} devait" if len(numbers) == 1 else f"les factures {in_words(numbers)} devaient"


def _said(told: Transaction) -> str:
    amount = euros(ledger.euros_of(told)) if told.currency == EURO else f"{told.amount_cents} ({told.currency})"
    return f"{told.operation or 'sans opération'} {told.status}, {amount}, transaction {told.trans_uuid or 'sans identifiant'}"


def _sentences(differences: list[Discrepancy]) -> str:
    return " ".join(difference.message for difference in differences)
