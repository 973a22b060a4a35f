"""Returns of the bank: the invoice owes again, nothing is charged, the family and the régisseur are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from billing import emails
from billing.models import Allocation, Anomaly, Debit, Payment
from billing.queries.payments import NOTHING
from billing.rules.debits import ends_mandate, reason_words
from billing.sepa.returns import Return
from billing.services.debits.mandates import end_for_bank, readers_of
from billing.services.payments.ledger import receipt_number
from billing.services.payments.locks import lock_invoices, lock_payments
from castres_portal.base.french import euros
from castres_portal.base.mail import queue_mails

State = Debit.State


@dataclass(frozen=True)
class Match:
    """A line of the bank's file and the debit that it speaks of; ``refusal`` says in French why it changes nothing."""

    told: Return
    debit: Debit | None
    refusal: str

    @property
    def words(self) -> str:
        """Why the bank did it."""
        return reason_words(self.told.code)


def match_returns(returns: Sequence[Return]) -> list[Match]:
    """Find the debits of a file of returns, and say what of it would change nothing; one query."""
    names = [told.end_to_end for told in returns]
    rows = Debit.objects.filter(end_to_end__in=names).select_related("invoice__family", "mandate", "batch")
    debits = {row.end_to_end: row for row in rows.defer("mandate__iban")}
    return [_match(told, debits.get(told.end_to_end)) for told in returns]


def _match(told: Return, debit: Debit | None) -> Match:
    if debit is None:
        return Match(told, None, "Aucun prélèvement ne porte cette référence.")
    if debit.state == State.RETURNED:
        return Match(told, debit, "Ce rejet est déjà enregistré.")
    if debit.state in (State.TOLD, State.DROPPED):
        return Match(told, debit, "Ce prélèvement n’a pas été remis à la banque.")
    return Match(told, debit, "")


@transaction.atomic(durable=True)
def apply_returns(*, returns: Iterable[Return], at: datetime) -> int:
    """Apply what the bank sent back and return how many debits it changed; applied twice, it changes nothing more."""
    known = {match.told.end_to_end: match for match in match_returns(list(returns)) if not match.refusal}
    debits = list(
        Debit.objects.select_for_update(of=("self",))
        .filter(end_to_end__in=known, state__in=(State.SENT, State.COLLECTED))
        .select_related("invoice__family", "mandate", "payment")
        .order_by("pk")
    )
    lock_payments([debit.payment_id for debit in debits if debit.payment_id])
    lock_invoices([debit.invoice_id for debit in debits])
    for debit in debits:
        _return(debit, known[debit.end_to_end], at)
    return len(debits)


def _return(debit: Debit, match: Match, at: datetime) -> None:
    if debit.payment:
        _take_back(debit.payment, at)
    debit.state, debit.words = State.RETURNED, match.words[:200]
    debit.returned_on, debit.return_code = match.told.day, match.told.code
    debit.save(update_fields=["state", "words", "returned_on", "return_code"])
    if ends_mandate(match.told.code):
        end_for_bank(debit.mandate, at)
    Anomaly.objects.create(
        kind=Anomaly.Kind.DEBIT_RETURNED,
        message=(
            f"Prélèvement {debit.end_to_end} de {euros(debit.amount)} rejeté : {match.words}. La facture "
            f"{debit.invoice.number} reste due ; rien n’est facturé en plus."
        ),
        family=debit.invoice.family,
        invoice=debit.invoice,
        noticed_at=at,
    )
    queue_mails(emails.debit_returned(debit, reader) for reader in readers_of(debit.invoice.family))


def _take_back(payment: Payment, at: datetime) -> None:
    """Write the opposite of a payment: each invoice loses what it had of it."""
    back = Payment.objects.create(
        number=receipt_number(at),
        family_id=payment.family_id,
        kind=Payment.Kind.REVERSAL,
        means=Payment.Means.DEBIT,
        amount=-payment.amount,
        received_at=at,
        captured_at=at,
    )
    parts = payment.allocations.values_list("invoice").annotate(sum=Sum("amount"))
    Allocation.objects.bulk_create(
        Allocation(payment=back, invoice_id=invoice, amount=-amount) for invoice, amount in parts if amount != NOTHING
    )
