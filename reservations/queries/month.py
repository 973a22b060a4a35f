"""The calendar's page: one child, one activity, one month, with everything that it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from castres_portal.base.french import long_day, month_name, of_name, plain_day
from families.models import Child, Custody, Family
from families.rules.custody import doubled_week
from reservations.models import AbsenceDay, Activity, ActivitySite, Booking, Enrolment, ReceiptLine
from reservations.queries.planning import Planning, Slot, enrolments_of, family_order, load_planning, policy_of
from reservations.rules.calendar import YearSpan, month_bounds
from reservations.rules.decide import Decision, ReasonCode, decide, notice
from reservations.rules.months import month_range, next_month, open_for_enrolment

WORKING_DAYS = 5
TIME_ALONE = (ReasonCode.PAST, ReasonCode.DEADLINE)
# What the day of a standing absence says, in the place of « Délai dépassé ».
ABSENCES: dict[str, str] = {
    AbsenceDay.Outcome.PENDING: "Absence annoncée",
    AbsenceDay.Outcome.ACCEPTED: "Absence prise en compte",
}
GIVEN_BACK = "Rendu, facturé si personne ne le prend"
Week = list[dict[str, Any] | None]


@dataclass(frozen=True)
class Sibling:
    """A brother or sister enrolled in the same activity this month."""

    child: Child
    site: ActivitySite
    ticked: bool


@dataclass(frozen=True)
class Tab:
    """A way to another child or another activity, the same month."""

    label: str
    child: int
    activity: str
    current: bool


@dataclass(frozen=True)
class CustodyNote:
    """What the page says of a child who lives in two households."""

    rhythm: str
    weeks: str
    doubled: str


@dataclass(frozen=True)
class MonthPage:
    """What templates/reservations/calendar.html shows."""

    child: Child
    activity: Activity
    site: ActivitySite
    month: date
    weeks: list[Week]
    shown: list[date]
    free: list[date]
    booked: int
    siblings: list[Sibling]
    children: list[Tab]
    activities: list[Tab]
    previous: date | None
    next: date | None
    rule: str
    custody: CustodyNote | None
    year_to_join: YearSpan | None
    takes_absences: bool

    @property
    def caption(self) -> str:
        """What a screen reader is told of the grid."""
        return f"{self.activity.name} {of_name(self.child.first_name)}, {month_name(self.month)}"

    @property
    def is_open(self) -> bool:
        """Whether any day of the month can change."""
        return bool(self.shown or self.free)


def month_page(
    family: Family,
    child: int,
    activity: str,
    month: date,
    *,
    at: datetime,
    refused: Mapping[date, ReceiptLine] | None = None,
    also: Iterable[int] = (),
) -> MonthPage | None:
    """Return a month of a child (id) in an activity (slug), or None when this household has none to show.

    Five queries, seven where places are counted. ``refused`` are the days of the submit just answered that were refused, and
    ``also`` the children it was applied to: their ticks stay.
    """
    first, last = month_bounds(month)
    around = Q(school_year__ends_on__gte=first - timedelta(days=366), school_year__starts_on__lte=last)
    rows = enrolments_of(family).filter(around | Q(school_year__starts_on__gt=last)).order_by()
    household = sorted(rows, key=family_order)
    mine = [row for row in household if row.child_id == child and row.activity.slug == activity]
    if not mine:
        return None
    same = [row for row in household if row.activity_id == mine[0].activity_id]
    together = [row for row in same if row.child_id == child or _holds(row, first, last)]
    planning = load_planning(family, together, first, last, at=at)
    slot = (child, mine[0].activity_id)
    bounds = month_range(_years_shown(planning, mine, at))
    if bounds is None or not bounds[0] <= first <= bounds[1]:
        return None
    enrolment = next((row for row in mine if _holds(row, first, last)), mine[-1])
    days = {day: decide(planning.context(slot, day), at) for day in _working_days(first, last)}
    shown = [day for day, decision in days.items() if decision.can_cancel]
    return MonthPage(
        child=enrolment.child,
        activity=enrolment.activity,
        site=enrolment.site,
        month=first,
        weeks=_weeks(planning, slot, days, refused or {}, at),
        shown=shown,
        free=[day for day, decision in days.items() if decision.can_add],
        booked=sum(planning.own_booking(slot, day) is not None for day in days),
        siblings=_siblings(together, child, set(also)),
        children=_tabs_of_children(same, child),
        activities=_tabs_of_activities(household, child, activity),
        previous=next_month(first, -1) if first > bounds[0] else None,
        next=next_month(first) if first < bounds[1] else None,
        rule=notice(policy_of(enrolment.activity)),
        custody=_custody_note(planning, child, first, last),
        year_to_join=_year_to_join(planning, mine, first, last, at),
        takes_absences=_takes_absences(enrolment.activity),
    )


def _takes_absences(activity: Activity) -> bool:
    rule = getattr(activity, "absence_rule", None)
    return rule is not None and rule.is_allowed


def _holds(row: Enrolment, first: date, last: date) -> bool:
    return row.starts_on <= last and row.ends_on >= first


def _working_days(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if day.weekday() < WORKING_DAYS]


# --- The way from month to month --------------------------------------------------------------------------------------


def _years_shown(planning: Planning, mine: list[Enrolment], at: datetime) -> list[YearSpan]:
    """The years the child is enrolled in, and those she could join now."""
    enrolled = {row.school_year_id for row in mine}
    joinable = open_for_enrolment(planning.calendar, at.date())
    return [year for year in planning.calendar.years if year.pk in enrolled or year in joinable]


def _year_to_join(planning: Planning, mine: list[Enrolment], first: date, last: date, at: datetime) -> YearSpan | None:
    enrolled = {row.school_year_id for row in mine}
    here = [y for y in open_for_enrolment(planning.calendar, at.date()) if y.starts_on <= last and y.ends_on >= first]
    return next((year for year in here if year.pk not in enrolled), None)


def _tabs_of_children(same: list[Enrolment], child: int) -> list[Tab]:
    seen = {row.child_id: row for row in same}
    if len(seen) < 2:
        return []
    return [Tab(row.child.first_name, pk, row.activity.slug, pk == child) for pk, row in seen.items()]


def _tabs_of_activities(household: list[Enrolment], child: int, activity: str) -> list[Tab]:
    seen = {row.activity.slug: row for row in household if row.child_id == child}
    if len(seen) < 2:
        return []
    return [Tab(row.activity.name, child, slug, slug == activity) for slug, row in seen.items()]


def _siblings(together: list[Enrolment], child: int, also: set[int]) -> list[Sibling]:
    others = {row.child_id: row for row in together if row.child_id != child}
    return [Sibling(row.child, row.site, pk in also) for pk, row in others.items()]


# --- The days ---------------------------------------------------------------------------------------------------------


def _weeks(
    planning: Planning, slot: Slot, days: Mapping[date, Decision], refused: Mapping[date, ReceiptLine], at: datetime
) -> list[Week]:
    weeks: dict[date, Week] = {}
    for day, decision in days.items():
        monday = day - timedelta(days=day.weekday())
        row = weeks.setdefault(monday, [None] * WORKING_DAYS)
        row[day.weekday()] = _cell(day, decision, planning.own_booking(slot, day), refused.get(day), at)
    return list(weeks.values())


def _cell(
    day: date, decision: Decision, booking: Booking | None, line: ReceiptLine | None, at: datetime
) -> dict[str, Any]:
    booked = booking is not None
    absence = ABSENCES.get(getattr(booking, "absence", None) or "", "")
    if booking is not None and booking.given_back_at is not None:
        absence = GIVEN_BACK
    return {
        "day": day,
        "state": "booked" if booked else "free" if decision.can_add else "closed",
        # The tick of a refused day stays as the family left it; a removal that can no longer be shows what holds.
        "checked": line.adding if line and (decision.is_open or line.adding) else booked,
        "enabled": decision.is_open,
        "name": "jour",
        "value": day.isoformat(),
        "note": decision.until_short,
        "reason": absence or (decision.reason.short if decision.reason else ""),
        "refusal": _refusal(line) if line else "",
        "aria_label": long_day(day),
        "today": day == at.date(),
        "late": bool(decision.reason and decision.reason.code in TIME_ALONE),
    }


def _refusal(line: ReceiptLine) -> str:
    return "Ajout refusé" if line.adding else "Retrait refusé"


# --- Two households ---------------------------------------------------------------------------------------------------


def _custody_note(planning: Planning, child: int, first: date, last: date) -> CustodyNote | None:
    stays = [
        stay
        for stay in planning.homes.stays.get(child, ())
        if stay.family_id == planning.family
        and stay.rhythm != Custody.Rhythm.FULL
        and stay.starts_on <= last
        and (stay.ends_on is None or stay.ends_on >= first)
    ]
    if not stays:
        return None
    rhythm = stays[-1].rhythm
    here = [day for day in _working_days(first, last) if planning.homes.household(child, day) == planning.family]
    numbers = sorted({day.isocalendar()[:2] for day in here})
    return CustodyNote(
        rhythm={"impaire": "semaines impaires", "paire": "semaines paires"}.get(rhythm, "une semaine sur deux"),
        weeks=", ".join(str(week) for _, week in numbers),
        doubled=_doubled_sentence(rhythm, first, last),
    )


def _doubled_sentence(rhythm: str, first: date, last: date) -> str:
    """Explain a year of 53 weeks to the month that holds its last week or the first of the next year."""
    monday = doubled_week(rhythm, first - timedelta(days=6), last + timedelta(days=7))
    if monday is None:
        return ""
    where = "chez vous" if rhythm == Custody.Rhythm.ODD else "dans l’autre foyer"
    year = monday.isocalendar().year - 1
    return (
        f"L’année {year} compte 53 semaines : la semaine 53 (du {plain_day(monday - timedelta(days=7))}) et la semaine 1 "
        f"(du {plain_day(monday)}) sont toutes deux impaires. L’enfant est donc {where} deux semaines de suite. Si un accord "
        "ou un jugement dit autre chose, signalez-le à l’Espace Famille, qui en tiendra compte."
    )
