"""Two people at the same instant. Each lock has its control: the same scene without the lock, where the race happens."""

import threading
from datetime import date, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import TOGETHER, at_once, meeting_before, patience, take_locks_away
from families.tests.factories import GuardianFactory
from reservations import services
from reservations.models import Absence, AbsenceDay, Booking, BookingReceipt, ReceiptLine, SiteDay
from reservations.rules.changes import DayChanges
from reservations.services import absences, booking
from reservations.tests.factories import (
    AbsenceRuleFactory,
    BookingFactory,
    a_child_at_the_canteen,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)


def meet_before(monkeypatch, module, name):
    """Both wait for each other once they have read and before they write; with a lock, only one gets there."""
    monkeypatch.setattr(module, name, meeting_before(getattr(module, name)))


@pytest.fixture
def meeting(monkeypatch):
    meet_before(monkeypatch, booking, "write_receipt")


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


def book(guardian, *children, day=MONDAY, submission=None):
    changes = {(child.pk, "restauration"): DayChanges(additions=frozenset([day])) for child in children}
    return services.book_days(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        changes=changes,
        submission=submission or uuid4(),
        at=NOON,
    )


def answers_of_all():
    return sorted(ReceiptLine.objects.values_list("outcome", flat=True))


# --- Two parents on one day -------------------------------------------------------------------------------------------


@pytest.fixture
def parents():
    mother = GuardianFactory(with_space=True)
    father = GuardianFactory(family=mother.family, pays=False, last_name="Bernard", with_space=True)
    return mother, father


def two_parents_on_one_day(parents):
    zoe, _ = a_child_at_the_canteen(parents[0].family)
    return at_once(*(lambda parent=parent: book(parent, zoe) for parent in parents))


def test_two_parents_who_take_one_day_at_once_are_both_answered(parents, meeting):
    answers = two_parents_on_one_day(parents)
    assert {type(answer) for answer in answers} == {BookingReceipt}
    assert Booking.objects.count() == 1
    assert answers_of_all() == ["inchange", "reserve"]
    assert "déjà réservé par Madame" in ReceiptLine.objects.get(outcome="inchange").reason


def test_control_without_the_lock_one_of_them_crashes(parents, meeting, no_locks):
    answers = two_parents_on_one_day(parents)
    assert {type(answer) for answer in answers} == {BookingReceipt, IntegrityError}


# --- The last place ---------------------------------------------------------------------------------------------------


def two_families_on_the_last_place():
    guardians = [GuardianFactory(with_space=True) for _ in range(2)]
    zoe, enrolment = a_child_at_the_canteen(guardians[0].family)
    leo, _ = a_child_at_the_canteen(guardians[1].family, school=zoe.school)
    type(enrolment.site).objects.update(places=1)
    # The day has been booked before: its row is there to be locked, and making it is not what keeps the two apart.
    SiteDay.objects.create(site=enrolment.site, day=MONDAY)
    return at_once(*(lambda g=g, c=c: book(g, c) for g, c in zip(guardians, (zoe, leo), strict=True)))


def test_the_last_place_is_given_once(meeting):
    answers = two_families_on_the_last_place()
    assert {type(answer) for answer in answers} == {BookingReceipt}
    assert answers_of_all() == ["refuse", "reserve"]
    assert Booking.objects.count() == 1


def test_control_without_the_lock_the_last_place_is_given_twice(meeting, no_locks):
    two_families_on_the_last_place()
    assert answers_of_all() == ["reserve", "reserve"]
    assert Booking.objects.count() == 2


# --- One form twice ---------------------------------------------------------------------------------------------------


def test_one_form_sent_twice_at_once_has_one_receipt(parents):
    mother, _ = parents
    zoe, _ = a_child_at_the_canteen(mother.family)
    submission = uuid4()
    answers = at_once(*[lambda: book(mother, zoe, submission=submission)] * 2)
    assert len({answer.pk for answer in answers}) == 1
    assert BookingReceipt.objects.count() == Booking.objects.count() == 1
    assert book(mother, zoe, day=TUESDAY).request.number == "D2026-000002"  # no number was lost


def test_brothers_and_sisters_named_in_two_orders_do_not_lock_each_other_out(parents):
    mother, father = parents
    children = [a_child_at_the_canteen(mother.family)[0] for _ in range(3)]
    answers = at_once(lambda: book(mother, *children), lambda: book(father, *reversed(children), day=TUESDAY))
    assert {type(answer) for answer in answers} == {BookingReceipt}
    assert Booking.objects.count() == 6


# --- Announcing an absence --------------------------------------------------------------------------------------------

LAST_MOMENT = datetime(2026, 11, 30, 23, 59, 59, tzinfo=PARIS)  # to cancel MONDAY
ONE_SECOND_LATER = datetime(2026, 12, 1, 0, 0, 0, tzinfo=PARIS)


def announce(guardian, child, *, at=ONE_SECOND_LATER, submission=None):
    return services.announce_absence(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        child=child.pk,
        activity="restauration",
        days=[MONDAY],
        reason="sortie",
        words="",
        shown=None,
        submission=submission or uuid4(),
        at=at,
    )


def cancel(guardian, child):
    return services.book_days(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        changes={(child.pk, "restauration"): DayChanges(removals=frozenset([MONDAY]))},
        submission=uuid4(),
        at=LAST_MOMENT,
    )


@pytest.fixture
def booked(parents):
    AbsenceRuleFactory()
    zoe, enrolment = a_child_at_the_canteen(parents[0].family)
    BookingFactory(enrolment=enrolment, day=MONDAY)
    return zoe


def one_cancels_while_the_other_announces(monkeypatch, parents, zoe):
    """The father's cancellation left at the last moment; the mother announces one second later; both are answered at once."""
    read, written = threading.Event(), threading.Event()
    weigh, write = booking.write_receipt, absences._write

    def cancelling(*args):
        read.set()
        written.wait(patience())  # with the lock, the other cannot get there: go on alone
        return weigh(*args)

    def announcing(*args):
        answer = write(*args)
        written.set()
        return answer

    monkeypatch.setattr(booking, "write_receipt", cancelling)
    monkeypatch.setattr(absences, "_write", announcing)
    mother, father = parents

    def announce_then():
        read.wait(TOGETHER)
        return announce(mother, zoe)

    return at_once(lambda: cancel(father, zoe), announce_then)


def test_a_day_cancelled_at_the_last_moment_is_not_announced_absent(monkeypatch, parents, booked):
    answers = one_cancels_while_the_other_announces(monkeypatch, parents, booked)
    assert [type(answer) for answer in answers] == [BookingReceipt, Absence]
    assert Booking.objects.get().status == "annulee"
    row = AbsenceDay.objects.get()
    assert row.outcome == "inchangee"
    assert "réservation déjà annulée le 30/11/2026 à 23:59" in row.reason


def test_control_without_the_lock_an_absence_stands_beside_a_cancelled_day(monkeypatch, parents, booked, no_locks):
    one_cancels_while_the_other_announces(monkeypatch, parents, booked)
    assert Booking.objects.get().status == "annulee"
    assert AbsenceDay.objects.get().outcome == "acceptee"


def two_parents_announce(monkeypatch, parents, zoe):
    meet_before(monkeypatch, absences, "_write")
    return at_once(*(lambda parent=parent: announce(parent, zoe) for parent in parents))


def test_two_parents_who_announce_one_day_at_once_are_both_answered(monkeypatch, parents, booked):
    answers = two_parents_announce(monkeypatch, parents, booked)
    assert {type(answer) for answer in answers} == {Absence}
    assert sorted(AbsenceDay.objects.values_list("outcome", flat=True)) == ["acceptee", "inchangee"]


def test_control_without_the_lock_one_of_them_is_turned_away(monkeypatch, parents, booked, no_locks):
    answers = two_parents_announce(monkeypatch, parents, booked)
    assert {type(answer) for answer in answers} == {Absence, IntegrityError}


def test_one_announcement_sent_twice_at_once_is_made_once(parents, booked):
    submission = uuid4()
    answers = at_once(*[lambda: announce(parents[0], booked, submission=submission)] * 2)
    assert len({answer.pk for answer in answers}) == 1
    assert Absence.objects.count() == 1
