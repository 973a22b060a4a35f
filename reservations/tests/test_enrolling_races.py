"""Two people at the same instant about enrolments. Each lock has its control: the same scene without it."""

from datetime import date, datetime, time

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import at_once, meeting_after, meeting_before, take_locks_away
from documents.tests.factories import RegulationVersionFactory
from families.tests.factories import ChildFactory, FamilyFactory, GuardianFactory
from reservations import services
from reservations.models import ActivitySite, Booking, Enrolment, SchoolYear, SiteDay, YearRollover
from reservations.services.booking import places
from reservations.services.enrolling import (
    NoPlaceThere,
    asking,
    carry_batch,
    carry_over,
    carrying,
    raise_levels,
    rising,
)
from reservations.tests.factories import (
    ActivityFactory,
    ActivitySiteFactory,
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    SiteFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MAY = datetime(2027, 5, 10, 9, tzinfo=PARIS)
WEDNESDAY = date(2026, 12, 9)


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


def kinds(answers):
    return sorted(type(answer).__name__ for answer in answers)


# --- One form sent twice ----------------------------------------------------------------------------------------------


def enrol_twice(monkeypatch):
    monkeypatch.setattr(asking, "_record", meeting_before(asking._record))
    SchoolYearFactory()
    mother = GuardianFactory(with_space=True, family=FamilyFactory())
    tom = ChildFactory(at_home=mother.family)
    canteen = ActivityFactory()
    ActivitySiteFactory(activity=canteen, school=tom.school)
    version = RegulationVersionFactory(regulation=canteen.regulation)

    def enrol():
        (outcome,) = services.enrol_children(
            family=mother.family,
            guardian=mother,
            user=mother.user,
            asked=[services.Wished(f"{tom.pk}/restauration/2026-2027")],
            accepted={version.pk},
            at=NOON,
        )
        return outcome.enrolment

    return at_once(enrol, enrol)


def test_one_form_sent_twice_at_once_enrols_once_and_both_are_answered(monkeypatch):
    assert kinds(enrol_twice(monkeypatch)) == ["Enrolment", "Enrolment"]
    assert Enrolment.objects.count() == 1


def test_without_the_lock_the_second_of_the_two_fails(monkeypatch, no_locks):
    assert kinds(enrol_twice(monkeypatch)) == ["Enrolment", "IntegrityError"]


# --- The last place of a centre ---------------------------------------------------------------------------------------


def move_two_into_one_place(monkeypatch):
    monkeypatch.setattr(places, "places_taken", meeting_after(places.places_taken))
    agent = UserFactory(agent=True)
    rows = [a_child_on_wednesdays(GuardianFactory(family=FamilyFactory()).family)[1] for _ in range(2)]
    for row in rows:
        BookingFactory(enrolment=row, day=WEDNESDAY, formula="matin")
    target = ActivitySite.objects.create(
        activity=rows[0].activity, venue=SiteFactory(name="Agout"), opens_at=time(8), closes_at=time(18), places=1
    )

    # A row that exists already: writing it would make the second wait for the first.
    SiteDay.objects.create(site=target, day=WEDNESDAY)

    def move(row):
        return services.move_enrolment(
            enrolment=row.pk, site=target.pk, on=date(2026, 12, 1), leave_full_days=False, user=agent, at=NOON
        )

    answers = at_once(lambda: move(rows[0]), lambda: move(rows[1]))
    return answers, Booking.objects.filter(site=target).count()


def test_two_children_moved_into_the_last_place_do_not_both_get_it(monkeypatch):
    answers, there = move_two_into_one_place(monkeypatch)
    assert there == 1
    assert sum(isinstance(answer, NoPlaceThere) for answer in answers) == 1


def test_without_the_lock_both_would_be_there(monkeypatch, no_locks):
    assert move_two_into_one_place(monkeypatch)[1] == 2


# --- The run at the end of the year -----------------------------------------------------------------------------------


def carry_twice(monkeypatch):
    monkeypatch.setattr(carrying, "_enrol", meeting_before(carrying._enrol))
    years = SchoolYearFactory(), SchoolYearFactory(label="2027-2028")
    for _ in range(3):
        a_child_at_the_canteen(GuardianFactory(family=FamilyFactory()).family, level="CE1")
    run = carry_over(from_year=years[0], to_year=years[1], user=UserFactory(agent=True), at=MAY)
    answers = at_once(*[lambda: carry_batch(run=run.pk, at=MAY)] * 2)
    return answers, Enrolment.objects.filter(school_year=years[1]).count()


def test_two_workers_on_one_run_enrol_each_child_once(monkeypatch):
    answers, made = carry_twice(monkeypatch)
    assert made == 3
    assert set(answers) == {3, None}


def test_without_the_lock_the_second_worker_fails_on_the_constraint(monkeypatch, no_locks):
    answers, made = carry_twice(monkeypatch)
    assert made == 3
    assert any(isinstance(answer, IntegrityError) for answer in answers)


def raise_twice(monkeypatch):
    monkeypatch.setattr(rising, "_write", meeting_before(rising._write))
    past, new = SchoolYearFactory(label="2025-2026"), SchoolYearFactory()
    SchoolYear.objects.filter(pk=past.pk).update(starts_on=date(2015, 9, 1), ends_on=date(2016, 7, 5))
    past.refresh_from_db()  # long over, whatever the day on which the test runs
    child = ChildFactory(level="CE1")
    run = YearRollover.objects.create(from_year=past, to_year=new, started_at=MAY, started_by=UserFactory(agent=True))
    EnrolmentFactory(child=child, school_year=new, rollover=run)
    LogEntry.objects.all().delete()  # she was not typed since the end of that year
    answers = at_once(*[lambda: raise_levels(today=new.starts_on)] * 2)
    child.refresh_from_db()
    return answers, child.level


def test_two_workers_raise_a_child_once(monkeypatch):
    answers, level = raise_twice(monkeypatch)
    assert (sorted(answers), level) == ([0, 1], "CE2")


def test_without_the_lock_both_would_write_the_level(monkeypatch, no_locks):
    answers, _ = raise_twice(monkeypatch)
    assert answers == [1, 1]
