"""The kitchen's day under measure: a whole town at table, every child with a health sheet to open."""

import time
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from castres_portal.base import clock
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import median
from families.models import Child, Custody, FamilyRequest, HealthRecord, SchoolLevel
from families.rules.health import DIETS, HealthSheet, to_stored
from reservations.models import Activity, ActivitySite, Booking, Enrolment
from reservations.queries.kitchen.day import kitchen_day as read_day
from reservations.queries.planning import school_calendar

EATERS = 1780  # a day of Castres, both ends of what is known of it
ON_A_DIET = 7  # one child in so many
TRIES = 15


def measure(folder: Path) -> list[Row]:
    """Fill the canteens of one day and measure its page."""
    return kitchen_day()


def kitchen_day() -> list[Row]:
    """Return the rows of the kitchen's day: time and queries for every school, each child's sheet opened."""
    day = _school_day(clock.today() + timedelta(days=20))
    sites = _fill(day)
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        page = read_day(day, today=clock.today())
        times.append((time.perf_counter() - start) * 1000)
    with CaptureQueriesContext(connection) as queries:
        read_day(day, today=clock.today())
    eaters = sum(service.children.now for service in page.services)
    return [
        Row(
            f"cuisine, un jour : {sites} écoles, {eaters} enfants, autant de fiches : médiane", median(times), 100, "ms"
        ),
        Row("cuisine, un jour : requêtes SQL", len(queries), 16),
    ]


def _school_day(day: date) -> date:
    calendar, canteen = school_calendar(), Activity.objects.get(is_meal=True)
    while day.weekday() not in canteen.weekdays or not calendar.is_school_day(day):
        day += timedelta(days=1)
    return day


def _fill(day: date) -> int:
    """Seat as many children as Castres does at the canteens of a day; return how many canteens there are."""
    at = clock.now()
    pattern = Enrolment.objects.filter(activity__is_meal=True, starts_on__lte=day, ends_on__gte=day)
    model = pattern.select_related("family", "school_year", "acceptance", "activity").order_by("pk").first()
    if model is None:
        raise SystemExit("personne n’est inscrit à la cantine : le banc n’a rien à mesurer")
    sites = list(ActivitySite.objects.filter(activity=model.activity).select_related("school").order_by("pk"))
    levels = cycle(SchoolLevel.values)
    children = Child.objects.bulk_create(
        Child(
            first_name="Banc",
            last_name=f"Essai {number}",
            birth_date=date(2018, 1, 1),
            school=site.school,
            level=next(levels),
        )
        for number, site in enumerate(islice(cycle(sites), EATERS))
    )
    Custody.objects.bulk_create(Custody(child=child, family=model.family, starts_on=day) for child in children)
    _tell(children, at)
    requests = FamilyRequest.objects.bulk_create(
        FamilyRequest(
            family=model.family,
            number=f"BANC-{number:06d}",
            kind="essai",
            summary="Banc d’essai",
            status=FamilyRequest.Status.DONE,
            received_at=at,
            decided_at=at,
            service="Banc",
        )
        for number in range(len(children))
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            child=child,
            family=model.family,
            site=site,
            activity=model.activity,
            school_year=model.school_year,
            starts_on=model.starts_on,
            ends_on=model.ends_on,
            request=request,
            acceptance=model.acceptance,
        )
        for child, site, request in zip(children, cycle(sites), requests, strict=False)
    )
    Booking.objects.bulk_create(
        Booking(
            enrolment=row,
            child=row.child,
            family=row.family,
            activity=row.activity,
            site=row.site,
            day=day,
            booked_at=at,
        )
        for row in enrolments
    )
    return len(sites)


def _tell(children: list[Child], at: datetime) -> None:
    diets = cycle(code for code, _ in DIETS)
    HealthRecord.objects.bulk_create(
        HealthRecord(
            child=child,
            content=to_stored(
                HealthSheet(
                    diet=(next(diets),) if number % ON_A_DIET == 0 else (),
                    doctor_name="Docteur Aline Mercier (fictive)",
                    insurance="Assurance de démonstration",
                )
            ),
            version=1,
            changed_at=at,
            confirmed_at=at,
        )
        for number, child in enumerate(children)
    )
