"""A Wednesday centre short of room for some weeks, and one Wednesday with more places: changed by an agent, with a reason."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from django.db.models import Count

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT
from castres_portal.demo.seed.services import WEDNESDAYS
from reservations.models import ActivitySite, Booking
from reservations.queries.filling_day import Outlook, outlook
from reservations.rules.filling import Deed, PlacesWish
from reservations.services.places import change_places

WEEKS = timedelta(weeks=7)
WEDNESDAY = 2
ROOM = 2
MORE = 6


def add_fuller_wednesdays(today: date) -> None:
    """Close a room of the busiest centre for seven weeks, then let more children in on its fullest Wednesday."""
    site = _busiest(today)
    if site is None:
        return
    first, last = today + timedelta(days=1), today + WEEKS
    at = datetime.combine(today - timedelta(days=1), time(10, 20), PARIS)
    seen = outlook([site], first, last, [WEDNESDAY], PlacesWish(Deed.USUAL), at=at)
    fullest = _fullest(seen)
    if fullest is None:
        return
    agent = User.objects.get(email=AGENT.email)
    held = max(row.outcome.before.held for row in seen.days)
    if site.places is not None and held + ROOM < site.places:
        reason = "La salle du premier étage est en travaux jusqu’aux vacances."
        _change(site, first, last, PlacesWish(Deed.SET, held + ROOM), reason, agent, at)
    reason = "Une animatrice de plus ce mercredi, pour le spectacle des grands."
    _change(site, fullest, fullest, PlacesWish(Deed.ADD, MORE), reason, agent, at + timedelta(hours=5, minutes=12))


def _busiest(today: date) -> ActivitySite | None:
    """Return the Wednesday centre where most children are booked from now on."""
    rows = Booking.objects.filter(activity__slug=WEDNESDAYS, day__gt=today, status=Booking.Status.ACTIVE)
    counts = rows.order_by().values("site").annotate(number=Count("pk")).order_by("-number", "site")
    found = counts.first()
    related = ("activity", "school", "venue")
    return ActivitySite.objects.select_related(*related).get(pk=found["site"]) if found else None


def _fullest(seen: Outlook) -> date | None:
    """Return the day that has the most children, the first of them."""
    runs = [row for row in seen.days if row.outcome.before.held]
    return max(runs, key=lambda row: (row.outcome.before.held, -row.day.toordinal())).day if runs else None


def _change(
    site: ActivitySite, first: date, last: date, wish: PlacesWish, reason: str, agent: User, at: datetime
) -> None:
    change_places(
        sites=[site],
        first=first,
        last=last,
        weekdays=[WEDNESDAY],
        wish=wish,
        reason=reason,
        excess_read=0,
        submission=uuid4(),
        by=agent,
        at=at,
    )
