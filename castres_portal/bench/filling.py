"""The filling of a month under measure: every canteen of the town, every day, as many children as Castres has."""

import time
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from django.db import connection
from django.db.models import Count
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from castres_portal.base import clock
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import median
from reservations.models import Activity, ActivitySite, Booking, Enrolment
from reservations.queries.filling import Filling, filling, sites_of
from reservations.queries.planning import school_calendar
from reservations.rules.calendar import days_between, month_bounds

EATERS = 1780  # a day of Castres, both ends of what is known of it
TRIES = 11
BATCH = 5000


def measure(folder: Path) -> list[Row]:
    """Measure a month, once the kitchen's bench has enrolled a town: its figures, then its table drawn."""
    activity = Activity.objects.get(is_meal=True)
    first, last = month_bounds(clock.today() + timedelta(days=20))
    booked = _fill(activity, first, last)
    ActivitySite.objects.filter(activity=activity).update(places=90)
    times, drawn = [], []
    for _ in range(TRIES):
        start = time.perf_counter()
        page = _read(activity, first, last)
        read = time.perf_counter()
        for table in page.tables:
            render_to_string("reservations/admin/filling/table.html", {"table": table, "day_prefix": "/"})
        times.append((read - start) * 1000)
        drawn.append((time.perf_counter() - start) * 1000)
    with CaptureQueriesContext(connection) as queries:
        _read(activity, first, last)
    town = f"{len(page.tables[0].rows)} écoles, {(last - first).days + 1} jours, {booked} réservations"
    return [
        Row(f"remplissage, un mois : {town} : médiane", median(times), 200, "ms"),
        Row("remplissage, un mois : avec le tableau dessiné", median(drawn), 500, "ms"),
        Row("remplissage, un mois : requêtes SQL", len(queries), 7),
    ]


def _read(activity: Activity, first: date, last: date) -> Filling:
    return filling(sites_of(activity.pk), first, last, at=clock.now(), today=clock.today())


def _fill(activity: Activity, first: date, last: date) -> int:
    """Book every enrolled child on every day of class of a month where the day has room; return how many are booked."""
    at, calendar = clock.now(), school_calendar()
    rows = Enrolment.objects.filter(activity=activity, starts_on__lte=first, ends_on__gte=last).order_by("-pk")
    enrolments = list(rows[:EATERS])
    bookings = Booking.objects.filter(activity=activity, day__range=(first, last), status=Booking.Status.ACTIVE)
    taken = set(bookings.order_by().values_list("child_id", "day"))
    counts = dict(bookings.order_by().values_list("day").annotate(number=Count("pk")))
    for day in days_between(first, last):
        if day.weekday() not in activity.weekdays or not calendar.is_school_day(day):
            continue
        free = (row for row in enrolments if (row.child_id, day) not in taken)
        Booking.objects.bulk_create(
            [
                Booking(
                    enrolment=row,
                    child_id=row.child_id,
                    family_id=row.family_id,
                    activity=activity,
                    site_id=row.site_id,
                    day=day,
                    booked_at=at,
                )
                for row in islice(free, max(0, EATERS - counts.get(day, 0)))
            ],
            batch_size=BATCH,
        )
    return bookings.count()
