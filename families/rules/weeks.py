"""The coming weeks of a child in words, and the days that two households may exchange. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from castres_portal.base.french import WEEKDAYS, plain_day, short_day
from families.rules.custody import Stay, Swap, household_on
from families.rules.situation import RHYTHMS

LONGEST_EXCHANGE = 31  # days of one side
HERE, THERE, NOWHERE = "here", "there", "nowhere"
PLACES = {HERE: "chez vous", THERE: "chez l’autre parent", NOWHERE: "non précisé"}


@dataclass(frozen=True)
class Part:
    """Days of a week that follow each other in one place; both ends included."""

    first: date
    last: date
    place: str

    @property
    def words(self) -> str:
        """« chez vous », « chez l’autre parent »."""
        return PLACES[self.place]

    @property
    def days(self) -> str:
        """« du lundi au mercredi », or « le jeudi »."""
        if self.first == self.last:
            return f"le {WEEKDAYS[self.first.weekday()]}"
        return f"du {WEEKDAYS[self.first.weekday()]} au {WEEKDAYS[self.last.weekday()]}"


@dataclass(frozen=True)
class Week:
    """A week of a child, Monday to Sunday, cut where she changes place."""

    monday: date
    parts: Sequence[Part]
    exchanged: bool

    @property
    def number(self) -> int:
        """The ISO number that judgments speak of."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def label(self) -> str:
        """« du 7 déc. au 13 déc. »."""
        return f"du {short_day(self.monday)} au {short_day(self.sunday)}"

    @property
    def place(self) -> str:
        """The one place of the whole week, or nothing when it is cut."""
        return self.parts[0].place if len(self.parts) == 1 else ""


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def place_on(day: date, family: int, stays: Sequence[Stay], swaps: Sequence[Swap]) -> str:
    """Say where a child is on a day, as a household (by id) sees it: never which other household."""
    home = household_on(day, stays, swaps)
    return NOWHERE if home is None else HERE if home == family else THERE


def coming_weeks(
    family: int, stays: Sequence[Stay], swaps: Sequence[Swap], today: date, *, count: int = 10
) -> list[Week]:
    """Return the weeks of a child from the present one."""
    first = monday_of(today)
    return [_week(first + timedelta(weeks=number), family, stays, swaps) for number in range(count)]


def _week(monday: date, family: int, stays: Sequence[Stay], swaps: Sequence[Swap]) -> Week:
    parts: list[Part] = []
    for day in days_between(monday, monday + timedelta(days=6)):
        place = place_on(day, family, stays, swaps)
        if parts and parts[-1].place == place:
            parts[-1] = Part(parts[-1].first, day, place)
        else:
            parts.append(Part(day, day, place))
    sunday = monday + timedelta(days=6)
    exchanged = any(swap.starts_on <= sunday and swap.ends_on >= monday for swap in swaps)
    return Week(monday, parts, exchanged)


def rhythm_words(stay: Stay) -> str:
    """Say a stay in words: « les semaines paires (numéro ISO) », « une semaine sur deux, à partir du lundi 31 août 2026 »."""
    words = RHYTHMS[stay.rhythm]
    if stay.rhythm == "alternee" and stay.first_monday:
        words += f", à partir du lundi {plain_day(stay.first_monday)}"
    return words


def period_words(first: date, last: date) -> str:
    """« le 23 novembre 2026 », « du 23 novembre 2026 au 29 novembre 2026 »."""
    return f"le {plain_day(first)}" if first == last else f"du {plain_day(first)} au {plain_day(last)}"


def exchange_problem(
    *,
    gives: tuple[date, date] | None,
    takes: tuple[date, date] | None,
    family: int,
    other: int,
    stays: Iterable[Stay],
    swaps: Iterable[Swap],
    today: date,
) -> str:
    """Return why two households (by id) cannot exchange these days of a child, or nothing.

    What is given must be at home here, what is taken at home there, and neither exchanged already: so that a day keeps one
    household, and one only.
    """
    stays, swaps = list(stays), list(swaps)
    if not gives and not takes:
        return "Indiquez au moins des jours à laisser ou à prendre."
    for period, owner, words in ((gives, family, "laissez"), (takes, other, "prenez")):
        if not period:
            continue
        first, last = period
        if last < first:
            return f"Pour les jours que vous {words}, la fin précède le début."
        if first < today:
            return f"Les jours que vous {words} sont passés : seul l’Espace Famille peut corriger le passé."
        if (last - first).days >= LONGEST_EXCHANGE:
            return f"Un échange porte sur {LONGEST_EXCHANGE} jours au plus. Au-delà, signalez un changement de garde."
        for swap in swaps:
            if swap.starts_on <= last and swap.ends_on >= first:
                return f"Des jours ont déjà été échangés {period_words(swap.starts_on, swap.ends_on)}."
        for day in days_between(first, last):
            if household_on(day, stays) != owner:
                where = "chez vous" if owner == family else "chez l’autre parent"
                return f"Le {plain_day(day)}, l’enfant n’est pas {where} : ce jour ne peut pas être échangé ainsi."
    return ""
