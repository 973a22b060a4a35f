"""Holiday periods in each state: wishes answered, open to who comes first, wishes open, not yet open.

Late in the school year there are fewer holidays to come: the examples that have no days left are left out.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, PETIT, Account
from castres_portal.demo.seed.services import HOLIDAYS
from families.models import Guardian
from reservations.models import (
    Activity,
    AllocationCriterion,
    ClosedPeriod,
    Enrolment,
    HolidayPeriod,
    SiteDay,
)
from reservations.queries.allocation import plan_of
from reservations.queries.holidays import PeriodScene, period_page
from reservations.queries.wishes import Asked, wish_page
from reservations.rules.allocation import CriterionKind, TieBreak
from reservations.rules.changes import DayChanges
from reservations.services import book_days
from reservations.services.holidays import allocate_places, send_wishes

NAMED = (MARTIN, PETIT, BERNARD, DURAND)
AHEAD = timedelta(days=18)
FEW_PLACES = 3  # of the first week of the wishes answered, so that somebody is refused
SUMMER = ((7, 5), (7, 30))
CRITERIA = {
    CriterionKind.LAST_YEAR: 5,
    CriterionKind.SCHOOL: 3,
    CriterionKind.RESIDENT: 2,
    CriterionKind.SIBLINGS: 1,
}


def add_holidays(today: date) -> None:
    """Open the periods to come, and let the named households act in them."""
    centre = Activity.objects.get(slug=HOLIDAYS)
    last = Enrolment.objects.filter(activity=centre).order_by("-ends_on").values_list("ends_on", flat=True).first()
    if last is None:
        return
    breaks = ClosedPeriod.objects.filter(
        kind=ClosedPeriod.Kind.HOLIDAYS, starts_on__gte=today + AHEAD, ends_on__lte=last
    )
    for found, example in zip(breaks.order_by("starts_on"), (_allocated, _first_come, _wishes_open), strict=False):
        example(centre, found, today)
    _not_yet_open(centre, last, today)


def _allocated(centre: Activity, found: ClosedPeriod, today: date) -> None:
    """Wishes closed last week and answered since; what is left opens in two days."""
    period = _period(
        centre,
        found,
        opens_at=_hour(today - timedelta(days=30), 8),
        closes_at=_hour(today - timedelta(days=8), 12),
        wishes=True,
        second_opens_at=_hour(today + timedelta(days=2), 8),
        second_closes_at=_hour(found.starts_on - timedelta(days=7), 23),
    )
    first = centre.sites.order_by("pk")[0]
    SiteDay.objects.bulk_create(
        SiteDay(site=first, day=period.starts_on + timedelta(days=n), places=FEW_PLACES) for n in range(5)
    )
    for rank, account in enumerate(NAMED):
        at = _hour(today - timedelta(days=25 - rank), 20)
        _wish(account, period, at, together=account == MARTIN, weeks=1 if account == PETIT else 2)
    at = _hour(today - timedelta(days=5), 10)
    agent = User.objects.get(email=AGENT.email)
    allocate_places(period=period, by=agent, at=at, seen=plan_of(period, at=at).digest)


def _first_come(centre: Activity, found: ClosedPeriod, today: date) -> None:
    """Open since the day before yesterday; Claire Martin has a week for Léa."""
    opens_at = _hour(today - timedelta(days=2), 8)
    period = _period(centre, found, opens_at=opens_at, closes_at=_hour(found.starts_on - timedelta(days=8), 23))
    guardian = _guardian(MARTIN)
    at = opens_at + timedelta(minutes=3)
    page = period_page(guardian.family, PeriodScene(period), at=at)
    if not page.children:
        return
    eldest = page.children[0]
    days = [box.day for box in eldest.weeks[0].boxes if box.enabled]
    if days:
        formula = page.formulas[0][0]
        book_days(
            family=guardian.family,
            guardian=guardian,
            user=guardian.user,
            changes={
                (eldest.child.pk, centre.slug): DayChanges(frozenset(days), formulas=dict.fromkeys(days, formula))
            },
            submission=uuid4(),
            at=at,
        )


def _wishes_open(centre: Activity, found: ClosedPeriod, today: date) -> None:
    """Wishes taken until twelve days from now; the Durands have already sent theirs."""
    period = _period(
        centre,
        found,
        opens_at=_hour(today - timedelta(days=10), 8),
        closes_at=_hour(today + timedelta(days=12), 12),
        wishes=True,
    )
    _wish(DURAND, period, _hour(today - timedelta(days=3), 21), together=False, weeks=1)


def _not_yet_open(centre: Activity, last: date, today: date) -> None:
    """Summer, by whole weeks, whose opening is announced."""
    first, end = (date(last.year, *day) for day in SUMMER)
    opens_on = today + timedelta(days=9)
    if first > opens_on + AHEAD and end <= last:
        HolidayPeriod.objects.create(
            activity=centre,
            label=f"Été {first.year}, juillet",
            starts_on=first,
            ends_on=end,
            by_week=True,
            opens_at=_hour(opens_on, 8),
            closes_at=_hour(first - timedelta(days=15), 23),
            is_demo=True,
        )


def _period(centre: Activity, found: ClosedPeriod, *, wishes: bool = False, **instants: datetime) -> HolidayPeriod:
    """Make a period of the whole weeks of some school holidays."""
    first = found.starts_on + timedelta(days=-found.starts_on.weekday() % 7)
    period = HolidayPeriod.objects.create(
        activity=centre,
        label=f"{found.label} {first.year}",
        starts_on=first,
        ends_on=found.ends_on - timedelta(days=max(0, found.ends_on.weekday() - 4)),
        mode=HolidayPeriod.Mode.WISHES if wishes else HolidayPeriod.Mode.FIRST_COME,
        tie_break=TieBreak.DRAW,
        seed=f"Démonstration, {found.label.lower()} {first.year}" if wishes else "",
        is_demo=True,
        **instants,
    )
    if wishes:
        AllocationCriterion.objects.bulk_create(
            AllocationCriterion(period=period, kind=kind, points=points) for kind, points in CRITERIA.items()
        )
    return period


def _wish(account: Account, period: HolidayPeriod, at: datetime, *, together: bool, weeks: int) -> None:
    """Rank the weeks that can be wished for, in their order, for each child of a named household."""
    guardian = _guardian(account)
    page = wish_page(guardian.family, period, at=at)
    asked = {}
    for row in page.children:
        mondays = [choice.week.monday for choice in row.choices if not choice.why_not]
        if mondays:
            asked[row.child.pk] = Asked(_ranks(mondays), min(weeks, len(mondays)), page.formulas[0][0])
    if asked:
        send_wishes(
            family=guardian.family,
            guardian=guardian,
            user=guardian.user,
            period=period,
            asked=asked,
            together=together,
            submission=uuid4(),
            at=at,
        )


def _ranks(mondays: Sequence[date]) -> dict[date, tuple[int, tuple[int, ...]]]:
    return {monday: (rank, ()) for rank, monday in enumerate(mondays, 1)}


def _guardian(account: Account) -> Guardian:
    return Guardian.objects.select_related("family", "user").get(user__email=account.email, pays=True)


def _hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS)
