"""The whole of a calendar page, in a number of queries that depends on nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from castres_portal.base.french import month_name, of_name
from families.models import Child, Family
from families.queries.households import children_of
from reservations.models import Activity, ActivityFormula, Enrolment
from reservations.queries.calendar.custody import CustodyNote, custody_notes
from reservations.queries.calendar.days import Drawing, Left, Refused, waits_of
from reservations.queries.calendar.prices import Prices
from reservations.queries.calendar.scope import (
    WORKING_DAYS,
    Narrowed,
    Span,
    Tab,
    bounds_of,
    neighbour,
    tabs_of_activities,
    tabs_of_children,
)
from reservations.queries.calendar.totals import Change, LastChange, Scales, Totals, last_change, totals_of
from reservations.queries.calendar.weeks import SlotDays, Week, arrange
from reservations.queries.menus import lunches_between
from reservations.queries.planning import Planning, Slot, enrolments_of, family_order, load_planning, policy_of
from reservations.rules.calendar import YearSpan
from reservations.rules.changes import DayChanges
from reservations.rules.decide import notice
from reservations.rules.menus import MenuOfDay
from reservations.rules.months import open_for_enrolment

Key = tuple[int, str]  # a child (id) and an activity (slug)
Wall = list[list[dict[str, Any] | None]]


@dataclass(frozen=True)
class Sibling:
    """A brother or sister to whom the same changes may go, and in which activities."""

    child: Child
    activities: Sequence[Activity]
    place: str
    ticked: bool


@dataclass(frozen=True)
class Guide:
    """What a family is told of an activity: where, at what hours, until when."""

    activity: Activity
    places: Sequence[str]
    rule: str


@dataclass(frozen=True)
class CalendarPage:
    """What templates/reservations/calendar.html shows.

    ``slots`` are the children and activities of the page, ``weeks`` their days; ``wall`` the same for one child in one activity
    without formulas, as a month is hung on a wall. ``asked`` is what the ticks not yet sent would change; ``told`` the sentences
    that several days share, each with its id in the page.
    """

    span: Span
    narrowed: Narrowed
    slots: Sequence[SlotDays]
    weeks: Sequence[Week]
    wall: Wall | None
    totals: Totals
    prices: Prices
    guides: Sequence[Guide]
    siblings: Sequence[Sibling]
    children: Sequence[Tab]
    activities: Sequence[Tab]
    before: Span | None
    after: Span | None
    custody: Sequence[CustodyNote]
    year_to_join: YearSpan | None
    last: LastChange | None
    asked: Change | None
    told: Mapping[str, str]
    at_desk: bool = False
    household: Sequence[Child] = field(default_factory=tuple)

    @property
    def address(self) -> str:
        """The address of the page."""
        return self.narrowed.address(self.span)

    @property
    def before_url(self) -> str:
        """The month or the week before, empty when there is none."""
        return self.narrowed.address(self.before) if self.before else ""

    @property
    def after_url(self) -> str:
        """The month or the week after, empty when there is none."""
        return self.narrowed.address(self.after) if self.after else ""

    @property
    def month_url(self) -> str:
        """The month view of the same."""
        return self.narrowed.address(Span.of_month(self.span.first))

    @property
    def week_url(self) -> str:
        """The week view of the same: the first week that can still change, else the first."""
        week = next((week for week in self.weeks if week.is_open), self.weeks[0])
        return self.narrowed.address(Span.of_week(week.monday))

    @property
    def all_url(self) -> str:
        """The same days of everybody."""
        return Narrowed().address(self.span)

    @property
    def child(self) -> Child | None:
        """The only child of the page, when there is one."""
        children = {slot.child.pk: slot.child for slot in self.slots}
        return next(iter(children.values())) if len(children) == 1 else None

    @property
    def activity(self) -> Activity | None:
        """The only activity of the page, when there is one."""
        activities = {slot.activity.pk: slot.activity for slot in self.slots}
        return next(iter(activities.values())) if len(activities) == 1 else None

    @property
    def title(self) -> str:
        """« Restauration scolaire de Zoé », « Réservations de Zoé », « Réservations »."""
        activity = self.activity.name if self.narrowed.activity and self.activity else "Réservations"
        return f"{activity} {of_name(self.child.first_name)}" if self.narrowed.child and self.child else activity

    @property
    def caption(self) -> str:
        """What a screen reader is told of the wall calendar."""
        return f"{self.title}, {month_name(self.span.first)}"

    @property
    def menus(self) -> list[MenuOfDay]:
        """The lunches of the page."""
        return [menu for week in self.weeks for menu in week.menus]

    @property
    def is_open(self) -> bool:
        """Whether any day can change."""
        return any(slot.shown or slot.free for slot in self.slots)

    @property
    def doubled_weeks(self) -> list[str]:
        """What a year of 53 weeks does to the weeks of the children, each sentence once."""
        return list(dict.fromkeys(note.doubled for note in self.custody if note.doubled))

    @property
    def takes_absences(self) -> bool:
        """Whether some activity of the page takes announced absences."""
        return any(_takes_absences(slot.activity) for slot in self.slots)

    @property
    def resells_late_days(self) -> bool:
        """Whether a day of some activity of the page can be left to another family once it is too late to cancel."""
        return any(slot.activity.resells_late_days for slot in self.slots)


def calendar_page(
    family: Family,
    span: Span,
    narrowed: Narrowed = Narrowed(),  # noqa: B008  (frozen)
    *,
    at: datetime,
    refused: Mapping[tuple[int, int, date], Refused] | None = None,
    asked: Mapping[Key, DayChanges] | None = None,
    also: Collection[int] = (),
    at_desk: bool = False,
) -> CalendarPage | None:
    """Return the days of a household's children in its activities, or None when it has none such to show.

    Eleven queries, and a few more where places are counted, formulas offered, a centre opens in the holidays or a receipt was
    given: the same for one child as for six. ``refused`` are the days refused a moment ago, ``asked`` what a form asks without
    saving it, ``also`` the children to whom it is applied: their ticks stay. ``at_desk``: an agent reads, deadlines
    give way.
    """
    household = _household(family, span)
    mine = [row for row in household if narrowed.admits(row.child_id, row.activity.slug)]
    if not mine and (narrowed.child is not None or narrowed.activity is not None):
        return None
    here = [row for row in mine if narrowed.is_one or _holds(row, span)]
    beside = [row for row in household if (row.child_id, row.activity.slug) in (asked or {}) and row not in here]
    planning = load_planning(family, here + beside, span.first, span.last, at=at)
    bounds = bounds_of(_years_shown(planning, mine, at))
    if bounds is None or span.last < bounds[0] or span.first > bounds[1]:
        return None
    slots = list(dict.fromkeys((row.child_id, row.activity_id) for row in here))
    activities = {row.activity_id for row in here + beside}
    prices = Prices.load(family.pk, {row.child_id for row in here + beside}, activities, span.first, span.last)
    formulas = _formulas(here + beside)
    change = _asked(Scales(planning, prices, formulas, at, at_desk), asked) if asked is not None else None
    left = Left(refused or (change.refused if change else {}), _wanted(planning, asked) if asked is not None else None)
    drawing = Drawing(planning, prices, at, waits_of(planning, span.first, span.last), formulas, left, at_desk)
    drawn = [_slot_days(drawing, slot, here, span) for slot in slots]
    menus = _menus(here, span)
    return CalendarPage(
        span=span,
        narrowed=narrowed,
        slots=drawn,
        weeks=arrange(drawn, span.days, planning.calendar, at.date(), menus),
        wall=_wall(drawing, drawn[0], span) if narrowed.is_one and not span.is_week and not formulas else None,
        totals=totals_of(planning, prices, slots, span.days),
        prices=prices,
        guides=_guides(here),
        siblings=_siblings([row for row in household if _holds(row, span)], narrowed, set(also)),
        children=tabs_of_children(household, narrowed, span),
        activities=tabs_of_activities(household, narrowed, span),
        before=neighbour(span, -1, bounds),
        after=neighbour(span, 1, bounds),
        custody=custody_notes(planning, span.first, span.last),
        year_to_join=_year_to_join(planning, mine, span, at),
        last=last_change(family, planning, prices, slots, span.first, span.last) if slots else None,
        asked=change,
        told=drawing.told,
        at_desk=at_desk,
        household=() if household else list(children_of(family, on=at.date())),
    )


def enrolled_keys(family: Family) -> set[Key]:
    """Return each child (id) and activity (slug) in which a household has enrolled her; one query."""
    rows = Enrolment.objects.filter(family=family).order_by()
    return set(rows.values_list("child_id", "activity__slug"))


# --- Whose days -------------------------------------------------------------------------------------------------------


def _household(family: Family, span: Span) -> list[Enrolment]:
    """The enrolments of the year of the page, of the one before and of those to come, in the order of the family."""
    rows = enrolments_of(family).filter(school_year__ends_on__gte=span.first - timedelta(days=366)).order_by()
    return sorted(rows, key=family_order)


def _holds(row: Enrolment, span: Span) -> bool:
    return row.starts_on <= span.last and row.ends_on >= span.first


def _years_shown(planning: Planning, mine: Iterable[Enrolment], at: datetime) -> list[YearSpan]:
    """The years in which somebody is enrolled, and those that could be joined now."""
    enrolled = {row.school_year_id for row in mine}
    joinable = open_for_enrolment(planning.calendar, at.date())
    return [year for year in planning.calendar.years if year.pk in enrolled or year in joinable]


def _year_to_join(planning: Planning, mine: Sequence[Enrolment], span: Span, at: datetime) -> YearSpan | None:
    """The year of the page in which a child known from another year is not enrolled yet."""
    years = open_for_enrolment(planning.calendar, at.date())
    here = [year for year in years if year.starts_on <= span.last and year.ends_on >= span.first]
    children = {row.child_id for row in mine}
    for year in here:
        if children - {row.child_id for row in mine if row.school_year_id == year.pk}:
            return year
    return None


def _formulas(rows: Iterable[Enrolment]) -> dict[int, list[str]]:
    """The formulas offered by the activities that have some, in their order; one query, none when no activity has."""
    with_some = {row.activity_id for row in rows if getattr(row, "has_formulas", False)}
    found: dict[int, list[str]] = {}
    if with_some:
        offered = ActivityFormula.objects.filter(activity__in=with_some).order_by("position", "formula")
        for activity, formula in offered.values_list("activity_id", "formula"):
            found.setdefault(activity, []).append(formula)
    return found


def _menus(rows: Iterable[Enrolment], span: Span) -> dict[date, MenuOfDay]:
    """The lunches of the days of a canteen; one query, none when no child of the page eats there."""
    return lunches_between(span.first, span.last) if any(row.activity.is_meal for row in rows) else {}


def _guides(rows: Iterable[Enrolment]) -> list[Guide]:
    places: dict[int, dict[int, str]] = {}
    activities = {row.activity_id: row.activity for row in rows}
    for row in rows:
        places.setdefault(row.activity_id, {})[row.site_id] = row.site.place_name
    ordered = sorted(activities.values(), key=lambda activity: (activity.position, activity.pk))
    return [Guide(each, list(places[each.pk].values()), notice(policy_of(each))) for each in ordered]


def _siblings(rows: Iterable[Enrolment], narrowed: Narrowed, also: set[int]) -> list[Sibling]:
    """The brothers and sisters who share an activity of the one child of the page; none when all are on it already."""
    if narrowed.child is None:
        return []
    rows = list(rows)
    shared = {
        row.activity_id
        for row in rows
        if row.child_id == narrowed.child and narrowed.admits(row.child_id, row.activity.slug)
    }
    others: dict[int, list[Enrolment]] = {}
    for row in rows:
        if row.child_id != narrowed.child and row.activity_id in shared:
            others.setdefault(row.child_id, []).append(row)
    return [
        Sibling(found[0].child, [row.activity for row in found], found[0].site.place_name, pk in also)
        for pk, found in others.items()
    ]


def _takes_absences(activity: Activity) -> bool:
    rule = getattr(activity, "absence_rule", None)
    return rule is not None and rule.is_allowed


# --- The days ---------------------------------------------------------------------------------------------------------


def _slot_days(drawing: Drawing, slot: Slot, rows: Iterable[Enrolment], span: Span) -> SlotDays:
    mine = [row for row in rows if (row.child_id, row.activity_id) == slot]
    enrolment = next((row for row in mine if _holds(row, span)), mine[-1])
    weekdays = drawing.planning.policies[slot[1]].weekdays
    days = {
        day: drawing.day(slot, day)
        for day in span.days
        if day.weekday() in weekdays or (*slot, day) in drawing.planning.bookings
    }
    return SlotDays(enrolment, days, bool(drawing.formulas.get(slot[1])))


def _wall(drawing: Drawing, slot: SlotDays, span: Span) -> Wall:
    """The month of one child in one activity, the weekdays on which it never runs included."""
    weeks: dict[date, list[dict[str, Any] | None]] = {}
    for day in span.days:
        week = weeks.setdefault(day - timedelta(days=day.weekday()), [None] * WORKING_DAYS)
        known = slot.days.get(day) or drawing.day((slot.child.pk, slot.activity.pk), day)
        address = reverse("reservations:slot_day", args=[slot.child.pk, slot.activity.slug, day])
        week[day.weekday()] = known.cell | {"name": slot.key, "more_url": address}
    return list(weeks.values())


# --- What a form asks -------------------------------------------------------------------------------------------------


def _asked(scales: Scales, asked: Mapping[Key, DayChanges]) -> Change:
    planning = scales.planning
    slots = {(child, planning.activities[pk].slug): (child, pk) for child, pk in planning.enrolments}
    return scales.weigh({slots[key]: changes for key, changes in asked.items() if key in slots})


def _wanted(planning: Planning, asked: Mapping[Key, DayChanges]) -> dict[tuple[int, int, date], str]:
    """The ticks of a form, to be kept on the page."""
    found = {}
    for child, activity in planning.enrolments:
        changes = asked.get((child, planning.activities[activity].slug))
        if changes is None:
            continue
        for day in changes.additions | changes.switched | changes.kept:
            found[child, activity, day] = changes.formula(day)
    return found
