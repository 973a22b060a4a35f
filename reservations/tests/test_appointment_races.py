"""Two people at the same instant. Each lock has its control: the same scene without the lock, where the race happens."""

import threading
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from post_office.models import Email

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import at_once, meet, meeting_before, take_locks_away
from families.tests.factories import NOON, GuardianFactory
from reservations.models import Appointment, AppointmentSlot
from reservations.rules.appointments import Opening
from reservations.services import appointments
from reservations.services.appointments import booking, changing, opening, reminding
from reservations.tests.factories import AppointmentPlaceFactory, AppointmentSlotFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MONDAY = datetime(2026, 12, 7, 9, 0, tzinfo=PARIS)


def meet_before(monkeypatch, module, name):
    """Both wait for each other once they have read and before they write; with a lock, only one gets there."""
    monkeypatch.setattr(module, name, meeting_before(getattr(module, name)))


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


def take(guardian, slot, submission=None, name="Zoé"):
    wish = appointments.Asked(
        child=None,
        child_name=name,
        born_on=date(2026, 5, 7),
        due_on=None,
        wished_on=date(2027, 9, 1),
        wished_days=frozenset([0]),
        wished_from=time(8),
        wished_until=time(18),
    )
    return appointments.book_appointment(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        slot=slot.pk,
        asked=wish,
        submission=submission or uuid4(),
        at=NOON,
    )


def two_parents_one_slot():
    slot = AppointmentSlotFactory()
    parents = [GuardianFactory(with_space=True), GuardianFactory(with_space=True)]
    return at_once(*(lambda parent=parent: take(parent, slot) for parent in parents))


def kinds_of(answers):
    return sorted(type(answer).__name__ for answer in answers)


def test_two_parents_never_get_the_same_slot(monkeypatch):
    meet_before(monkeypatch, booking, "_write")
    assert kinds_of(two_parents_one_slot()) == ["Appointment", "SlotTaken"]
    assert (Appointment.objects.count(), Email.objects.count()) == (1, 1)


def test_control_without_the_lock_both_believe_that_the_slot_is_free(monkeypatch, no_locks):
    meet_before(monkeypatch, booking, "_write")
    # Only the constraint of the database stops the second, with an error instead of a sentence.
    assert kinds_of(two_parents_one_slot()) == ["Appointment", "IntegrityError"]
    assert Appointment.objects.count() == 1


def one_child_two_slots():
    parent = GuardianFactory(with_space=True)
    slots = [AppointmentSlotFactory(), AppointmentSlotFactory(start=MONDAY + timedelta(days=1))]
    return at_once(*(lambda slot=slot: take(parent, slot) for slot in slots))


def test_one_child_never_gets_two_appointments(monkeypatch):
    meet_before(monkeypatch, booking, "_write")
    assert kinds_of(one_child_two_slots()) == ["Appointment", "AppointmentRefused"]


def test_control_without_the_lock_one_child_gets_two_appointments(monkeypatch, no_locks):
    meet_before(monkeypatch, booking, "_write")
    assert kinds_of(one_child_two_slots()) == ["Appointment", "Appointment"]


def test_one_form_sent_twice_at_once_has_one_answer(monkeypatch):
    slot, parent, submission = AppointmentSlotFactory(), GuardianFactory(with_space=True), uuid4()
    answers = at_once(*[lambda: take(parent, slot, submission)] * 2)
    assert kinds_of(answers) == ["Appointment", "Appointment"]
    assert answers[0].pk == answers[1].pk
    assert Appointment.objects.count() == 1


def two_moves_to_one_slot():
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=2))
    rows = [
        take(GuardianFactory(with_space=True), AppointmentSlotFactory(start=MONDAY + timedelta(hours=hour)))
        for hour in (0, 1)
    ]
    move = appointments.move_appointment
    return at_once(
        *(lambda row=row: move(appointment=row.pk, slot=new.pk, user=row.booked_by, at=NOON) for row in rows)
    )


def test_two_appointments_never_move_to_one_slot(monkeypatch):
    meet_before(monkeypatch, changing, "add_step")
    assert kinds_of(two_moves_to_one_slot()) == ["Appointment", "SlotTaken"]


def test_control_without_the_lock_both_moves_believe_that_the_slot_is_free(monkeypatch, no_locks):
    gate = threading.Barrier(2)

    def slowly(slot, **options):
        given = booking.take_slot(slot, **options)
        meet(gate)
        return given

    monkeypatch.setattr(changing, "take_slot", slowly)
    assert kinds_of(two_moves_to_one_slot()) == ["Appointment", "IntegrityError"]


def two_reminders():
    take(GuardianFactory(with_space=True), AppointmentSlotFactory())
    Email.objects.all().delete()
    two_days_before = datetime(2026, 12, 5, 9, 0, tzinfo=PARIS)
    answers = at_once(*[lambda: appointments.remind(at=two_days_before)] * 2)
    return sorted(answers), Email.objects.count()


def test_two_workers_send_one_reminder(monkeypatch):
    meet_before(monkeypatch, reminding.emails, "queue_reminder")
    assert two_reminders() == ([0, 1], 1)


def test_control_without_the_lock_two_reminders_leave(monkeypatch, no_locks):
    meet_before(monkeypatch, reminding.emails, "queue_reminder")
    assert two_reminders() == ([1, 1], 2)


def two_openings():
    place = AppointmentPlaceFactory()
    plans = [
        Opening(["Mme Albert"], frozenset([0]), date(2026, 12, 7), 1, time(9, start), time(10, start), 30)
        for start in (0, 15)
    ]
    return at_once(
        *(lambda plan=plan: appointments.open_slots(place=place, opening=plan, user=None, at=NOON) for plan in plans)
    )


def overlaps():
    slots = list(AppointmentSlot.objects.order_by("starts_at"))
    return sum(one.ends_at > other.starts_at for one, other in zip(slots, slots[1:], strict=False))


def test_two_agents_never_open_one_person_twice_at_a_time(monkeypatch):
    meet_before(monkeypatch, opening, "slot_count")
    answers = two_openings()
    assert not any(isinstance(answer, IntegrityError) for answer in answers)
    assert overlaps() == 0


def test_control_without_the_lock_one_person_receives_twice_at_a_time(monkeypatch):
    monkeypatch.setattr(opening, "take_numbers", lambda series: 1)
    meet_before(monkeypatch, opening, "slot_count")
    two_openings()
    assert overlaps() > 0
