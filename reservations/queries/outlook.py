"""A submit before it is sent: what each day would become, by month and by child, with what it would cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from castres_portal.base.french import WEEKDAYS
from families.models import Child, Family
from reservations.models import Activity, ReceiptLine
from reservations.pricing import HouseholdPrices, NoTariff, QuotientOutsideBands, WantedDay
from reservations.rules.changes import DayChanges
from reservations.rules.decide import ReasonCode
from reservations.rules.formulas import formula_label
from reservations.services.booking import Foreseen

Outcome = ReceiptLine.Outcome
NOTHING = Decimal("0.00")
SHORT_WEEKDAYS = tuple(f"{name[:3]}." for name in WEEKDAYS)
# In which order, and in which words, the days of a row are said.
WORDS: dict[str, str] = {
    Outcome.BOOKED: "à réserver",
    Outcome.CANCELLED: "à annuler",
    Outcome.UNCHANGED: "inchangé",
    Outcome.REFUSED: "impossible",
}


@dataclass(frozen=True)
class Group:
    """Days of a row that have one outcome; ``why`` says it of those refused, ``is_full`` for want of places alone."""

    outcome: str
    word: str
    days: Sequence[date]
    why: str = ""
    formula: str = ""
    is_full: bool = False

    @property
    def said(self) -> str:
        """« lun. 7, 14, 21, mar. 1er, 8 »."""
        by_weekday: dict[int, list[str]] = {}
        for day in self.days:
            by_weekday.setdefault(day.weekday(), []).append("1er" if day.day == 1 else str(day.day))
        return "\u00a0; ".join(
            f"{SHORT_WEEKDAYS[weekday]}\u00a0{', '.join(numbers)}" for weekday, numbers in sorted(by_weekday.items())
        )


@dataclass(frozen=True)
class Row:
    """One child in one activity, one month."""

    child: Child
    activity: Activity
    groups: Sequence[Group]


@dataclass(frozen=True)
class MonthOutlook:
    """What a month would become; ``amount`` is None as long as a day of it has no price."""

    month: date
    rows: Sequence[Row]
    counts: Counter[str]
    amount: Decimal | None

    @property
    def changed(self) -> int:
        """How many days would change."""
        return self.counts[Outcome.BOOKED] + self.counts[Outcome.CANCELLED]


@dataclass(frozen=True)
class Refusals:
    """Days that are refused for one reason: in a few words, then as the first of them says it."""

    short: str
    sentence: str
    days: int


@dataclass(frozen=True)
class Outlook:
    """The whole of it."""

    months: Sequence[MonthOutlook]
    refusals: Sequence[Refusals]
    counts: Counter[str]
    amount: Decimal | None
    children: Sequence[str]

    @property
    def booked(self) -> int:
        """Days that would be booked."""
        return self.counts[Outcome.BOOKED]

    @property
    def cancelled(self) -> int:
        """Days that would be given back."""
        return self.counts[Outcome.CANCELLED]

    @property
    def unchanged(self) -> int:
        """Days already as they are asked to be."""
        return self.counts[Outcome.UNCHANGED]

    @property
    def refused(self) -> int:
        """Days that cannot be had."""
        return self.counts[Outcome.REFUSED]

    @property
    def changed(self) -> int:
        """How many days the button would change."""
        return self.booked + self.cancelled


EMPTY = Outlook((), (), Counter(), NOTHING, ())


def outlook(family: Family, foreseen: Foreseen | None) -> Outlook:
    """Shape what was foreseen for its page; three queries for the prices."""
    if foreseen is None:
        return EMPTY
    lines = sorted(foreseen.lines, key=lambda line: line.day)
    prices = _Prices(family, lines)
    months = [_month(month, list(rows), foreseen, prices) for month, rows in groupby(lines, key=_month_of)]
    amounts = [month.amount for month in months]
    return Outlook(
        months=months,
        refusals=_refusals(foreseen),
        counts=Counter(str(line.outcome) for line in lines),
        amount=None if None in amounts else sum((amount for amount in amounts if amount), NOTHING),
        children=list(dict.fromkeys(line.child.first_name for line in foreseen.lines)),
    )


def _month_of(line: ReceiptLine) -> date:
    return line.day.replace(day=1)


def _month(month: date, lines: list[ReceiptLine], foreseen: Foreseen, prices: "_Prices") -> MonthOutlook:
    lines.sort(
        key=lambda line: (line.child.birth_date, line.child_id, line.activity.position, line.activity_id, line.day)
    )
    rows = [
        _row(list(of_slot), foreseen)
        for _, of_slot in groupby(lines, key=lambda line: (line.child_id, line.activity_id))
    ]
    changed = [line for line in lines if line.outcome in (Outcome.BOOKED, Outcome.CANCELLED)]
    return MonthOutlook(month, rows, Counter(str(line.outcome) for line in lines), prices.total(changed))


def _row(lines: Sequence[ReceiptLine], foreseen: Foreseen) -> Row:
    alike: dict[tuple[str, str, str, bool], list[date]] = {}
    for line in lines:
        why = foreseen.why(line) if line.outcome == Outcome.REFUSED else None
        key = (line.outcome, why.short if why else "", line.formula, bool(why and why.code == ReasonCode.FULL))
        alike.setdefault(key, []).append(line.day)
    order = list(WORDS)
    groups = [
        Group(outcome, _word(outcome, line_adds=lines[0].adding), days, why, formula_label(formula), is_full)
        for (outcome, why, formula, is_full), days in sorted(alike.items(), key=lambda item: order.index(item[0][0]))
    ]
    return Row(lines[0].child, lines[0].activity, groups)


def _word(outcome: str, *, line_adds: bool) -> str:
    if outcome == Outcome.UNCHANGED:
        return "déjà réservé" if line_adds else "déjà libre"
    return WORDS[outcome]


def _refusals(foreseen: Foreseen) -> list[Refusals]:
    found: dict[str, list[ReceiptLine]] = {}
    for line in foreseen.lines:
        if line.outcome == Outcome.REFUSED:
            found.setdefault(foreseen.why(line).short, []).append(line)
    return [
        Refusals(short, rows[0].reason if len(rows) == 1 else "", len(rows))
        for short, rows in sorted(found.items(), key=lambda item: -len(item[1]))
    ]


class _Prices:
    """What the household pays for the days of some lines."""

    def __init__(self, family: Family, lines: Sequence[ReceiptLine]) -> None:
        self.family = family.pk
        first, last = lines[0].day, lines[-1].day
        children, activities = {line.child_id for line in lines}, {line.activity_id for line in lines}
        self.prices = HouseholdPrices.load([family.pk], children, activities, first, last)

    def total(self, lines: Iterable[ReceiptLine]) -> Decimal | None:
        """Add up what lines cost in euros, what is given back counted down; None when a day has no price."""
        try:
            return sum((self._price(line) for line in lines), NOTHING)
        except (NoTariff, QuotientOutsideBands):
            return None

    def _price(self, line: ReceiptLine) -> Decimal:
        wanted = WantedDay(line.child_id, line.activity_id, line.day, line.formula)
        price = self.prices.price(self.family, wanted).price.total
        return -price if line.outcome == Outcome.CANCELLED else price


def asked_again(foreseen: Foreseen | None) -> dict[tuple[int, str], DayChanges]:
    """Return what a preview promises to do, and nothing more: the days that it shows as booked or cancelled."""
    found: dict[tuple[int, str], DayChanges] = {}
    lines = foreseen.lines if foreseen else ()
    for (child, slug), rows in groupby(lines, key=lambda line: (line.child_id, line.activity.slug)):
        of_slot = list(rows)
        added = [line for line in of_slot if line.outcome == Outcome.BOOKED]
        removed = frozenset(line.day for line in of_slot if line.outcome == Outcome.CANCELLED)
        if added or removed:
            found[child, slug] = DayChanges(
                additions=frozenset(line.day for line in added),
                removals=removed,
                formulas={line.day: line.formula for line in added if line.formula},
            )
    return found
