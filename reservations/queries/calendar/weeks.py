"""Days arranged as the page shows them: week by week, child by child, an activity a row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from castres_portal.base.french import WEEKDAYS, euros, long_day
from families.models import Child
from reservations.models import Activity, Enrolment
from reservations.queries.calendar.days import OUT_OF_SEASON, Day
from reservations.queries.calendar.prices import cents
from reservations.queries.calendar.scope import WORKING_DAYS, week_dates
from reservations.rules.calendar import SchoolCalendar
from reservations.rules.menus import MenuOfDay


@dataclass(frozen=True)
class SlotDays:
    """A child in an activity: where, and the days of the page on which it can run for her."""

    enrolment: Enrolment
    days: Mapping[date, Day]
    has_formulas: bool

    @property
    def child(self) -> Child:
        """The child."""
        return self.enrolment.child

    @property
    def activity(self) -> Activity:
        """The activity."""
        return self.enrolment.activity

    @property
    def key(self) -> str:
        """Her days in the form: ``12-restauration``."""
        return f"{self.enrolment.child_id}-{self.activity.slug}"

    @cached_property
    def shown(self) -> list[Day]:
        """The open days that are reserved."""
        return [day for day in self.days.values() if day.enabled and day.booked]

    @cached_property
    def free(self) -> list[Day]:
        """The open days that are free."""
        return [day for day in self.days.values() if day.enabled and not day.booked]

    @property
    def shown_value(self) -> str:
        """The days shown reserved as the form carries them: « 2026-12:07.08 », « 2026-12-09=matin »."""
        with_formulas = [day.shown_value for day in self.shown if _has_formula(day)]
        return " ".join([*with_formulas, *_together(day.day for day in self.shown if not _has_formula(day))])

    @property
    def free_value(self) -> str:
        """The days shown free as the form carries them: « 2026-11:30 2026-12:01.03.04 »."""
        return " ".join(_together(day.day for day in self.free))


def _has_formula(day: Day) -> bool:
    return bool(day.booking and day.booking.formula)


def _together(days: Iterable[date]) -> list[str]:
    """Write the days of a month together."""
    months: dict[str, list[str]] = {}
    for day in days:
        months.setdefault(f"{day:%Y-%m}", []).append(f"{day:%d}")
    return [f"{month}:{'.'.join(numbers)}" for month, numbers in months.items()]


@dataclass(frozen=True)
class Row:
    """A week of a child in an activity; ``cells`` from Monday to Friday, None where it does not run or beyond the month."""

    slot: SlotDays
    cells: Sequence[Day | None]
    number: int

    @property
    def id(self) -> str:
        """Its id in the page."""
        return f"r{self.number}"

    @cached_property
    def drawn(self) -> list[Day]:
        """The days that there are."""
        return [cell for cell in self.cells if cell]

    @cached_property
    def only_reason(self) -> str:
        """The one reason of all its days, when there is nothing else to see; empty otherwise."""
        reasons = {day.reason for day in self.drawn}
        return reasons.pop() if len(reasons) == 1 and all(day.idle for day in self.drawn) else ""

    @property
    def is_out_of_season(self) -> bool:
        """Whether the heading of the week says all that there is to say."""
        return all(day.idle and day.decision.reason and day.decision.reason.code in OUT_OF_SEASON for day in self.drawn)

    @cached_property
    def one_price(self) -> str:
        """The price of a day, when it is the same for all those that can change."""
        prices = {day.price for day in self.drawn if day.enabled or day.booked}
        price = prices.pop() if len(prices) == 1 else None
        return "" if price is None or self.slot.has_formulas else euros(price)

    @cached_property
    def one_cents(self) -> int | None:
        """The same in cents."""
        return cents(next((day.price for day in self.drawn if day.enabled), None)) if self.one_price else None


@dataclass(frozen=True)
class ChildWeek:
    """A child's rows of a week; ``reason`` is the one that all of them share, her other household's week for example."""

    child: Child
    rows: Sequence[Row]

    @property
    def id(self) -> str:
        """The id of her name in the page, which each of her boxes is named by."""
        return f"e{self.rows[0].number}"

    @cached_property
    def reason(self) -> str:
        """The one reason of all her rows, empty when there is more to see."""
        reasons = {row.only_reason for row in self.rows}
        return reasons.pop() if len(reasons) == 1 else ""


@dataclass(frozen=True)
class Column:
    """A day of a week in its heading; ``is_narrow`` when no activity of the page runs on it that week."""

    day: date
    today: bool
    is_narrow: bool

    @property
    def id(self) -> str:
        """Its id in the page."""
        return f"d{self.day:%m%d}"

    @property
    def short(self) -> str:
        """« lun. »."""
        return f"{WEEKDAYS[self.day.weekday()][:3]}."

    @property
    def label(self) -> str:
        """« lundi 7 décembre 2026 »."""
        return long_day(self.day)


@dataclass(frozen=True)
class Week:
    """A week of the page, or the part of it that the month holds. ``closures`` say when there is no school, and why;
    ``menus`` are the lunches of its days that have one."""

    monday: date
    columns: Sequence[Column | None]
    children: Sequence[ChildWeek] = ()
    closures: Sequence[str] = field(default_factory=tuple)
    menus: Sequence[MenuOfDay] = field(default_factory=tuple)

    @property
    def number(self) -> int:
        """Its number in the ISO calendar."""
        return self.monday.isocalendar().week

    @property
    def dates(self) -> str:
        """« du 7 au 11 décembre 2026 »."""
        days = [column.day for column in self.columns if column]
        return week_dates(days[0], days[-1])

    @property
    def drawn(self) -> list[Day]:
        """All its days, child by child."""
        return [day for child in self.children for row in child.rows for day in row.drawn]

    @cached_property
    def is_open(self) -> bool:
        """Whether some day can change, or was refused a moment ago."""
        return any(day.enabled or day.refusal for day in self.drawn)

    @cached_property
    def booked(self) -> int:
        """How many days are reserved."""
        return sum(day.booked for day in self.drawn)


def arrange(
    slots: Iterable[SlotDays],
    days: Sequence[date],
    calendar: SchoolCalendar,
    today: date,
    menus: Mapping[date, MenuOfDay],
) -> list[Week]:
    """Arrange the days of slots into weeks; a row that only says « vacances » is left to the heading of its week."""
    slots = list(slots)
    mondays: dict[date, list[date]] = {}
    for day in days:
        mondays.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    number = 0
    weeks = []
    for monday, here in mondays.items():
        children: dict[int, list[Row]] = {}
        for slot in slots:
            cells = [slot.days.get(monday + timedelta(days=offset)) for offset in range(WORKING_DAYS)]
            row = Row(slot, cells, number)
            if row.drawn and not row.is_out_of_season:
                number += 1
                children.setdefault(slot.child.pk, []).append(row)
        weeks.append(
            Week(
                monday,
                _columns(monday, here, [row for rows in children.values() for row in rows], today),
                [ChildWeek(rows[0].slot.child, rows) for rows in children.values()],
                _closures(here, calendar),
                [menus[day] for day in here if day in menus],
            )
        )
    return weeks


def _columns(monday: date, here: Sequence[date], rows: Sequence[Row], today: date) -> list[Column | None]:
    columns: list[Column | None] = []
    for offset in range(WORKING_DAYS):
        day = monday + timedelta(days=offset)
        runs = any(row.cells[offset] for row in rows if not row.slot.has_formulas)
        columns.append(Column(day, day == today, not runs) if day in here else None)
    return columns


def _closures(days: Sequence[date], calendar: SchoolCalendar) -> list[str]:
    """Say once each reason for which there is no school, with its days when it does not hold all of them."""
    reasons: dict[str, list[date]] = {}
    for day in days:
        if closed := calendar.why_closed(day):
            reasons.setdefault(closed.label, []).append(day)
    return [
        label
        if len(held) == len(days)
        else f"{label} ({' et '.join(f'{WEEKDAYS[day.weekday()]} {day.day}' for day in held)})"
        for label, held in reasons.items()
    ]
