"""A reminder in the mailbox: the Durands book evening care on the same days each week, and have forgotten the next ones.

In the holidays, or when too few weeks are known for anything to be usual, there is nothing to remind of: the example is left out.
"""

from datetime import date, time, timedelta

from castres_portal.base.clock import midnight
from castres_portal.demo.accounts import DURAND
from castres_portal.demo.seed.agenda import at_hour
from castres_portal.demo.seed.services import EVENING
from families.models import Guardian
from reservations.models import Activity, Booking
from reservations.queries.reminders import due_days
from reservations.services import reminders


def add_reminders(today: date) -> None:
    """Leave out the days of the coming week that can still be booked tomorrow, then remind of them as the task did yesterday."""
    at = at_hour(today - timedelta(days=1), time(8, 15))
    evening = Activity.objects.filter(slug=EVENING).first()
    guardian = Guardian.objects.filter(user__email=DURAND.email).first()
    if evening is None or guardian is None:
        return
    tomorrow = midnight(today + timedelta(days=1))
    forgotten = [day for day in due_days(at=at).get(evening.pk, []) if evening.add_rule.until(day) > tomorrow]
    Booking.objects.filter(family=guardian.family_id, activity=evening, day__in=forgotten).delete()
    reminders.plan_reminders(at=at, families=[guardian.family_id])
    reminders.send_reminders(at=at)
