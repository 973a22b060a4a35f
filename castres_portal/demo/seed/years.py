"""School years that no decree gives yet, so that the demonstration starts on any day: plausible, and labelled."""

from datetime import date, timedelta

from castres_portal.demo.seed.agenda import first_autumn
from reservations.models import ClosedPeriod, SchoolYear
from reservations.reference import REENROLMENT_CLOSES
from reservations.rules.calendar import public_holidays

LABEL = "(démonstration)"
# What begins the Saturday on or after a day of the school year (year offset, month, day) and lasts sixteen days.
HOLIDAYS = (
    ("Vacances de la Toussaint", 0, 10, 17),
    ("Vacances de Noël", 0, 12, 18),
    ("Vacances d’hiver", 1, 2, 8),
    ("Vacances de printemps", 1, 4, 8),
)


def fill_missing_years(today: date) -> None:
    """Add the school years that the demonstration needs around a day and that no decree gives: the one that runs, the one
    before, into which the billed months reach, the one after as soon as its enrolments open."""
    known = {year.starts_on.year for year in SchoolYear.objects.all()}
    autumn = first_autumn(today)
    wanted = {autumn, autumn - 1}
    if 5 <= today.month <= 8:
        wanted.add(autumn + 1)
    for first in sorted(wanted - known):
        _add_year(first)


def _add_year(autumn: int) -> None:
    starts_on = _first_weekday(date(autumn, 9, 1))
    year = SchoolYear.objects.create(
        label=f"{autumn}-{autumn + 1}",
        starts_on=starts_on,
        ends_on=saturday_from(date(autumn + 1, 7, 2)) - timedelta(days=1),
        enrolment_opens_on=date(autumn, 5, 1),
        reenrolment_closes_on=date(autumn, *REENROLMENT_CLOSES),
    )
    periods = []
    for name, offset, month, day in HOLIDAYS:
        first = saturday_from(date(autumn + offset, month, day))
        periods.append((ClosedPeriod.Kind.HOLIDAYS, name, first, first + timedelta(days=15)))
    friday = _ascension(autumn + 1) + timedelta(days=1)
    periods.append((ClosedPeriod.Kind.BRIDGE, "Pont de l’Ascension", friday, friday))
    ClosedPeriod.objects.bulk_create(
        ClosedPeriod(school_year=year, kind=kind, label=f"{name} {LABEL}", starts_on=first, ends_on=last)
        for kind, name, first, last in periods
    )


def saturday_from(day: date) -> date:
    """Return the first Saturday on or after a day."""
    return day + timedelta(days=(5 - day.weekday()) % 7)


def _first_weekday(day: date) -> date:
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())


def _ascension(year: int) -> date:
    return next(day for day, name in public_holidays(year).items() if name == "Ascension")
