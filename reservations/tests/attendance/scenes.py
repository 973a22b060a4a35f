"""A school whose children are booked."""

from datetime import date

from families.tests.factories import ChildFactory, GuardianFactory
from reservations.models import Activity, Booking
from reservations.tests.factories import ActivitySiteFactory, BookingFactory, EnrolmentFactory


def a_sheet_of(count: int, *, activity: Activity | None = None, day: date = date(2026, 11, 19)) -> list[Booking]:
    """Make a school where children, each of a household of its own, are booked on a day; the names are in order."""
    site = ActivitySiteFactory(**({"activity": activity} if activity else {}))
    bookings = []
    for number in range(count):
        guardian = GuardianFactory()
        child = ChildFactory(first_name=f"Enfant{number:02d}", school=site.school, at_home=guardian.family)
        enrolment = EnrolmentFactory(child=child, family=guardian.family, activity=site.activity)
        bookings.append(BookingFactory(enrolment=enrolment, day=day))
    return bookings
