"""The holiday periods as a household sees them: their state, and the weeks of each child with what can be booked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db.models import Count, Q

from castres_portal.base.french import WEEKDAYS
from families.models import Child, Family
from families.queries.households import children_of
from reservations.models import (
    Activity,
    ActivityFormula,
    ActivitySite,
    Booking,
    Enrolment,
    HolidayPeriod,
    Wish,
    WishList,
)
from reservations.queries.planning import (
    Places,
    Planning,
    Slot,
    active_bookings,
    by_slot,
    homes_of,
    places_left,
    span_of,
    stops_between,
)
from reservations.rules.calendar import SchoolCalendar
from reservations.rules.closures import Stop
from reservations.rules.decide import FULL, Decision, decide
from reservations.rules.formulas import formula_label
from reservations.rules.holidays import HolidaySpan, Week, WindowState, weeks_of


def coming_periods(today: date) -> list[HolidayPeriod]:
    """Return the periods that are not over, of the activities open to families, the next first; one query."""
    rows = HolidayPeriod.objects.filter(ends_on__gte=today, activity__is_open=True)
    return list(rows.select_related("activity").order_by("starts_on", "activity__position", "pk"))


def period_named(pk: int) -> HolidayPeriod | None:
    """Return a period of an activity open to families; one query."""
    return HolidayPeriod.objects.filter(pk=pk, activity__is_open=True).select_related("activity").first()


class PeriodScene:
    """What of a period is the same for every household: each is read when it is first asked for, by one query."""

    def __init__(self, period: HolidayPeriod) -> None:
        self.period = period

    @cached_property
    def sites(self) -> list[ActivitySite]:
        """Where its activity runs."""
        return sites_of(self.period.activity)

    @cached_property
    def formulas(self) -> list[tuple[str, str]]:
        """The formulas that its activity offers, with their labels."""
        return offered_formulas(self.period.activity)

    @cached_property
    def stops(self) -> list[Stop]:
        """The closures and outings of its days."""
        return stops_between(self.period.starts_on, self.period.ends_on)


def scene_of(pk: int) -> PeriodScene | None:
    """Return the scene of a period of an activity open to families; one query now, three more when all of it is asked for."""
    period = period_named(pk)
    return PeriodScene(period) if period else None


def has_bookings_page(period: HolidayPeriod, *, at: datetime) -> bool:
    """Say whether a period is booked by days: by who comes first, or what its wishes left once that has opened."""
    span = span_of(period)
    if not span.wishes:
        return True
    return span.is_allocated and span.window is not None and span.state(at) != WindowState.NOT_YET


# --- The list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChildLine:
    """What a child has asked for and obtained in a period, in words."""

    child: Child
    words: str
    enrolled: bool = True


@dataclass(frozen=True)
class PeriodCard:
    """A period in the list, with a line for each child of the household."""

    period: HolidayPeriod
    span: HolidaySpan
    state: WindowState
    children: Sequence[ChildLine]

    @property
    def title(self) -> str:
        """« Vacances de Noël (accueil de loisirs des vacances) »."""
        return self.period.label


def period_cards(family: Family, *, at: datetime) -> list[PeriodCard]:
    """Return the coming periods with what each child asked for and obtained; five queries, whatever their number."""
    periods = coming_periods(at.date())
    if not periods:
        return []
    children = list(children_of(family, on=at.date()))
    ends = Q()
    for period in periods:
        ends |= Q(activity=period.activity_id, starts_on__lte=period.ends_on, ends_on__gte=period.starts_on)
    enrolled = Enrolment.objects.filter(ends, family=family).values_list(
        "activity_id", "child_id", "starts_on", "ends_on"
    )
    spans = list(enrolled.order_by())
    days = Booking.objects.filter(
        family=family,
        activity__in={period.activity_id for period in periods},
        status=Booking.Status.ACTIVE,
        day__range=(min(p.starts_on for p in periods), max(p.ends_on for p in periods)),
    )
    booked = list(days.order_by().values_list("activity_id", "child_id", "day"))
    wishes = WishList.objects.filter(family=family, period__in=periods, replaced_at=None)
    asked = Wish.objects.filter(child__wish_list__in=wishes).order_by()
    counted = {
        (period, child): (number, given)
        for period, child, number, given in asked.values("child__wish_list__period", "child__child")
        .annotate(number=Count("pk"), given=Count("pk", filter=Q(outcome=Wish.Outcome.GIVEN)))
        .values_list("child__wish_list__period", "child__child", "number", "given")
    }
    return [
        PeriodCard(
            period,
            span := span_of(period),
            span.state(at),
            [
                ChildLine(
                    child,
                    _line(
                        sum(a == period.activity_id and c == child.pk and day in _Days(period) for a, c, day in booked),
                        counted.get((period.pk, child.pk)),
                        span,
                    ),
                    any(
                        a == period.activity_id
                        and c == child.pk
                        and first <= period.ends_on
                        and last >= period.starts_on
                        for a, c, first, last in spans
                    ),
                )
                for child in children
            ],
        )
        for period in periods
    ]


@dataclass(frozen=True)
class _Days:
    period: HolidayPeriod

    def __contains__(self, day: date) -> bool:
        return self.period.starts_on <= day <= self.period.ends_on


def _line(days: int, wishes: tuple[int, int] | None, span: HolidaySpan) -> str:
    said = []
    if wishes and span.is_allocated:
        said.append(
            f"{_number(wishes[1], 'semaine obtenue', 'semaines obtenues')} sur {_number(wishes[0], 'vœu', 'vœux')}"
        )
    elif wishes:
        said.append(_number(wishes[0], "vœu envoyé", "vœux envoyés"))
    if days:
        said.append(_number(days, "jour réservé", "jours réservés"))
    return ", ".join(said) or "rien de demandé"


def _number(number: int, one: str, many: str) -> str:
    return f"{number or 'aucune' if one.startswith('semaine') else number} {many if number > 1 else one}"


# --- One period: what decides -----------------------------------------------------------------------------------------


def period_planning(
    family: Family,
    period: HolidayPeriod,
    *,
    at: datetime,
    sites: Sequence[ActivitySite] | None = None,
    stops: Sequence[Stop] | None = None,
) -> Planning | None:
    """Read the days of a household's children in a period, or None when none is enrolled; nine queries at most.

    ``sites``: those whose places are counted, by default where the children are enrolled. ``stops``: the closures of its days,
    when they have been read.
    """
    first, last = period.starts_on, period.ends_on
    mine = Enrolment.objects.filter(family=family, activity=period.activity_id, starts_on__lte=last, ends_on__gte=first)
    # Where they are enrolled is among the sites already read: joining them again would cost as much as reading them.
    known = {site.pk: site for site in sites or ()}
    related = ("child",) if known else ("child", "site__school", "site__venue")
    rows = list(
        mine.select_related(*related).order_by("child__birth_date", "child__first_name", "child_id", "starts_on")
    )
    if not rows:
        return None
    for row in rows:
        row.activity = period.activity
        row.site = known.get(row.site_id) or row.site
    children = {row.child_id for row in rows}
    counted = list(sites) if sites is not None else list({row.site_id: row.site for row in rows}.values())
    bookings = active_bookings({period.activity_id}, children, first, last)
    return Planning(
        family=family.pk,
        calendar=SchoolCalendar([], []),  # no school decides in the holidays
        enrolments=by_slot(rows),
        homes=homes_of(children, first, last),
        stops=stops_between(first, last) if stops is None else stops,
        holidays={period.activity_id: [span_of(period)]},
        bookings={(row.child_id, row.activity_id, row.day): row for row in bookings},
        places=places_left(counted, first, last, at),
    )


def running_days(planning: Planning, slot: Slot, week: Week) -> list[date]:
    """Return the days of a week on which the centre runs and the child lives in this household: what makes a week whole."""
    return [
        day
        for day in week.days
        if planning.why_closed(slot, day) is None and planning.homes.household(slot[0], day) == planning.family
    ]


def week_of(period: HolidayPeriod, monday: date) -> Week | None:
    """Return a week of a period."""
    weeks = weeks_of(span_of(period), period.activity.weekdays)
    return next((week for week in weeks if week.monday == monday), None)


# --- One period: the page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayBox:
    """A day of a child: ticked when booked, ``enabled`` when it can change; ``word`` says why it cannot."""

    day: date
    booked: bool
    enabled: bool
    ticked: bool
    word: str = ""
    formula: str = ""

    @property
    def name(self) -> str:
        """« lun. 21 »."""
        return f"{WEEKDAYS[self.day.weekday()][:3]}. {self.day.day}"


@dataclass(frozen=True)
class WeekRow:
    """A week of a child: its days, the places that are left (None: not counted), what can be done with it."""

    week: Week
    boxes: Sequence[DayBox]
    left: int | None
    formula: str
    answers: Sequence[str] = ()

    @property
    def shown(self) -> str:
        """What the form says that it showed: the booked days that can change, with their formula."""
        return " ".join(f"{box.day}={box.formula}" for box in self.boxes if box.booked and box.enabled)

    @property
    def shown_whole(self) -> str:
        """The same where only whole weeks are booked: a week booked in part is left as it is, unless the rest is ticked."""
        return self.shown if self.is_booked else ""

    @property
    def free(self) -> str:
        """The free days that can be taken."""
        return " ".join(f"{box.day}" for box in self.boxes if not box.booked and box.enabled)

    @property
    def is_open(self) -> bool:
        """Whether something can change."""
        return any(box.enabled for box in self.boxes)

    @property
    def is_whole(self) -> bool:
        """Whether all of it can be taken or given back at once."""
        return bool(self.boxes) and all(box.enabled for box in self.boxes)

    @property
    def is_booked(self) -> bool:
        """Whether all its days are booked."""
        return bool(self.boxes) and all(box.booked for box in self.boxes)

    @property
    def is_ticked(self) -> bool:
        """Whether the week is ticked, as a whole."""
        return bool(self.boxes) and all(box.ticked for box in self.boxes)

    @property
    def is_full(self) -> bool:
        """Whether places are what lacks."""
        return any(box.word == FULL.short for box in self.boxes)

    @property
    def full_days(self) -> str:
        """The full days, as the address of the waiting list takes them."""
        return ",".join(f"{box.day}" for box in self.boxes if box.word == FULL.short)

    @property
    def word(self) -> str:
        """Why nothing, or not all of it, can change."""
        if self.is_booked:
            return "Réservée" if self.is_whole else "Réservée, ne se rend plus"
        return next((box.word for box in self.boxes if box.word), "")

    @property
    def places(self) -> str:
        """« 12 places », « 1 place », « complet »."""
        if self.left is None:
            return ""
        if self.left <= 0:
            return "complet"
        return "1 place" if self.left == 1 else f"{self.left} places"

    @property
    def booked_words(self) -> str:
        """What is booked of it, where only part is."""
        return ", ".join(box.name for box in self.boxes if box.booked)


@dataclass(frozen=True)
class ChildWeeks:
    """A child's weeks in a period, at the site where she is enrolled."""

    child: Child
    site: ActivitySite
    weeks: Sequence[WeekRow]


@dataclass(frozen=True)
class SiteFilling:
    """A site and its places left, week by week."""

    site: ActivitySite
    left: Sequence[tuple[Week, int | None]]


@dataclass(frozen=True)
class PeriodPage:
    """The page on which a household books the weeks or days of a period."""

    period: HolidayPeriod
    span: HolidaySpan
    at: datetime
    weeks: Sequence[Week]
    children: Sequence[ChildWeeks] = ()
    outside: Sequence[Child] = ()
    formulas: Sequence[tuple[str, str]] = ()
    sites: Sequence[SiteFilling] = ()

    @property
    def state(self) -> WindowState:
        """Which of the three states it is in."""
        return self.span.state(self.at)

    @property
    def is_open(self) -> bool:
        """Whether anything can change."""
        return any(week.is_open for row in self.children for week in row.weeks)


@dataclass(frozen=True)
class Ticks:
    """What a form that was refused in part had ticked, child by child, so that nothing that was typed is lost."""

    days: Mapping[int, frozenset[date]] = field(default_factory=dict)
    formulas: Mapping[tuple[int, date], str] = field(default_factory=dict)


def period_page(
    family: Family, scene: PeriodScene, *, at: datetime, at_desk: bool = False, ticks: Ticks | None = None
) -> PeriodPage:
    """Return a period as a household books it; a dozen queries, whatever the number of children and weeks."""
    period = scene.period
    span = span_of(period)
    weeks = weeks_of(span, period.activity.weekdays)
    sites = scene.sites
    planning = period_planning(family, period, at=at, sites=sites, stops=scene.stops)
    formulas = scene.formulas
    enrolled = planning.children if planning else {}
    return PeriodPage(
        period=period,
        span=span,
        at=at,
        weeks=weeks,
        children=[_child(planning, slot, weeks, formulas, at, at_desk, ticks) for slot in planning.enrolments]
        if planning
        else [],
        outside=[child for child in children_of(family, on=at.date()) if child.pk not in enrolled],
        formulas=formulas,
        sites=_filling(sites, weeks, planning.places if planning else None, period, at),
    )


def sites_of(activity: Activity) -> list[ActivitySite]:
    """Return where an activity runs; one query."""
    return list(activity.sites.select_related("school", "venue").order_by("pk"))


def offered_formulas(activity: Activity) -> list[tuple[str, str]]:
    """Return the formulas of an activity with their labels; one query."""
    rows = ActivityFormula.objects.filter(activity=activity).order_by("position", "formula")
    return [(formula, formula_label(formula)) for formula in rows.values_list("formula", flat=True)]


def _filling(
    sites: Sequence[ActivitySite], weeks: Sequence[Week], places: Places | None, period: HolidayPeriod, at: datetime
) -> list[SiteFilling]:
    if not any(site.places is not None for site in sites):
        return []
    known = places or places_left(sites, period.starts_on, period.ends_on, at)
    return [SiteFilling(site, [(week, week_left(known, site, week.days)) for week in weeks]) for site in sites]


def week_left(places: Places, site: ActivitySite, days: Iterable[date]) -> int | None:
    """Return the places left for a whole week at a site: those of its fullest day, who waits before counted; None: no limit."""
    if site.places is None:
        return None
    return max(
        0,
        min(
            (places.left.get((site.pk, day), site.places) - len(places.queues.get((site.pk, day), ())) for day in days),
            default=site.places,
        ),
    )


def _child(
    planning: Planning,
    slot: Slot,
    weeks: Sequence[Week],
    formulas: Sequence[tuple[str, str]],
    at: datetime,
    at_desk: bool,
    ticks: Ticks | None,
) -> ChildWeeks:
    enrolment = planning.enrolments[slot][0]
    asked = ticks.days.get(slot[0], frozenset()) if ticks else None
    rows = []
    for week in weeks:
        days = running_days(planning, slot, week)
        boxes = [_box(planning, slot, day, at, at_desk, asked) for day in days]
        known = next((box.formula for box in boxes if box.formula), formulas[0][0] if formulas else "")
        formula = ticks.formulas.get((slot[0], week.monday), known) if ticks else known
        left = week_left(planning.places or Places({}), enrolment.site, days)
        rows.append(WeekRow(week, boxes, left, formula))
    return ChildWeeks(planning.children[slot[0]], enrolment.site, rows)


def _box(
    planning: Planning, slot: Slot, day: date, at: datetime, at_desk: bool, asked: frozenset[date] | None
) -> DayBox:
    booking = planning.own_booking(slot, day)
    decision = decide(planning.context(slot, day), at, at_desk=at_desk)
    ticked = booking is not None if asked is None or not decision.is_open else day in asked
    return DayBox(
        day,
        booking is not None,
        decision.is_open,
        ticked,
        _word(decision),
        booking.formula if booking else "",
    )


def _word(decision: Decision) -> str:
    return decision.reason.short if decision.reason else ""
