"""A strike under measure: the town’s canteens closed for a day to 2,000 households (a receipt each), then given back."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.models import User
from castres_portal.base import clock
from castres_portal.bench.households import make_households
from castres_portal.bench.table import Row
from reservations.models import Activity, ActivitySite, Booking, BookingReceipt, Closure
from reservations.queries.closures import affected
from reservations.queries.planning import school_calendar
from reservations.services.closures import close_days, undo_closure

HOUSEHOLDS = 2000


def measure(folder: Path) -> list[Row]:
    """Seat the households on one day, then look, close and give back as an agent does."""
    at, day = clock.now(), clock.today() + timedelta(days=25)
    canteen, calendar = Activity.objects.get(slug="restauration"), school_calendar()
    while day.weekday() not in canteen.weekdays or not calendar.is_school_day(day):
        day += timedelta(days=1)
    sites = list(ActivitySite.objects.filter(activity=canteen, places=None).select_related("school").order_by("pk"))
    enrolments = make_households("greve", HOUSEHOLDS, activity=canteen, sites=sites)
    Booking.objects.bulk_create(
        Booking(
            enrolment=row,
            child=row.child,
            family=row.family,
            activity=canteen,
            site=row.site,
            day=day,
            booked_at=at,
        )
        for row in enrolments
    )
    agent = User.objects.filter(is_staff=True).order_by("pk")[0]
    strike = Closure(kind=Closure.Kind.STRIKE, label="Grève (mesure)", starts_on=day, ends_on=day)
    touched, preview = _timed(lambda: affected(strike, [canteen.pk], at=at))
    closed, applied = _timed(lambda: close_days(closure=strike, activities=[canteen], by=agent, at=at))
    receipts = BookingReceipt.objects.filter(closure_notices__closure=closed).count()
    if Booking.objects.filter(day=day, activity=canteen, status=Booking.Status.ACTIVE).exists():
        raise SystemExit("la fermeture laisse des réservations")
    _, undone = _timed(lambda: undo_closure(closure=closed, by=agent, at=at))
    back = Booking.objects.filter(day=day, activity=canteen, status=Booking.Status.ACTIVE).count()
    if receipts != touched.households or back < HOUSEHOLDS:
        raise SystemExit(f"{touched.households} foyers touchés, {receipts} reçus, {back} réservations rendues")
    said = f"fermer la cantine d’un jour, {touched.households} foyers"
    return [
        Row(f"{said} : aperçu", preview * 1000, None, "ms"),
        Row(f"{said} : appliquer", applied, None, "s"),
        Row(f"{said} : annuler", undone, None, "s"),
    ]


def _timed(deed: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a deed gave, and its seconds."""
    start = time.perf_counter()
    return deed(), time.perf_counter() - start
