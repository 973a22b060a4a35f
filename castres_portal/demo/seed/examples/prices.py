"""Two facts that prices look at: a lunch taken without a booking, charged since; a household that moves out of town."""

from datetime import date, datetime, time, timedelta

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, PARENTS
from families.models import Family
from reservations.models import Attendance, Residence
from reservations.services.attendance import charge_presences

AFTER_SCHOOL = time(17, 30)


def add_prices(today: date) -> None:
    """Have an agent charge the last lunch taken without a booking, and say that a household leaves Castres next month."""
    agent = User.objects.get(email=AGENT.email)
    seen = Attendance.objects.filter(state=Attendance.State.UNBOOKED, activity__is_meal=True, day__lt=today)
    lunch = seen.exclude(family=None).order_by("-day", "pk").first()
    if lunch:
        charge_presences(attendances=[lunch.pk], by=agent, at=datetime.combine(lunch.day, AFTER_SCHOOL, PARIS))
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
