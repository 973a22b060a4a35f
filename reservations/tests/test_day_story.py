"""« L’histoire de ce jour »: who did what and when, in the household's own rows."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.tests.factories import CustodyFactory, FamilyFactory, GuardianFactory
from reservations.models import AbsenceDay, Attendance, Booking, Closure, WaitingEntry
from reservations.queries.day_story import day_page, story_of
from reservations.rules.changes import changes_between
from reservations.services import announce_absence, book_days
from reservations.tests.factories import (
    AbsenceRuleFactory,
    BookingFactory,
    EnrolmentFactory,
    a_child_at_the_canteen,
)

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 12, 7)
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    return a_child_at_the_canteen(mother.family, first_name="Zoé")[0]


def change(guardian, child, *, shown=(), ticked=(), at=NOON):
    return book_days(
        family=guardian.family, guardian=guardian, user=guardian.user,
        changes={(child.pk, "restauration"): changes_between(shown, ticked)}, submission=uuid4(), at=at,
    )  # fmt: skip


def story(guardian, child, day=MONDAY, at=NOON):
    page = day_page(guardian.family, day, reader=guardian.user, at=at, child=child.pk, activity="restauration")
    return page.stories[0]


def words(guardian, child, **more):
    return [event.words for event in story(guardian, child, **more).events]


def test_each_change_is_told_with_who_when_and_under_which_number(mother, zoe):
    father = GuardianFactory(family=mother.family, pays=False, last_name="Bernard", with_space=True)
    first = change(mother, zoe, ticked=[MONDAY])
    second = change(father, zoe, shown=[MONDAY], at=NOON + timedelta(hours=1))
    events = story(mother, zoe).events
    assert [(event.words, event.who, event.number) for event in events] == [
        ("Réservé", "vous", first.request.number),
        ("Annulé", father.user.greeting, second.request.number),
    ]
    assert [event.at for event in events] == [NOON, NOON + timedelta(hours=1)]


def test_a_refusal_is_told_with_its_reason(mother, zoe):
    change(mother, zoe, ticked=[MONDAY], at=datetime(2026, 12, 1, tzinfo=PARIS))
    assert words(mother, zoe)[0].startswith("Ajout refusé\u00a0: délai de 7 jours dépassé")


def test_a_closure_an_absence_and_a_wait_are_told(mother, zoe):
    enrolment = zoe.enrolments.get()
    AbsenceRuleFactory()
    change(mother, zoe, ticked=[MONDAY])
    announce_absence(
        family=mother.family, guardian=mother, user=mother.user, child=zoe.pk, activity="restauration", days=[MONDAY],
        reason="sortie", words="", shown=None, submission=uuid4(), at=datetime(2026, 12, 3, tzinfo=PARIS),
    )  # fmt: skip
    WaitingEntry.objects.create(
        request=enrolment.request, enrolment=enrolment, child=zoe, family=mother.family, activity=enrolment.activity,
        site=enrolment.site, day=MONDAY, joined_at=NOON - timedelta(days=1), status="prise", ended_at=NOON,
    )  # fmt: skip
    Closure.objects.create(
        kind="greve", label="Grève", starts_on=MONDAY, ends_on=MONDAY, decided_at=datetime(2026, 12, 4, tzinfo=PARIS),
        decided_by=UserFactory(agent=True), submission=uuid4(),
    )  # fmt: skip
    told = words(mother, zoe)
    assert AbsenceDay.objects.exists()
    for said in (
        "Mis en liste d’attente",
        "Liste d’attente\u00a0: place prise",
        "Absence annoncée",
        "Fermeture\u00a0: Grève",
    ):
        assert said in told, told
    assert told.index("Réservé") < told.index("Absence annoncée") < told.index("Fermeture\u00a0: Grève")


def test_who_came_is_told(mother, zoe):
    change(mother, zoe, ticked=[MONDAY])
    booking = Booking.objects.get()
    Attendance.objects.create(
        child=zoe, family=mother.family, activity=booking.activity, site=booking.site, day=MONDAY, booking=booking,
        state="present", touch=uuid4(), touched_at=datetime(2026, 12, 7, 11, 40, tzinfo=PARIS),
        received_at=datetime(2026, 12, 7, 11, 41, tzinfo=PARIS), by=UserFactory(agent=True),
    )  # fmt: skip
    assert words(mother, zoe)[-1] == "Pointage\u00a0: présent"


def test_a_closure_of_another_school_is_not_told(mother, zoe):
    other = a_child_at_the_canteen(FamilyFactory())[0]
    Closure.objects.create(
        kind="greve", label="Grève", starts_on=MONDAY, ends_on=MONDAY, school=other.school, decided_at=NOON,
        decided_by=UserFactory(agent=True), submission=uuid4(),
    )  # fmt: skip
    assert words(mother, zoe) == []


def test_the_other_household_s_rows_are_never_told(mother, zoe):
    father = GuardianFactory(with_space=True)
    zoe.custodies.update(rhythm="paire")
    CustodyFactory(child=zoe, family=father.family, odd_weeks=True)
    theirs = EnrolmentFactory(child=zoe, family=father.family)
    BookingFactory(enrolment=theirs, day=MONDAY, cancelled=True)
    BookingFactory(enrolment=zoe.enrolments.get(family=mother.family), day=MONDAY)
    assert words(mother, zoe) == ["Réservé"]
    assert words(father, zoe) == ["Réservé", "Annulé"]


def test_the_day_of_everybody_tells_what_runs_and_what_happened(mother, zoe):
    wednesday = date(2026, 12, 9)
    assert day_page(mother.family, wednesday, reader=mother.user, at=NOON).stories == []
    assert len(day_page(mother.family, MONDAY, reader=mother.user, at=NOON).stories) == 1


def test_an_agent_reads_the_same_from_the_booking(mother, zoe):
    change(mother, zoe, ticked=[MONDAY])
    booking = Booking.objects.get()
    assert [event.words for event in story_of(booking, at=NOON)] == ["Réservé"]
    assert story_of(booking, at=NOON)[0].who == mother.user.greeting


def test_a_formula_left_for_another_is_told_as_such(mother, zoe):
    enrolment, receipt = zoe.enrolments.get(), change(mother, zoe, ticked=[date(2026, 12, 8)])
    BookingFactory(enrolment=enrolment, day=MONDAY, formula="matin", cancelled=True, cancel_receipt=receipt)
    BookingFactory(
        enrolment=enrolment, day=MONDAY, formula="journee", receipt=receipt, booked_at=NOON + timedelta(seconds=1)
    )
    assert "Formule quittée (matin sans repas)" in words(mother, zoe)
