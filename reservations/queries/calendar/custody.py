"""What the calendar says of children who live in two households."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from castres_portal.base.french import plain_day
from families.models import Child, Custody
from families.rules.custody import doubled_week
from reservations.queries.planning import Planning
from reservations.rules.calendar import SATURDAY, days_between


@dataclass(frozen=True)
class CustodyNote:
    """The weeks that a child spends here, and the two in a row of a year of 53 weeks."""

    child: Child
    rhythm: str
    weeks: str
    doubled: str


def custody_notes(planning: Planning, first: date, last: date) -> list[CustodyNote]:
    """Return what is to be said of each child of the page who lives here some weeks only."""
    notes = (_note(planning, child, first, last) for child in planning.children.values())
    return [note for note in notes if note]


def _note(planning: Planning, child: Child, first: date, last: date) -> CustodyNote | None:
    stays = [
        stay
        for stay in planning.homes.stays.get(child.pk, ())
        if stay.family_id == planning.family
        and stay.rhythm != Custody.Rhythm.FULL
        and stay.starts_on <= last
        and (stay.ends_on is None or stay.ends_on >= first)
    ]
    if not stays:
        return None
    rhythm = stays[-1].rhythm
    here = [
        day for day in _working(days_between(first, last)) if planning.homes.household(child.pk, day) == planning.family
    ]
    numbers = sorted({day.isocalendar()[:2] for day in here})
    return CustodyNote(
        child=child,
        rhythm={"impaire": "semaines impaires", "paire": "semaines paires"}.get(rhythm, "une semaine sur deux"),
        weeks=", ".join(str(week) for _, week in numbers),
        doubled=_doubled_sentence(rhythm, first, last),
    )


def _working(days: Iterable[date]) -> list[date]:
    return [day for day in days if day.weekday() < SATURDAY]


def _doubled_sentence(rhythm: str, first: date, last: date) -> str:
    """Explain a year of 53 weeks to the days around its last week and the first of the next year."""
    monday = doubled_week(rhythm, first - timedelta(days=6), last + timedelta(days=7))
    if monday is None:
        return ""
    where = "chez vous" if rhythm == Custody.Rhythm.ODD else "dans l’autre foyer"
    year = monday.isocalendar().year - 1
    return (
        f"L’année {year} compte 53 semaines\u00a0: la semaine 53 (du {plain_day(monday - timedelta(days=7))}) et la semaine 1 "
        f"(du {plain_day(monday)}) sont toutes deux impaires. L’enfant est donc {where} deux semaines de suite. Si un accord "
        "ou un jugement dit autre chose, signalez-le à l’Espace Famille, qui en tiendra compte."
    )
