"""A school calendar for tests, from the same facts as the town's, without a database."""

from datetime import date

from reservations.reference import ZONE_C
from reservations.rules.calendar import ClosedSpan, ClosureKind, SchoolCalendar, YearSpan


def zone_c() -> SchoolCalendar:
    """The three school years of zone C that are known."""
    years = [
        YearSpan(label, first, last, date(first.year, 5, 1), pk)
        for pk, (label, (first, last, _)) in enumerate(ZONE_C.items(), 1)
    ]
    spans = [
        ClosedSpan(ClosureKind(kind.value), name, start, end)
        for _, _, periods in ZONE_C.values()
        for kind, name, start, end in periods
    ]
    return SchoolCalendar(years, spans)
