"""Slips for what leaves the régie: cheques and CESU one by one, cash by its amount."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing.models import DepositedPayment, DepositSlip
from billing.queries.till import cash_book, till_policy, to_deposit
from billing.services.till.locks import lock_till
from billing.services.till.refusals import TillRefused
from castres_portal.base.clock import in_paris
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers

Kind = DepositSlip.Kind
NOTHING = Decimal("0.00")


@transaction.atomic(durable=True)
def deposit_titles(*, kind: str, by: User, at: datetime) -> DepositSlip:
    """Put every cheque, or the CESU of every payment, that a closing has and no slip yet, on one slip.

    What was called off in between stays out. Raises TillRefused when nothing waits.
    """
    if kind not in (Kind.CHEQUES, Kind.CESU):
        raise TillRefused("Un bordereau porte des chèques, des CESU ou des espèces.")
    lock_till()
    rows = list(to_deposit(kind).filter(received_at__lte=at).values_list("pk", "amount"))
    if not rows:
        raise TillRefused("Rien n’attend d’être remis : arrêtez d’abord la caisse du jour.")
    slip = _slip(kind, sum((amount for _, amount in rows), NOTHING), by=by, at=at)
    DepositedPayment.objects.bulk_create([DepositedPayment(payment_id=pk, slip=slip) for pk, _ in rows])
    return slip


@transaction.atomic(durable=True)
def deposit_cash(*, amount: Decimal, by: User, at: datetime) -> DepositSlip:
    """Write down that an amount of cash (euros) goes to the comptable. Raises TillRefused beyond what the drawer holds.

    The change that the act leaves in the drawer stays there.
    """
    lock_till()
    held = cash_book(until=at).held
    if amount <= 0:
        raise TillRefused("Indiquez une somme supérieure à zéro.")
    if amount > held:
        raise TillRefused(f"La caisse ne contient que {euros(max(held, NOTHING))} à verser, hors fonds de caisse.")
    return _slip(Kind.CASH, amount, by=by, at=at)


def _slip(kind: str, amount: Decimal, *, by: User, at: datetime) -> DepositSlip:
    year = in_paris(at).year
    return DepositSlip.objects.create(
        number=f"B{year}-{take_numbers(f'bordereaux-{year}'):05d}",
        kind=kind,
        amount=amount,
        account=till_policy().account,
        made_at=at,
        made_by=by,
    )
