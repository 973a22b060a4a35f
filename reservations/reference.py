"""The school calendar of zone C as the ministry decreed it, to fill the table that agents then edit.

Each period runs from its first day without class to its last. The bridge of Ascension is part of it. Years after the last
one here are entered by agents.
"""

from datetime import date

from django.db import transaction

from reservations.models import ClosedPeriod, SchoolYear

HOLIDAYS, BRIDGE = ClosedPeriod.Kind.HOLIDAYS, ClosedPeriod.Kind.BRIDGE

REENROLMENT_CLOSES = (10, 31)

Period = tuple[ClosedPeriod.Kind, str, date, date]

# label: first day of class, last day of class, periods without class
ZONE_C: dict[str, tuple[date, date, list[Period]]] = {
    "2025-2026": (
        date(2025, 9, 1),
        date(2026, 7, 3),
        [
            (HOLIDAYS, "Vacances de la Toussaint", date(2025, 10, 18), date(2025, 11, 2)),
            (HOLIDAYS, "Vacances de Noël", date(2025, 12, 20), date(2026, 1, 4)),
            (HOLIDAYS, "Vacances d’hiver", date(2026, 2, 21), date(2026, 3, 8)),
            (HOLIDAYS, "Vacances de printemps", date(2026, 4, 18), date(2026, 5, 3)),
            (BRIDGE, "Pont de l’Ascension", date(2026, 5, 15), date(2026, 5, 16)),
        ],
    ),
    "2026-2027": (
        date(2026, 9, 1),
        date(2027, 7, 2),
        [
            (HOLIDAYS, "Vacances de la Toussaint", date(2026, 10, 17), date(2026, 11, 1)),
            (HOLIDAYS, "Vacances de Noël", date(2026, 12, 19), date(2027, 1, 3)),
            (HOLIDAYS, "Vacances d’hiver", date(2027, 2, 6), date(2027, 2, 21)),
            (HOLIDAYS, "Vacances de printemps", date(2027, 4, 3), date(2027, 4, 18)),
            (BRIDGE, "Pont de l’Ascension", date(2027, 5, 6), date(2027, 5, 8)),
        ],
    ),
    "2027-2028": (
        date(2027, 9, 1),
        # Departure is after class: Tuesday 4 July is a school day, and its canteen is open.
        date(2028, 7, 4),
        [
            (HOLIDAYS, "Vacances de la Toussaint", date(2027, 10, 23), date(2027, 11, 7)),
            (HOLIDAYS, "Vacances de Noël", date(2027, 12, 18), date(2028, 1, 2)),
            (HOLIDAYS, "Vacances d’hiver", date(2028, 2, 12), date(2028, 2, 27)),
            (HOLIDAYS, "Vacances de printemps", date(2028, 4, 15), date(2028, 5, 1)),
            (BRIDGE, "Pont de l’Ascension", date(2028, 5, 26), date(2028, 5, 27)),
        ],
    ),
}


@transaction.atomic
def fill_school_years() -> list[SchoolYear]:
    """Write the school years that are missing, with their periods; leave alone those that exist, which agents may have
    corrected. Enrolment for a year opens on 1 May before it, and who was enrolled the year before has until the end of October
    (Castres: re-enrolment from May to October). Return every year of ZONE_C."""
    known = {year.label: year for year in SchoolYear.objects.filter(label__in=ZONE_C)}
    for label, (first, last, periods) in ZONE_C.items():
        if label in known:
            continue
        opens = date(first.year, 5, 1)
        known[label] = SchoolYear.objects.create(
            label=label,
            starts_on=first,
            ends_on=last,
            enrolment_opens_on=opens,
            reenrolment_closes_on=date(first.year, *REENROLMENT_CLOSES),
        )
        ClosedPeriod.objects.bulk_create(
            [
                ClosedPeriod(school_year=known[label], kind=kind, label=name, starts_on=start, ends_on=end)
                for kind, name, start, end in periods
            ]
        )
    return [known[label] for label in ZONE_C]
