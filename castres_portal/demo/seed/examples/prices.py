"""A fact that prices look at: a household that moves out of town."""

from datetime import date, datetime, time, timedelta

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, PARENTS
from families.models import Family
from reservations.models import Residence


def add_prices(today: date) -> None:
    """Say that a household leaves Castres next month."""
    agent = User.objects.get(email=AGENT.email)
    named = [account.email for account in PARENTS]
    mover = Family.objects.exclude(guardians__user__email__in=named).order_by("number").last()
    if mover:
        next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        Residence.objects.create(
            family=mover,
            is_resident=False,
            starts_on=next_month,
            reason="Déménage à Mazamet (démonstration)",
            decided_at=datetime.combine(today - timedelta(days=1), time(10, 15), PARIS),
            decided_by=agent,
        )
