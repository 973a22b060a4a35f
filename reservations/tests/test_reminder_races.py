"""Two runs of the reminders at once, and a link used twice at once. Each with its control: the same scene without the lock."""

from datetime import date, datetime, timedelta

import pytest
from post_office.models import Email

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import at_once, meeting_before, take_locks_away
from families.tests.factories import FamilyFactory, GuardianFactory
from reservations.models import Booking, BookingReceipt, DayReminder, RemindedDay
from reservations.queries.reminders import opened_by, reminder_key
from reservations.services import reminders
from reservations.tests.factories import BookingFactory, a_child_at_the_canteen

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=PARIS)
MONDAY = date(2026, 12, 7)


@pytest.fixture
def mother():
    guardian = GuardianFactory(with_space=True, family=FamilyFactory())
    _, enrolment = a_child_at_the_canteen(guardian.family)
    for weeks in range(1, 5):
        BookingFactory(enrolment=enrolment, day=MONDAY - timedelta(weeks=weeks))
    return guardian


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


def meet_in(monkeypatch, name):
    """Both runs wait for each other once they have read; with a lock or a constraint only one has something to write."""
    monkeypatch.setattr(reminders, name, meeting_before(getattr(reminders, name)))


def run():
    reminders.plan_reminders(at=NOW)
    return reminders.send_reminders(at=NOW)


def test_two_runs_at_once_plan_a_household_once(monkeypatch, mother):
    meet_in(monkeypatch, "_plan")
    at_once(lambda: reminders.plan_reminders(at=NOW), lambda: reminders.plan_reminders(at=NOW))
    assert DayReminder.objects.count() == RemindedDay.objects.count() == 1


def test_two_runs_at_once_write_one_mail(monkeypatch, mother):
    reminders.plan_reminders(at=NOW)
    meet_in(monkeypatch, "_still_missing")
    answers = at_once(run, run)
    assert sorted(answers) == [0, 1]
    assert Email.objects.count() == 1


def test_control_without_the_lock_two_mails_leave(monkeypatch, mother, no_locks):
    reminders.plan_reminders(at=NOW)
    meet_in(monkeypatch, "_still_missing")
    at_once(run, run)
    assert Email.objects.count() == 2


def test_both_parents_click_at_once_and_there_is_one_receipt(mother):
    father = GuardianFactory(family=mother.family, pays=False, first_name="Paul", with_space=True)
    run()
    reminder = DayReminder.objects.get()
    clicks = [opened_by(reminder_key(reminder, guardian)) for guardian in (mother, father)]
    answers = at_once(*(lambda click=click: reminders.book_reminded_days(opened=click, at=NOW) for click in clicks))
    assert {type(answer) for answer in answers} == {BookingReceipt}
    assert len({answer.pk for answer in answers}) == 1
    assert Booking.objects.filter(day=MONDAY).count() == BookingReceipt.objects.count() == 1
