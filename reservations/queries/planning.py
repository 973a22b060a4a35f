"""All that ``rules.decide`` reads, for some children of one household in some activities: a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from families.models import Child, Custody, Family
from families.rules.custody import household_on
from families.school_years import SchoolYearSpan
from reservations.models import (
    AbsenceDay,
    Activity,
    ActivityFormula,
    ActivitySite,
    Booking,
    Closure,
    Enrolment,
    HolidayPeriod,
    SchoolYear,
    SiteDay,
    WaitingEntry,
)
from reservations.rules.calendar import ClosedDay, ClosedSpan, ClosureKind, SchoolCalendar, YearSpan
from reservations.rules.closures import Pupil, Stop, stopped
from reservations.rules.decide import DayContext, Period, Policy
from reservations.rules.holidays import HolidaySpan, holiday_on, why_no_holiday

SiteAndDay = tuple[int, date]
Slot = tuple[int, int]  # a child and an activity, by id
SlotDay = tuple[int, int, date]


def school_calendar() -> SchoolCalendar:
    """Return the school years and their days without class; one query."""
    rows = SchoolYear.objects.order_by("starts_on").values_list(
        "pk",
        "label",
        "starts_on",
        "ends_on",
        "enrolment_opens_on",
        "reenrolment_closes_on",
        "closed_periods__kind",
        "closed_periods__label",
        "closed_periods__starts_on",
        "closed_periods__ends_on",
    )
    years: dict[int, YearSpan] = {}
    closed = []
    for pk, label, first, last, opens, closes, kind, name, closed_first, closed_last in rows:
        years[pk] = YearSpan(label, first, last, opens, pk, closes)
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
        add=activity.add_rule,
        cancel=activity.cancel_rule,
        in_holidays=activity.in_holidays,
    )


def enrolments_of(family: Family) -> QuerySet[Enrolment]:
    """Return a household's enrolments with child, activity, place and year, the eldest child first; ``has_formulas`` says whether
    the activity is booked by formulas."""
    return (
        Enrolment.objects.filter(family=family)
        .annotate(has_formulas=Exists(ActivityFormula.objects.filter(activity=OuterRef("activity"))))
        .select_related("child", "activity__absence_rule", "site__school", "site__venue", "school_year")
        .order_by("child__birth_date", "child__first_name", "child_id", "activity__position", "starts_on")
    )


def enrolments_of_many(
    families: Collection[int], activities: Iterable[int], first: date, last: date
) -> QuerySet[Enrolment]:
    """Return the enrolments of some households in some activities (ids) that hold days between two, with what decides them."""
    rows = Enrolment.objects.filter(
        family__in=families, activity__in=list(activities), starts_on__lte=last, ends_on__gte=first
    )
    return rows.select_related("child", "activity", "site").order_by("family_id", "child_id", "activity_id")


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


# --- What stops a day -------------------------------------------------------------------------------------------------


def stops_between(first: date, last: date) -> list[Stop]:
    """Return the closures and outings that stand on some days between two; one query."""
    rows = (
        Closure.objects.filter(undone_at=None, starts_on__lte=last, ends_on__gte=first)
        .order_by("pk")
        .values_list("pk", "label", "starts_on", "ends_on", "school", "level", "class_name", "site", "activities__pk")
    )
    found: dict[int, Stop] = {}
    for pk, label, starts, ends, school, level, class_name, site, activity in rows:
        only = frozenset() if activity is None else frozenset([activity])
        before = found[pk].activities if pk in found else frozenset()
        found[pk] = Stop(label, starts, ends, only | before, school, level, class_name, site)
    return list(found.values())


def pupil_of(child: Child) -> Pupil:
    """Return what a closure reads of a child."""
    return Pupil(child.school_id, child.level, child.class_name)


def holiday_spans(activities: Collection[int], first: date, last: date) -> dict[int, list[HolidaySpan]]:
    """Return the holiday periods of activities (ids) that touch some days, by activity; one query."""
    spans: dict[int, list[HolidaySpan]] = defaultdict(list)
    rows = HolidayPeriod.objects.filter(activity__in=activities, starts_on__lte=last, ends_on__gte=first)
    for row in rows.order_by("starts_on"):
        spans[row.activity_id].append(span_of(row))
    return dict(spans)


def span_of(period: HolidayPeriod) -> HolidaySpan:
    """Return a period as the rules read it."""
    return HolidaySpan(
        label=period.label,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        opens_at=period.opens_at,
        closes_at=period.closes_at,
        wishes=period.mode == HolidayPeriod.Mode.WISHES,
        allocated_at=period.allocated_at,
        pk=period.pk,
        by_week=period.by_week,
        second_opens_at=period.second_opens_at,
        second_closes_at=period.second_closes_at,
    )


# --- Bookings and places ----------------------------------------------------------------------------------------------


def active_bookings(
    activities: Collection[int], children: Collection[int], first: date, last: date
) -> QuerySet[Booking]:
    """Return the active bookings of children in activities (ids) between two days, whichever household made them; ``absence`` is
    the outcome of the absence that stands beside each, None for most, and ``absence_effect`` what the invoice does with it."""
    standing = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking=OuterRef("pk"))
    rows = Booking.objects.filter(
        activity__in=activities, child__in=children, day__range=(first, last), status=Booking.Status.ACTIVE
    )
    # Their usual order would join the children.
    return rows.annotate(
        absence=Subquery(standing.values("outcome")[:1]), absence_effect=Subquery(standing.values("effect")[:1])
    ).order_by()


@dataclass(frozen=True)
class Places:
    """Places of the sites that count them: what is left on a day, all of the site's where nothing is said; to which child's
    day (``offers``) the waiting list offers one, which is left to nobody else; and who waits (``queues``), in order."""

    left: Mapping[SiteAndDay, int]
    offers: frozenset[SlotDay] = frozenset()
    queues: Mapping[SiteAndDay, Sequence[Slot]] = field(default_factory=dict)

    def seen_by(self, slot: Slot, key: SiteAndDay, usual: int | None) -> int | None:
        """Return what is left to a child's day: the place offered to it counts, and those of who waits before it do not.

        ``usual`` is the number of places of the site, None when it does not count them. A place that has just come free is thus
        nobody's but the first in the queue's, even before it has been offered.
        """
        left = self.left.get(key, usual)
        if left is None or (*slot, key[1]) in self.offers:
            return left if left is None else left + 1
        queue = self.queues.get(key, ())
        return left - (queue.index(slot) if slot in queue else len(queue))


def places_left(sites: Collection[ActivitySite], first: date, last: date, at: datetime) -> Places:
    """Return what is left between two days; no query when no site counts its places, else three."""
    counted: dict[int, int] = {site.pk: site.places for site in sites if site.places is not None}
    if not counted:
        return Places({})
    days = SiteDay.objects.filter(site__in=counted, day__range=(first, last), places__isnull=False)
    rows = days.order_by().values_list("site_id", "day", "places")
    places = {(site, day): given for site, day, given in rows if given is not None}
    taken, offers, queues = places_taken(counted, Q(day__range=(first, last)), at)
    both = places.keys() | taken.keys()
    return Places({key: places.get(key, counted[key[0]]) - taken[key] for key in both}, offers, queues)


Taken = tuple[Counter[SiteAndDay], frozenset[SlotDay], dict[SiteAndDay, list[Slot]]]


def places_taken(sites: Iterable[int], days: Q, at: datetime) -> Taken:
    """Count the places of sites (ids) that are held, day by day: by a booking that has not been given back, or by an offer of the
    waiting list that runs at an instant. Return these offers too, and who waits, in order; two queries."""
    ids = list(sites)
    held = Booking.objects.filter(days, site__in=ids, status=Booking.Status.ACTIVE, given_back_at=None)
    rows = held.order_by().values_list("site_id", "day").annotate(number=Count("pk"))
    taken = Counter({(site, day): number for site, day, number in rows})
    offers, queues = set(), defaultdict(list)
    for site, day, child, activity, until, blocked in _standing_waits(days, ids):
        if until is None and not blocked:
            queues[site, day].append((child, activity))
        elif until is not None and until > at:
            taken[site, day] += 1
            offers.add((child, activity, day))
    return taken, frozenset(offers), dict(queues)


def _standing_waits(days: Q, sites: list[int]) -> Iterable[tuple[int, date, int, int, datetime | None, str]]:
    """Yield who waits for a place and to whom one is offered (``offered_until``), in the order of the list."""
    rows = WaitingEntry.objects.filter(days, site__in=sites, status__in=WaitingEntry.STANDING)
    columns = ("site_id", "day", "child_id", "activity_id", "offered_until", "blocked_by")
    return rows.order_by(*WaitingEntry.ORDER).values_list(*columns)


# --- The whole --------------------------------------------------------------------------------------------------------


@dataclass
class Planning:
    """Some children's days in some activities, as one household sees them.

    Everything is asked by slot, a child and an activity. ``bookings`` are the active ones, ``cancelled`` those that are no longer
    (read only by a submit); ``places`` is None as long as places have not been looked at.
    """

    family: int
    calendar: SchoolCalendar
    enrolments: Mapping[Slot, list[Enrolment]]
    homes: Homes
    stops: Collection[Stop] = ()
    holidays: Mapping[int, list[HolidaySpan]] = field(default_factory=dict)
    bookings: Mapping[SlotDay, Booking] = field(default_factory=dict)
    cancelled: Mapping[SlotDay, Booking] = field(default_factory=dict)
    places: Places | None = Places({})

    def __post_init__(self) -> None:
        self.activities = {activity: rows[0].activity for (_, activity), rows in self.enrolments.items()}
        self.policies = {pk: policy_of(activity) for pk, activity in self.activities.items()}
        self.children = {child: rows[0].child for (child, _), rows in self.enrolments.items()}
        self._pupils = {pk: pupil_of(child) for pk, child in self.children.items()}
        self._periods = {
            slot: tuple(Period(row.starts_on, row.ends_on) for row in rows) for slot, rows in self.enrolments.items()
        }

    @cached_property
    def formulas(self) -> Mapping[int, frozenset[str]]:
        """The formulas that each activity (id) offers; one query."""
        found: dict[int, set[str]] = defaultdict(set)
        rows = ActivityFormula.objects.filter(activity__in=self.activities).order_by()
        for activity, formula in rows.values_list("activity_id", "formula"):
            found[activity].add(formula)
        return {activity: frozenset(offered) for activity, offered in found.items()}

    def enrolment(self, slot: Slot, day: date) -> Enrolment | None:
        """Return the enrolment that covers a day."""
        rows = self.enrolments.get(slot, [])
        return next((row for row in rows if row.starts_on <= day <= row.ends_on), None)

    def own_booking(self, slot: Slot, day: date) -> Booking | None:
        """Return this household's active booking of a day."""
        booking = self.bookings.get((*slot, day))
        return booking if booking and booking.family_id == self.family else None

    def context(self, slot: Slot, day: date) -> DayContext:
        """Gather what decide() reads of a child's day in an activity."""
        child, activity = slot
        booking = self.bookings.get((*slot, day))
        policy = self.policies[activity]
        return DayContext(
            day=day,
            policy=policy,
            family=self.family,
            household=self.homes.household(child, day),
            closure=self.why_closed(slot, day),
            enrolments=self._periods.get(slot, ()),
            booked_by=booking.family_id if booking else None,
            places_left=self._places_left(slot, day),
            holiday=holiday_on(self.holidays.get(activity, ()), day) if policy.in_holidays else None,
            resells=booking is not None and self._resells(slot, booking),
            given_back=booking is not None and booking.given_back_at is not None,
            absent=bool(getattr(booking, "absence", None)),
        )

    def _resells(self, slot: Slot, booking: Booking) -> bool:
        """Whether a place left to another household can be taken: the activity allows it, and the site counts its places."""
        if not self.activities[slot[1]].resells_late_days:
            return False
        return any(row.site_id == booking.site_id and row.site.places is not None for row in self.enrolments[slot])

    def why_closed(self, slot: Slot, day: date) -> ClosedDay | None:
        """Say why the activity does not run for the child on a day, or None when it does."""
        child, activity = slot
        if self.policies[activity].in_holidays:
            closed = why_no_holiday(self.holidays.get(activity, ()), day)
        else:
            closed = self.calendar.why_closed(day)
        if closed or not self.stops:
            return closed
        enrolment = self.enrolment(slot, day)
        return stopped(self.stops, day, activity, enrolment.site_id if enrolment else None, self._pupils[child])

    def _places_left(self, slot: Slot, day: date) -> int | None:
        enrolment = self.enrolment(slot, day)
        if enrolment is None or self.places is None:
            return None
        return self.places.seen_by(slot, (enrolment.site_id, day), enrolment.site.places)


def load_planning(
    family: Family, enrolments: Iterable[Enrolment], first: date, last: date, *, at: datetime
) -> Planning:
    """Read the days of a household's children between two days, in the activities of ``enrolments``.

    Five queries, one more with a centre that runs in the holidays, three more where places are counted, whatever the number of
    children, activities and days.
    """
    slots = by_slot(enrolments)
    rows = [row for rows in slots.values() for row in rows]
    children, activities = {child for child, _ in slots}, {activity for _, activity in slots}
    seasonal = {row.activity_id for row in rows if row.activity.in_holidays}
    return Planning(
        family=family.pk,
        calendar=school_calendar(),
        enrolments=slots,
        homes=homes_of(children, first, last),
        stops=stops_between(first, last),
        holidays=holiday_spans(seasonal, first, last) if seasonal else {},
        bookings={
            (booking.child_id, booking.activity_id, booking.day): booking
            for booking in active_bookings(activities, children, first, last)
        },
        places=places_left([row.site for row in rows], first, last, at),
    )


def by_slot(enrolments: Iterable[Enrolment]) -> dict[Slot, list[Enrolment]]:
    """Group enrolments by child and activity, in their order."""
    grouped: dict[Slot, list[Enrolment]] = defaultdict(list)
    for row in enrolments:
        grouped[row.child_id, row.activity_id].append(row)
    return dict(grouped)
