"""Money handed over at the counter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing.models import Payment, TillEntry
from billing.queries.till import debts_of, till_policy
from billing.rules.till import problem_with_parts, refusal_of_debt, refusal_of_means
from billing.services.payments.ledger import allocate, receipt_number
from billing.services.payments.locks import lock_invoices
from billing.services.till.letters import queue_receipt
from billing.services.till.refusals import TillRefused
from castres_portal.base.clock import in_paris
from castres_portal.base.french import euros
from families.models import Family

Means = Payment.Means
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over: a means, an amount in euros, who brought it, and what the means asks to be written down."""

    means: str
    amount: Decimal
    handed_by: str = ""
    cash_given: Decimal | None = None
    bank: str = ""
    drawer: str = ""
    cheque_number: str = ""
    reference: str = ""
    value_on: date | None = None
    title_count: int | None = None
    title_value: Decimal | None = None
    title_numbers: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """The payment; ``is_new`` is False when the same form had already written it."""

    payment: Payment
    is_new: bool


@transaction.atomic(durable=True)
def collect(
    *,
    family: Family,
    handed: Handed,
    parts: Mapping[int, Decimal],
    keep_surplus: bool = False,
    submission: UUID,
    by: User,
    at: datetime,
) -> Collected:
    """Take money for some of a household's invoices (id: euros), give it a number and write its receipt.

    What exceeds the parts is the household's credit, if ``keep_surplus``. The same ``submission`` writes one payment, however
    often it comes. Raises TillRefused when the régie may not take it so, or when an invoice owes less than was thought.
    """
    lock_invoices(parts.keys())
    if known := _known(submission):
        if known.family_id != family.pk:
            raise TillRefused("Ce formulaire a déjà servi pour un autre foyer : recommencez.")
        return Collected(known, is_new=False)
    check_collection(family=family, handed=handed, parts=parts, keep_surplus=keep_surplus, today=in_paris(at).date())
    payment = Payment.objects.create(
        number=receipt_number(at),
        family=family,
        kind=Payment.Kind.PAYMENT,
        means=handed.means,
        amount=handed.amount,
        received_at=at,
    )
    allocate(payment, dict(parts))
    TillEntry.objects.create(payment=payment, submission=submission, taken_by=by, **_written(handed))
    queue_receipt(payment)
    return Collected(payment, is_new=True)


def _known(submission: UUID) -> Payment | None:
    return Payment.objects.filter(till_entry__submission=submission).first()


def check_collection(
    *, family: Family, handed: Handed, parts: Mapping[int, Decimal], keep_surplus: bool, today: date
) -> None:
    """Raise TillRefused when the régie may not take this so; writes nothing. The page asks before, and ``collect`` under lock."""
    policy = till_policy()
    problem = _problem_with(handed) or refusal_of_means(handed.means, handed.amount, policy=policy)
    if problem:
        raise TillRefused(problem)
    debts = {debt.invoice: debt for debt in debts_of(family, only=parts.keys())}
    if gone := [invoice for invoice in parts if invoice not in debts]:
        plural = "s" if len(gone) > 1 else ""
        raise TillRefused(
            f"{len(gone)} facture{plural} choisie{plural} n’a plus rien à régler, ou n’est pas à ce foyer."
        )
    for debt in debts.values():
        if refusal := refusal_of_debt(debt, handed.means, today=today, policy=policy):
            raise TillRefused(refusal)
    problem = problem_with_parts(handed.amount, parts, debts, means=handed.means, keep_surplus=keep_surplus)
    if problem:
        raise TillRefused(problem)


def _problem_with(handed: Handed) -> str | None:
    if handed.amount <= 0 or handed.amount != handed.amount.quantize(CENT):
        return "Indiquez un montant supérieur à zéro, au centime près."
    if handed.means == Means.CASH and handed.cash_given is not None and handed.cash_given < handed.amount:
        return f"La somme donnée ({euros(handed.cash_given)}) est inférieure au montant à encaisser."
    if handed.means == Means.CHEQUE and not (handed.bank and handed.cheque_number):
        return "Indiquez la banque et le numéro du chèque."
    if handed.means in (Means.TRANSFER, Means.E_CESU) and not handed.reference:
        return "Indiquez la référence de l’opération."
    if handed.means == Means.CESU:
        return _problem_with_titles(handed)
    return None


def _problem_with_titles(handed: Handed) -> str | None:
    if not handed.title_count or not handed.title_value:
        return "Indiquez le nombre de titres CESU et la valeur d’un titre."
    if handed.title_count * handed.title_value != handed.amount:
        worth = euros(handed.title_count * handed.title_value)
        return f"Ces titres valent {worth}, pas {euros(handed.amount)}."
    return None


def _written(handed: Handed) -> dict[str, object]:
    """Return what of the means is written down: nothing of another one that was typed and left."""
    kept: dict[str, tuple[str, ...]] = {
        Means.CASH: ("cash_given",),
        Means.CHEQUE: ("bank", "drawer", "cheque_number"),
        Means.CESU: ("title_count", "title_value", "title_numbers"),
        Means.E_CESU: ("reference", "value_on"),
        Means.TRANSFER: ("reference", "value_on"),
    }
    names = ("handed_by", *kept[handed.means])
    return {name: getattr(handed, name) for name in names}
