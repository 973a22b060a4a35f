"""Children who eat, for the tests of the kitchen."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from castres_portal.base.clock import PARIS
from documents.tests.factories import RegulationVersionFactory
from families.models import HealthPlan, School
from families.tests.factories import (
    ChildFactory,
    FamilyRequestFactory,
    GuardianFactory,
    HealthRecordFactory,
    SchoolFactory,
)
from reservations import services
from reservations.models import Activity
from reservations.rules.changes import DayChanges
from reservations.tests.factories import ActivitySiteFactory, BookingFactory, EnrolmentFactory, SchoolYearFactory

MONDAY = date(2026, 12, 7)
TODAY = date(2026, 12, 3)
# The last moment to change Monday's meal is Monday 30 November at midnight.
DEADLINE = datetime(2026, 12, 1, 0, 0, tzinfo=PARIS)
AFTER = DEADLINE + timedelta(minutes=3)
LATER = datetime(2026, 12, 2, 10, 30, tzinfo=PARIS)
EARLIER = datetime(2026, 11, 20, 9, 0, tzinfo=PARIS)


def school(name: str, kind: str = School.Kind.PRIMARY) -> School:
    """A school with its canteen."""
    found = SchoolFactory(name=name, kind=kind)
    ActivitySiteFactory(school=found)
    return found


def eater(place: School, *, level: str = "CE2", told=None, plan=None, day: date = MONDAY, **booking):
    """A child of a school who has booked a day; ``told`` is what her sheet holds, ``plan`` her PAI in force."""
    child = ChildFactory(school=place, level=level)
    enrolment = EnrolmentFactory(child=child)
    tell(child, told, plan)
    return BookingFactory(enrolment=enrolment, day=day, **({"booked_at": EARLIER} | booking))


def tell(child, told=None, plan=None):
    """Write a child's sheet and put a PAI in force for her."""
    if told is not None:
        HealthRecordFactory(child=child, told=told)
    if plan is not None:
        HealthPlan.objects.create(
            child=child,
            request=FamilyRequestFactory(),
            content={"needs": "Trousse rouge.", "basket_meal": False, "valid_until": None} | plan,
            state=HealthPlan.State.ACCEPTED,
            proposed_at=EARLIER,
        )


def canteen() -> Activity:
    """The canteen."""
    return Activity.objects.get(slug="restauration")


def a_family_that_books(place: School, *, told=None, level: str = "CE2"):
    """A guardian and her child, enrolled in the canteen and able to book by the site."""
    SchoolYearFactory()
    guardian = GuardianFactory(with_space=True)
    child = ChildFactory(school=place, level=level, at_home=guardian.family)
    tell(child, told)
    enrolment = EnrolmentFactory(child=child, family=guardian.family)
    RegulationVersionFactory(regulation=enrolment.activity.regulation)
    return guardian, child


def submit(guardian, child, *, at, add=(), remove=(), activity="restauration", by=None, reason=""):
    """Send the calendar; with ``by``, an agent does it at the counter."""
    return services.book_days(
        family=guardian.family,
        guardian=guardian,
        user=by or guardian.user,
        changes={(child.pk, activity): DayChanges(additions=frozenset(add), removals=frozenset(remove))},
        submission=uuid4(),
        at=at,
        at_desk=by is not None,
        late_reason=reason,
    )
