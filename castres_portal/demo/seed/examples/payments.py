"""What a payment may become: a card payment that its holder contested, and that the bank took back. All fictional."""

from datetime import date, time, timedelta

from accounts.models import User
from billing.models import Payment
from billing.services.payments import record_chargeback
from castres_portal.demo.accounts import DURAND, REGISSEUR
from castres_portal.demo.seed.agenda import at_hour

READ_AFTER = timedelta(days=9)
CONTESTED_WITHIN = timedelta(days=120)  # a cardholder has thirteen months, and most are quicker


def add_payments(today: date) -> None:
    """Have the régisseur note, from the bank's statement, that a card payment of the Durands was contested."""
    paid = (
        Payment.objects.filter(
            kind=Payment.Kind.PAYMENT,
            means=Payment.Means.CARD,
            family__guardians__user__email=DURAND.email,
            received_at__range=(at_hour(today - CONTESTED_WITHIN, time.min), at_hour(today - READ_AFTER, time.min)),
        )
        .order_by("received_at")
        .first()
    )
    if paid is None:  # in September nothing is old enough
        return
    record_chargeback(
        payment_id=paid.pk,
        amount=paid.amount,
        reason="Opération non reconnue par le titulaire (code 4863, démonstration)",
        by=User.objects.get(email=REGISSEUR.email),
        at=at_hour(today - timedelta(days=2), time(10, 15)),
    )
