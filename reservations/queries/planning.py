"""All that ``rules.decide`` reads, for some children of one household in one activity: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any

from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from families.models import Custody, Family
from families.rules.custody import household_on
from families.school_years import SchoolYearSpan
from reservations.models import AbsenceDay, Activity, ActivitySite, Booking, Enrolment, SchoolYear, SiteDay
from reservations.rules.calendar import ClosedSpan, ClosureKind, SchoolCalendar, YearSpan
from reservations.rules.decide import DayContext, Period, Policy

SiteAndDay = tuple[int, date]


def school_calendar() -> SchoolCalendar:
    """Return the school years and their days without class; one query."""
    rows = SchoolYear.objects.order_by("starts_on").values_list(
        "pk",
        "label",
        "starts_on",
        "ends_on",
        "enrolment_opens_on",
        "closed_periods__kind",
        "closed_periods__label",
        "closed_periods__starts_on",
        "closed_periods__ends_on",
    )
    years: dict[int, YearSpan] = {}
    closed = []
    for pk, label, first, last, opens, kind, name, closed_first, closed_last in rows:
        years[pk] = YearSpan(label, first, last, opens, pk)
        if kind:
            closed.append(ClosedSpan(ClosureKind(kind), name, closed_first, closed_last))
    return SchoolCalendar(years.values(), closed)


def school_years() -> list[SchoolYearSpan]:
    """Return the school years, the earliest first, for who needs no more than their ends; one query."""
    rows = SchoolYear.objects.order_by("starts_on").values_list("label", "starts_on", "ends_on")
    return [SchoolYearSpan(*row) for row in rows]


def policy_of(activity: Activity) -> Policy:
    """Return an activity's rule."""
    return Policy(
        weekdays=activity.weekdays,
        add_days=activity.add_days,
        add_hour=activity.add_hour,
        cancel_days=activity.cancel_days,
        cancel_hour=activity.cancel_hour,
    )


def enrolments_of(family: Family) -> QuerySet[Enrolment]:
    """Return a household's enrolments with child, activity, place and year, the eldest child first."""
    return (
        Enrolment.objects.filter(family=family)
        .select_related("child", "activity__absence_rule", "site__school", "school_year")
        .order_by("child__birth_date", "child__first_name", "child_id", "activity__position", "starts_on")
    )


def family_order(row: Enrolment) -> tuple[Any, ...]:
    """Sort enrolments as ``enrolments_of`` does, for pages that read them often: sorting here costs less than asking for it."""
    child = row.child
    return child.birth_date, child.first_name, child.pk, row.activity.position, row.starts_on


@dataclass(unsafe_hash=True)
class Swap:
    """Days on which a child is by agreement in another household (CustodyException)."""

    family_id: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Homes:
    """In which household each child lives, day by day."""

    stays: Mapping[int, Collection[Custody]]
    swaps: Mapping[int, Collection[Swap]]

    def household(self, child: int, day: date) -> int | None:
        """Return the id of the household that has the child that day."""
        return household_on(day, self.stays.get(child, ()), self.swaps.get(child, ()))


def homes_of(children: Collection[int], first: date, last: date, *, lock: bool = False) -> Homes:
    """Read where children live between two days; one query.

    With ``lock`` (inside a transaction) the children's rows are locked by the same query, in id order: two parents who change one
    child's days follow each other.
    """
    swaps = Q(child__custody_exceptions__starts_on__lte=last, child__custody_exceptions__ends_on__gte=first)
    stays = (
        Custody.objects.filter(child__in=children)
        .select_related("child")
        .annotate(swap=FilteredRelation("child__custody_exceptions", condition=swaps))
        .annotate(swap_family=F("swap__family"), swap_starts=F("swap__starts_on"), swap_ends=F("swap__ends_on"))
        .order_by("child_id")
    )
    return _homes(locked_children(stays) if lock else stays)


def locked_children(stays: QuerySet[Custody]) -> QuerySet[Custody]:
    """Lock the children of some stays until the end of the transaction."""
    return stays.select_for_update(of=("child",), no_key=True)


def _homes(rows: Iterable[Custody]) -> Homes:
    stays: dict[int, dict[int, Custody]] = defaultdict(dict)
    swaps: dict[int, set[Swap]] = defaultdict(set)
    for row in rows:
        stays[row.child_id][row.pk] = row
        if row.swap_family:  # type: ignore[attr-defined]
            swaps[row.child_id].add(Swap(row.swap_family, row.swap_starts, row.swap_ends))  # type: ignore[attr-defined]
    in_order = {child: sorted(rows.values(), key=attrgetter("starts_on")) for child, rows in stays.items()}
    return Homes(in_order, swaps)


def active_bookings(activity: Activity, children: Collection[int], first: date, last: date) -> QuerySet[Booking]:
    """Return the active bookings of children between two days, whichever household made them; ``absence`` is the outcome of the
    absence that stands beside each, None for most."""
    standing = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking=OuterRef("pk"))
    rows = Booking.objects.filter(
        activity=activity, child__in=children, day__range=(first, last), status=Booking.Status.ACTIVE
    )
    # Their usual order would join the children.
    return rows.annotate(absence=Subquery(standing.values("outcome")[:1])).order_by()


def places_left(sites: Collection[ActivitySite], first: date, last: date) -> dict[SiteAndDay, int | None]:
    """Return the places left on the days of the sites that count them; a day absent from the answer has all of its site's.

    No query when no site counts its places, else two.
    """
    counted = {site.pk: site.places for site in sites if site.places is not None}
    if not counted:
        return {}
    days = SiteDay.objects.filter(site__in=counted, day__range=(first, last), places__isnull=False)
    places = {(site, day): given for site, day, given in days.order_by().values_list("site_id", "day", "places")}
    taken = bookings_per_day(counted, Q(day__range=(first, last)))
    both = places.keys() | taken.keys()
    return {key: places.get(key, counted[key[0]]) - taken.get(key, 0) for key in both}  # type: ignore[operator]


def bookings_per_day(sites: Iterable[int], days: Q) -> dict[SiteAndDay, int]:
    """Count the active bookings of sites, day by day; one query."""
    active = Booking.objects.filter(days, site__in=list(sites), status=Booking.Status.ACTIVE)
    rows = active.order_by().values("site_id", "day").annotate(number=Count("pk"))
    return {(row["site_id"], row["day"]): row["number"] for row in rows}


@dataclass
class Planning:
    """Some children's days in one activity, as one household sees them.

    ``bookings`` are the active ones, ``cancelled`` those that are no longer (read only by a submit); ``places`` is None as
    long as places have not been looked at.
    """

    family: int
    activity: Activity
    calendar: SchoolCalendar
    enrolments: Mapping[int, list[Enrolment]]
    homes: Homes
    bookings: Mapping[tuple[int, date], Booking] = field(default_factory=dict)
    cancelled: Mapping[tuple[int, date], Booking] = field(default_factory=dict)
    places: Mapping[SiteAndDay, int | None] | None = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.policy = policy_of(self.activity)
        self._periods = {
            child: tuple(Period(row.starts_on, row.ends_on) for row in rows) for child, rows in self.enrolments.items()
        }

    def enrolment(self, child: int, day: date) -> Enrolment | None:
        """Return the enrolment that covers a day."""
        rows = self.enrolments.get(child, [])
        return next((row for row in rows if row.starts_on <= day <= row.ends_on), None)

    def own_booking(self, child: int, day: date) -> Booking | None:
        """Return this household's active booking of a day."""
        booking = self.bookings.get((child, day))
        return booking if booking and booking.family_id == self.family else None

    def context(self, child: int, day: date) -> DayContext:
        """Gather what decide() reads of a child's day."""
        booking = self.bookings.get((child, day))
        return DayContext(
            day=day,
            policy=self.policy,
            family=self.family,
            household=self.homes.household(child, day),
            closure=self.calendar.why_closed(day),
            enrolments=self._periods.get(child, ()),
            booked_by=booking.family_id if booking else None,
            places_left=self._places_left(child, day),
        )

    def _places_left(self, child: int, day: date) -> int | None:
        enrolment = self.enrolment(child, day)
        if enrolment is None or self.places is None:
            return None
        return self.places.get((enrolment.site_id, day), enrolment.site.places)


def load_planning(family: Family, enrolments: Iterable[Enrolment], first: date, last: date) -> Planning:
    """Read the days of a household's children in one activity, all of ``enrolments`` being of that activity.

    Four queries, six where places are counted, whatever the number of children and days.
    """
    by_child = by_children(enrolments)
    rows = [row for rows in by_child.values() for row in rows]
    activity = rows[0].activity
    bookings = active_bookings(activity, list(by_child), first, last)
    return Planning(
        family=family.pk,
        activity=activity,
        calendar=school_calendar(),
        enrolments=by_child,
        homes=homes_of(list(by_child), first, last),
        bookings={(booking.child_id, booking.day): booking for booking in bookings},
        places=places_left([row.site for row in rows], first, last),
    )


def by_children(enrolments: Iterable[Enrolment]) -> dict[int, list[Enrolment]]:
    """Group enrolments by child, in their order."""
    grouped: dict[int, list[Enrolment]] = defaultdict(list)
    for row in enrolments:
        grouped[row.child_id].append(row)
    return dict(grouped)
