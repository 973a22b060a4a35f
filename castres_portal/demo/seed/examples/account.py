"""A household where two more guardians have limited rights: one may only read, one is excluded. The Durands."""

from datetime import date, time, timedelta

from allauth.account.models import EmailAddress

from accounts.models import User
from castres_portal.demo.accounts import AGENT, DURAND, EXCLUDED, READER, Account
from castres_portal.demo.seed.agenda import at_hour
from families.models import Family, Guardian
from families.services.rights import limit_rights

DECIDED = (
    (READER, Guardian.Rights.READ_ONLY, "Demande écrite des deux parents, reçue au guichet (démonstration)."),
    (EXCLUDED, Guardian.Rights.EXCLUDED, "Ordonnance de protection présentée par Monsieur Durand (démonstration)."),
)


def add_examples(today: date) -> None:
    """Add the two guardians with their accounts, and what an agent decided about them a month ago."""
    owner = User.objects.get(email=DURAND.email)
    family = Family.objects.get(guardians__user=owner)
    agent = User.objects.get(email=AGENT.email)
    for account, rights, reason in DECIDED:
        guardian = _guardian(account, family, owner.password, today)
        limit_rights(
            guardian=guardian,
            rights=rights,
            reason=reason,
            until=None,
            by=agent,
            at=at_hour(today - timedelta(days=30), time(10, 20)),
        )


def _guardian(account: Account, family: Family, password_digest: str, today: date) -> Guardian:
    opened_at = at_hour(today - timedelta(days=200), time(19))
    user = User.objects.create(
        email=account.email,
        password=password_digest,
        title=account.title,
        first_name=account.first_name,
        last_name=account.last_name,
        date_joined=opened_at,
        signed_in_at=at_hour(today - timedelta(days=3), time(20, 15)),
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return Guardian.objects.create(
        family=family,
        user=user,
        title=account.title,
        first_name=account.first_name,
        last_name=account.last_name,
        email=account.email,
        attached_at=opened_at,
    )
