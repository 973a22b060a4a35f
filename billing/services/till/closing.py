"""« Arrêter la caisse »: count the drawer, and put every movement since the last time into one closing."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing.models import ClosedPayment, TillClosing
from billing.queries.till import cash_book, open_movements, till_policy
from billing.services.till.locks import lock_till
from billing.services.till.refusals import TillRefused
from castres_portal.base.clock import in_paris
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers


@transaction.atomic(durable=True)
def close_till(*, cash_counted: Decimal, explanation: str = "", by: User, at: datetime) -> TillClosing:
    """Close the till at an instant, the cash of the drawer counted in euros, its change included.

    What arrives while it closes belongs to the next closing. Raises TillRefused when nothing moved since the last one, and
    when the drawer differs from what it should hold without an explanation.
    """
    lock_till()
    ids = list(open_movements(until=at).values_list("pk", flat=True))
    if not ids:
        raise TillRefused("Rien n’a été encaissé depuis le dernier arrêté.")
    expected = cash_book(until=at).held + till_policy().cash_float
    if cash_counted < 0:
        raise TillRefused("Les espèces comptées ne peuvent pas être négatives.")
    if cash_counted != expected and not explanation.strip():
        raise TillRefused(
            f"La caisse devrait contenir {euros(expected)}, fonds de caisse compris : recomptez, ou expliquez l’écart de "
            f"{euros(cash_counted - expected)}."
        )
    closing = TillClosing.objects.create(
        number=_number(at),
        closed_at=at,
        closed_by=by,
        cash_expected=expected,
        cash_counted=cash_counted,
        explanation=explanation.strip() if cash_counted != expected else "",
    )
    ClosedPayment.objects.bulk_create([ClosedPayment(payment_id=pk, closing=closing) for pk in ids], batch_size=2000)
    return closing


def _number(at: datetime) -> str:
    year = in_paris(at).year
    return f"A{year}-{take_numbers(f'arretes-{year}'):05d}"
