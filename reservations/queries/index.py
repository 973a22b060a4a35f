"""« Mes réservations »: each child's activities and the month to open first."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min

from families.models import Child, Family
from families.queries.households import children_of
from reservations.models import Activity, Booking, Enrolment
from reservations.queries.planning import enrolments_of, policy_of, school_calendar
from reservations.rules.calendar import SchoolCalendar
from reservations.rules.decide import Period
from reservations.rules.months import first_open_day

Upcoming = dict[
    tuple[int, int], tuple[int, date | None]
]  # child, activity: days booked from today on, the first of them


@dataclass(frozen=True)
class WayIn:
    """An activity of a child: the month to open, and what is reserved from today on."""

    enrolment: Enrolment
    month: date
    first_open: date | None
    upcoming: int
    next_day: date | None

    @property
    def activity(self) -> Activity:
        """The activity."""
        return self.enrolment.activity


@dataclass(frozen=True)
class ChildWays:
    """A child of the household and her ways in; none when she is not enrolled."""

    child: Child
    ways: list[WayIn]


def ways_in(family: Family, *, at: datetime) -> list[ChildWays]:
    """Return each child of a household with her running or coming enrolments; four queries."""
    today = at.date()
    calendar = school_calendar()
    enrolments = list(enrolments_of(family).filter(ends_on__gte=today))
    upcoming: Upcoming = {
        (row["child_id"], row["activity_id"]): (row["number"], row["first"])
        for row in Booking.objects.filter(
            family=family, status=Booking.Status.ACTIVE, given_back_at=None, day__gte=today
        )
        .order_by()
        .values("child_id", "activity_id")
        .annotate(number=Count("pk"), first=Min("day"))
    }
    return [
        ChildWays(child, _ways(child, enrolments, calendar, upcoming, at)) for child in children_of(family, on=today)
    ]


def _ways(
    child: Child,
    enrolments: list[Enrolment],
    calendar: SchoolCalendar,
    upcoming: Upcoming,
    at: datetime,
) -> list[WayIn]:
    mine: dict[int, list[Enrolment]] = {}
    for row in enrolments:
        if row.child_id == child.pk:
            mine.setdefault(row.activity_id, []).append(row)
    return [_way(rows, calendar, upcoming.get((child.pk, activity), (0, None)), at) for activity, rows in mine.items()]


def _way(rows: list[Enrolment], calendar: SchoolCalendar, booked: tuple[int, date | None], at: datetime) -> WayIn:
    periods = [Period(row.starts_on, row.ends_on) for row in rows]
    first = first_open_day(calendar, policy_of(rows[0].activity), periods, at)
    latest = min(max(at.date(), rows[0].starts_on), rows[-1].ends_on)
    return WayIn(
        enrolment=rows[0],
        month=(first or latest).replace(day=1),
        first_open=first,
        upcoming=booked[0],
        next_day=booked[1],
    )
