"""What becomes of enrolments and bookings when a child changes school or household."""

from datetime import date, timedelta

import pytest

from castres_portal.base.errors import Refusal
from families import child_changes
from families.models import School
from families.rules.situation import Change
from families.services.situation.applying import apply_due_changes
from families.tests.factories import NOON, SchoolFactory
from families.tests.situation.conftest import _clock, accept, agent, martin, parted  # noqa: F401  (the same cast)
from reservations.models import Booking
from reservations.tests.factories import ActivitySiteFactory, BookingFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 24), date(2026, 12, 7), date(2027, 1, 4)


@pytest.fixture
def enrolled(martin):  # noqa: F811
    enrolment = EnrolmentFactory(child=martin.child, family=martin.family)
    for day in (NOVEMBER, DECEMBER, JANUARY):
        BookingFactory(enrolment=enrolment, day=day)
    return enrolment


def school_with_a_canteen(enrolment, **site):
    school = SchoolFactory(name="Lambert")
    ActivitySiteFactory(activity=enrolment.activity, school=school, **site)
    return school


def asks(home, school, on):
    asked = {"school": {"id": school.pk, "label": str(school)}, "level": "CM1", "starts_on": on, "reason": ""}
    return home.ask(Change.SCHOOL, asked, child=home.child)


def schools_of(enrolment):
    rows = Booking.objects.filter(enrolment=enrolment).select_related("site__school").order_by("day")
    return [row.site.school for row in rows]


def test_the_enrolment_and_the_days_to_come_follow_the_child(martin, enrolled, accept):  # noqa: F811
    old, new = martin.child.school, school_with_a_canteen(enrolled)
    proposal = asks(martin, new, "2026-11-19")
    effects = child_changes.school_effects(child=martin.child, school=new, on=DECEMBER)
    assert "2 réservations" in effects.will_do[0]

    accept(proposal)

    enrolled.refresh_from_db()
    assert enrolled.site.school == new
    assert schools_of(enrolled) == [new, new, new]
    proposal.refresh_from_db()
    assert "24" in proposal.tasks[0]  # within seven days: the kitchen has ordered it
    assert old != new


def test_what_comes_before_the_day_stays(martin, enrolled, accept):  # noqa: F811
    old, new = martin.child.school, school_with_a_canteen(enrolled)
    accept(asks(martin, new, "2026-12-01"))
    assert schools_of(enrolled) == [old, old, old]
    apply_due_changes(at=NOON + timedelta(days=12))
    assert schools_of(enrolled) == [old, new, new]
    enrolled.refresh_from_db()
    assert enrolled.site.school == new


@pytest.mark.parametrize("places", [None, 5])
def test_a_school_where_it_cannot_follow_is_refused_in_words_and_may_be_left_to_the_agent(
    martin,  # noqa: F811
    enrolled,
    accept,  # noqa: F811
    places,
):
    old = martin.child.school
    new: School = school_with_a_canteen(enrolled, places=places) if places else SchoolFactory(name="Lambert")
    proposal = asks(martin, new, "2026-11-19")
    with pytest.raises(Refusal, match="comptées" if places else "n’est pas proposé"):
        accept(proposal)
    martin.child.refresh_from_db()
    assert martin.child.school == old

    accept(proposal, enrolments="restent")
    martin.child.refresh_from_db()
    assert martin.child.school == new
    assert schools_of(enrolled) == [old, old, old]
    proposal.refresh_from_db()
    assert "à revoir" in proposal.tasks[0]


def test_a_change_of_level_alone_moves_nothing(martin, enrolled, accept):  # noqa: F811
    before = schools_of(enrolled)
    proposal = asks(martin, martin.child.school, "2026-11-19")
    accept(proposal)
    assert schools_of(enrolled) == before


def test_a_change_of_class_alone_moves_nothing(martin, enrolled, accept):  # noqa: F811
    before, here = schools_of(enrolled), martin.child.school
    asked = {"school": {"id": here.pk, "label": str(here)}, "level": martin.child.level, "class_name": "CE2 B"}
    proposal = martin.ask(Change.SCHOOL, {**asked, "starts_on": "2026-11-19", "reason": ""}, child=martin.child)
    accept(proposal)
    martin.child.refresh_from_db()
    assert martin.child.class_name == "CE2 B"
    assert schools_of(enrolled) == before
    proposal.refresh_from_db()
    assert proposal.tasks == []


def test_days_that_go_to_the_other_household_name_what_is_reserved(parted):  # noqa: F811
    mother, father = parted
    enrolment = EnrolmentFactory(child=mother.child, family=mother.family)
    for day in (date(2026, 11, 30), date(2026, 12, 1)):
        BookingFactory(enrolment=enrolment, day=day)
    BookingFactory(enrolment=enrolment, day=date(2026, 12, 3), cancelled=True)
    week = [date(2026, 11, 30) + timedelta(days=number) for number in range(7)]
    (words,) = child_changes.days_lost(child=mother.child, family=mother.family, days=week)
    assert words.startswith("2 réservations sur ces jours (Restauration scolaire")
    assert child_changes.days_lost(child=mother.child, family=father.family, days=week) == []


def test_a_departure_names_the_enrolments_to_end(martin, enrolled):  # noqa: F811
    (words,) = child_changes.departure_effects(child=martin.child, family=martin.family, after=date(2026, 12, 1))
    assert "2026-2027" in words
    assert "2 réservations" in words


def test_a_departure_that_an_agent_accepts_ends_the_enrolments_at_once(martin, enrolled, accept):  # noqa: F811
    proposal = martin.ask(Change.CHILD_LEAVES, {"ends_on": "2026-11-20", "reason": ""}, child=martin.child)
    accept(proposal)
    enrolled.refresh_from_db()
    assert (enrolled.ends_on, enrolled.end_reason) == (date(2026, 11, 20), "depart")
    assert not Booking.objects.filter(status=Booking.Status.ACTIVE).exists()
    proposal.refresh_from_db()
    assert "à signaler à la cuisine" in proposal.tasks[0]
    assert enrolled.end_request is not None
    assert enrolled.end_request.family == martin.family
