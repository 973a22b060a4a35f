"""What the named households did at the counter: Paul Durand paid a part of his invoice by cheque, yesterday."""

from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from billing.models import Payment
from billing.queries.till import debts_of
from billing.services.till import Handed, collect
from castres_portal.demo.accounts import DURAND, REGISSEUR
from castres_portal.demo.seed.agenda import at_hour
from castres_portal.demo.seed.regie import opening_hour
from families.models import Guardian

SUBMISSION = UUID("5f1d9a2c-4b7e-4c1a-9a50-0d1f0c7b8112")
PART = Decimal("5.00")


def till_examples(today: date) -> None:
    """Take a cheque as the régisseur did."""
    guardian = Guardian.objects.select_related("family").get(user__email=DURAND.email)
    debts = [debt for debt in debts_of(guardian.family) if debt.owed > PART and not debt.refusal]
    if not debts:
        return
    yesterday = today - timedelta(days=1)
    while yesterday.weekday() > 4:
        yesterday -= timedelta(days=1)
    cheque = Handed(
        means=Payment.Means.CHEQUE,
        amount=PART,
        handed_by="Monsieur Durand",
        bank="Banque postale",
        cheque_number="0004512",
        drawer="M. Paul DURAND",
    )
    collect(
        family=guardian.family,
        handed=cheque,
        parts={debts[0].invoice: PART},
        submission=SUBMISSION,
        by=User.objects.get(email=REGISSEUR.email),
        at=opening_hour(at_hour(yesterday, time(10)), key="durand"),
    )
