"""Taking, moving, cancelling, recalling and forgetting an appointment: what the family and the agent would notice."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from icalendar import Calendar
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.models import FamilyRequest, Guardian
from families.tests.factories import NOON, ChildFactory, GuardianFactory
from reservations import kinds
from reservations.models import Appointment, AppointmentSlot
from reservations.queries.appointments import agenda, coming_appointments, free_weeks
from reservations.rules.appointments import Opening
from reservations.services.appointments import (
    AppointmentRefused,
    Asked,
    SlotTaken,
    book_appointment,
    cancel_appointment,
    forget_appointments,
    mark_appointment,
    move_appointment,
    open_slots,
    remind,
    withdraw_slots,
)
from reservations.services.appointments.opening import preview_opening
from reservations.tests.factories import (
    AppointmentFactory,
    AppointmentPlaceFactory,
    AppointmentSlotFactory,
    SchoolYearFactory,
)

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 12, 7, 9, 0, tzinfo=PARIS)


def asked(**changes):
    usual = {
        "child": None,
        "child_name": "Zoé",
        "born_on": date(2026, 5, 7),
        "due_on": None,
        "wished_on": date(2027, 9, 1),
        "wished_days": frozenset([3, 0, 1]),
        "wished_from": time(8),
        "wished_until": time(18),
    }
    return Asked(**(usual | changes))


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def slot():
    return AppointmentSlotFactory()


def book(guardian, slot, *, at=NOON, submission=None, wish=None, **options):
    return book_appointment(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        slot=slot.pk,
        asked=wish or asked(),
        submission=submission or uuid4(),
        at=at,
        **options,
    )


def offered(at=NOON):
    return [slot.pk for week in free_weeks(at=at) for slot in (s for day in week.days for s in day.slots)]


def calendar_of(mail):
    attachment = mail.attachments.get()
    with attachment.file.open() as file:
        calendar = Calendar.from_ical(file.read())
    return calendar, next(iter(calendar.walk("VEVENT"))), attachment


# --- Taking -----------------------------------------------------------------------------------------------------------


def test_a_slot_taken_is_a_numbered_request_and_is_offered_no_more(mother, slot):
    appointment = book(mother, slot)
    request = appointment.request
    assert request.number.startswith("D2026-")
    assert (request.kind, request.status) == (kinds.APPOINTMENT, FamilyRequest.Status.DONE)
    assert request.service == "Service Petite enfance (démonstration)"
    assert request.summary == "Rendez-vous pour une place en crèche (Zoé)"
    assert (appointment.slot, appointment.weekdays) == (slot, [0, 1, 3])
    assert offered() == []


def test_the_mail_says_when_where_and_carries_a_calendar_file(mother, slot):
    appointment = book(mother, slot)
    mail = Email.objects.get()
    assert mail.to == [mother.user.email]
    assert "lundi 7 décembre 2026 à 9 h" in mail.subject.replace("\xa0", " ")
    assert appointment.request.number in mail.message
    assert "Maison de la petite enfance, 2 rue des Essais, 81100 Castres" in mail.message
    assert "jusqu’au dimanche 6 décembre 2026 à 12 h" in mail.message.replace("\xa0", " ")
    calendar, event, attachment = calendar_of(mail)
    assert (attachment.name, attachment.mimetype) == ("rendez-vous.ics", "text/calendar; method=REQUEST")
    assert calendar["METHOD"] == "REQUEST"
    assert event.decoded("dtstart") == MONDAY
    assert event["dtstart"].params["TZID"] == "Europe/Paris"
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (str(appointment.uid), 0, "CONFIRMED")
    assert event["ATTENDEE"] == f"mailto:{mother.user.email}"


def test_the_same_form_sent_twice_has_one_answer(mother, slot):
    submission = uuid4()
    first = book(mother, slot, submission=submission)
    assert book(mother, slot, submission=submission) == first
    assert (Appointment.objects.count(), FamilyRequest.objects.count(), Email.objects.count()) == (1, 1, 1)


def test_a_slot_that_another_family_has_just_taken_is_refused(mother, slot):
    AppointmentFactory(slot=slot)
    with pytest.raises(SlotTaken, match="vient d’être pris"):
        book(mother, slot)
    assert not FamilyRequest.objects.filter(family=mother.family).exists()
    assert book(mother, AppointmentSlotFactory(start=MONDAY + timedelta(hours=1)))


def test_another_person_who_receives_at_the_same_time_does_as_well(mother, slot):
    twin = AppointmentSlotFactory(receives="M. Pons (démonstration)")
    assert offered() == [slot.pk]
    AppointmentFactory(slot=slot)
    assert offered() == [twin.pk]
    assert book(mother, slot).slot == twin


def test_a_child_has_one_appointment_to_come_in_a_household(mother, slot):
    book(mother, slot)
    later = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    with pytest.raises(AppointmentRefused, match="déjà prévu pour cet enfant, le lundi 7 décembre 2026"):
        book(mother, later, wish=asked(child_name="ZOE"))
    assert book(mother, later, wish=asked(child_name="", born_on=None, due_on=date(2027, 3, 1)))
    assert len(coming_appointments(mother.family, at=NOON)) == 2


def test_another_appointment_is_possible_once_the_first_is_over_or_cancelled(mother, slot):
    first = book(mother, slot)
    again = AppointmentSlotFactory(start=MONDAY + timedelta(days=30))
    cancel_appointment(appointment=first.pk, user=mother.user, at=NOON)
    second = book(mother, slot)
    with pytest.raises(AppointmentRefused, match="déjà prévu"):
        book(mother, again)
    assert book(mother, again, at=second.slot.ends_at)


def test_the_other_household_of_a_child_asks_for_itself(mother, slot):
    child = ChildFactory(birth_date=date(2025, 5, 7))
    father = GuardianFactory(with_space=True)
    book(mother, slot, wish=asked(child=child, child_name="", born_on=None))
    later = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    assert book(father, later, wish=asked(child=child, child_name="", born_on=None)).child == child


@pytest.mark.parametrize(
    "at, by_agent, answer",
    [
        ("2026-12-06T11:59", False, True),
        ("2026-12-06T12:00", False, "trop tard"),
        ("2026-12-06T12:00", True, True),
        ("2026-12-07T09:00", True, "trop tard"),
    ],
)
def test_until_when_a_slot_can_be_taken(mother, slot, at, by_agent, answer):
    instant = datetime.fromisoformat(at).replace(tzinfo=PARIS)
    assert bool(offered(instant)) is (answer is True and not by_agent)
    if answer is True:
        assert book(mother, slot, at=instant, by_agent=by_agent)
    else:
        with pytest.raises(AppointmentRefused, match=answer):
            book(mother, slot, at=instant, by_agent=by_agent)


@pytest.mark.parametrize("traits", [{"withdrawn": True}, {}])
def test_a_slot_withdrawn_meanwhile_is_refused(mother, traits):
    slot = AppointmentSlotFactory(**traits)
    if not traits:
        assert book(mother, slot)
        return
    assert offered() == []
    with pytest.raises(SlotTaken):
        book(mother, slot)


# --- Moving and cancelling --------------------------------------------------------------------------------------------


def test_moved_an_appointment_keeps_its_number_and_frees_its_slot(mother, slot):
    appointment = book(mother, slot)
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    moved = move_appointment(appointment=appointment.pk, slot=new.pk, user=mother.user, at=NOON)
    assert (moved.slot, moved.request.number) == (new, appointment.request.number)
    assert offered() == [slot.pk]
    mail = Email.objects.order_by("-pk").first()
    assert "déplacé" in mail.subject
    assert "du lundi 7 décembre 2026 à 9 h n’a plus lieu" in mail.message.replace("\xa0", " ")
    _, event, _ = calendar_of(mail)
    assert (event["UID"], event["SEQUENCE"]) == (str(appointment.uid), 1)
    assert event.decoded("dtstart") == MONDAY + timedelta(days=1)
    assert [move.old_starts_at for move in moved.moves.all()] == [MONDAY]


def test_a_move_sent_twice_moves_once(mother, slot):
    appointment = book(mother, slot)
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    for _ in range(2):
        move_appointment(appointment=appointment.pk, slot=new.pk, user=mother.user, at=NOON)
    assert (appointment.moves.count(), Email.objects.count()) == (1, 2)


def test_a_move_to_a_slot_just_taken_leaves_the_appointment_where_it_was(mother, slot):
    appointment = book(mother, slot)
    new = AppointmentFactory(slot=AppointmentSlotFactory(start=MONDAY + timedelta(days=1))).slot
    with pytest.raises(SlotTaken):
        move_appointment(appointment=appointment.pk, slot=new.pk, user=mother.user, at=NOON)
    appointment.refresh_from_db()
    assert (appointment.slot, appointment.sequence) == (slot, 0)


def test_cancelled_an_appointment_frees_its_slot_and_leaves_the_calendar(mother, slot):
    appointment = book(mother, slot)
    cancel_appointment(appointment=appointment.pk, user=mother.user, at=NOON)
    cancel_appointment(appointment=appointment.pk, user=mother.user, at=NOON)
    assert offered() == [slot.pk]
    mail = Email.objects.order_by("-pk").first()
    assert Email.objects.count() == 2
    calendar, event, attachment = calendar_of(mail)
    assert attachment.mimetype == "text/calendar; method=CANCEL"
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["UID"] == str(appointment.uid)


@pytest.mark.parametrize("at, accepted", [("2026-12-06T11:59", True), ("2026-12-06T12:00", False)])
def test_until_when_a_family_can_change_its_appointment(mother, slot, at, accepted):
    appointment = book(mother, slot)
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=9))
    instant = datetime.fromisoformat(at).replace(tzinfo=PARIS)
    if accepted:
        move_appointment(appointment=appointment.pk, slot=new.pk, user=mother.user, at=instant)
        assert cancel_appointment(appointment=appointment.pk, user=mother.user, at=instant)
    else:
        with pytest.raises(AppointmentRefused, match="délai"):
            move_appointment(appointment=appointment.pk, slot=new.pk, user=mother.user, at=instant)
        with pytest.raises(AppointmentRefused, match="délai"):
            cancel_appointment(appointment=appointment.pk, user=mother.user, at=instant)


def test_the_service_cancels_with_a_word_that_the_family_reads(mother, slot):
    appointment = book(mother, slot)
    agent, late = UserFactory(agent=True), MONDAY - timedelta(hours=1)
    with pytest.raises(AppointmentRefused, match="Dites à la famille"):
        cancel_appointment(appointment=appointment.pk, user=agent, at=late, words=" ", by_agent=True)
    cancel_appointment(appointment=appointment.pk, user=agent, at=late, words="La salle est fermée.", by_agent=True)
    mail = Email.objects.order_by("-pk").first()
    assert mail.to == [mother.user.email]
    assert "La salle est fermée." in mail.message
    assert "/petite-enfance/" in mail.message


def test_the_other_guardian_who_cancels_is_told_too(mother, slot):
    appointment = book(mother, slot)
    father = GuardianFactory(family=mother.family, other_parent=True, with_space=True)
    Email.objects.all().delete()
    cancel_appointment(appointment=appointment.pk, user=father.user, at=NOON)
    assert sorted(mail.to[0] for mail in Email.objects.all()) == sorted([mother.user.email, father.user.email])


def test_a_guardian_who_was_excluded_from_the_file_is_told_nothing_more(mother, slot):
    appointment = book(mother, slot)
    father = GuardianFactory(family=mother.family, other_parent=True, with_space=True)
    Email.objects.all().delete()
    Guardian.objects.filter(pk=mother.pk).update(pays=False, rights=Guardian.Rights.EXCLUDED)
    cancel_appointment(appointment=appointment.pk, user=father.user, at=NOON)
    assert [mail.to for mail in Email.objects.all()] == [[father.user.email]]


# --- Reminding --------------------------------------------------------------------------------------------------------


def test_a_reminder_leaves_once_even_if_a_run_was_skipped(mother, slot):
    book(mother, slot)
    Email.objects.all().delete()
    assert remind(at=datetime(2026, 12, 5, 7, 59, tzinfo=PARIS)) == 0
    assert remind(at=datetime(2026, 12, 6, 20, 0, tzinfo=PARIS)) == 1
    assert remind(at=datetime(2026, 12, 6, 21, 0, tzinfo=PARIS)) == 0
    assert Email.objects.get().subject.replace("\xa0", " ") == "Rappel : rendez-vous lundi 7 décembre 2026 à 9 h"


@pytest.mark.parametrize("change", ["nothing", "cancelled", "moved"])
def test_no_reminder_for_an_appointment_cancelled_or_moved_away(mother, slot, change):
    appointment = book(mother, slot)
    if change == "cancelled":
        cancel_appointment(appointment=appointment.pk, user=mother.user, at=NOON)
    elif change == "moved":
        later = AppointmentSlotFactory(start=MONDAY + timedelta(days=9))
        move_appointment(appointment=appointment.pk, slot=later.pk, user=mother.user, at=NOON)
    assert remind(at=datetime(2026, 12, 5, 9, 0, tzinfo=PARIS)) == (change == "nothing")
    assert remind(at=datetime(2026, 12, 14, 9, 0, tzinfo=PARIS)) == (change == "moved")


# --- Agents -----------------------------------------------------------------------------------------------------------

OPENING = Opening(["Mme Albert"], frozenset([4]), date(2026, 12, 21), 2, time(9), time(10), 30)


def test_an_opening_skips_public_holidays_and_the_days_asked():
    SchoolYearFactory()
    # 25 December is a public holiday, 1 January too; the Christmas holidays only count when asked.
    assert [day.closed for day in preview_opening(OPENING)] == ["Noël", "Jour de l’an"]
    wednesdays = Opening(["Mme Albert"], frozenset([2]), date(2026, 12, 21), 2, time(9), time(10), 30)
    assert [day.closed for day in preview_opening(wednesdays)] == ["", ""]
    days = preview_opening(wednesdays, skip_school_holidays=True)
    assert [day.closed for day in days] == ["Vacances de Noël", "Vacances de Noël"]
    days = preview_opening(wednesdays, closed_days=[date(2026, 12, 23)])
    assert [day.closed for day in days] == ["Jour de fermeture", ""]


def test_what_is_previewed_is_what_is_opened():
    place = AppointmentPlaceFactory()
    wanted = Opening(["Mme Albert", "M. Pons"], frozenset([0]), date(2026, 12, 7), 1, time(9), time(10), 30)
    AppointmentSlotFactory(receives="M. Pons", start=datetime(2026, 12, 7, 9, 15, tzinfo=PARIS))
    shown = [(slot.receives, slot.starts_at) for day in preview_opening(wanted) for slot in day.kept]
    made = open_slots(place=place, opening=wanted, user=None, at=NOON)
    assert [(slot.receives, slot.starts_at) for slot in made] == shown
    assert [slot.receives for slot in made] == ["Mme Albert", "Mme Albert"]
    with pytest.raises(AppointmentRefused, match="aucun créneau"):
        open_slots(place=place, opening=wanted, user=None, at=NOON)


def test_withdrawing_leaves_a_family_her_slot(mother, slot):
    book(mother, slot)
    free = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    assert withdraw_slots(slots=[slot.pk, free.pk], at=NOON) == 1
    assert offered() == []
    slot.refresh_from_db()
    assert slot.withdrawn_at is None


def test_who_came_is_marked_once_the_hour_has_come(mother, slot):
    appointment = book(mother, slot)
    with pytest.raises(AppointmentRefused, match="pas encore eu lieu"):
        mark_appointment(appointment=appointment.pk, came=True, at=NOON)
    assert mark_appointment(appointment=appointment.pk, came=False, at=MONDAY).status == Appointment.Status.MISSED
    assert mark_appointment(appointment=appointment.pk, came=True, at=MONDAY).status == Appointment.Status.CAME
    with pytest.raises(AppointmentRefused, match="ne peut plus changer"):
        cancel_appointment(appointment=appointment.pk, user=None, at=MONDAY, words="Non", by_agent=True)


def test_the_agenda_shows_the_week_and_its_free_slots(mother, slot, django_assert_num_queries):
    book(mother, slot)
    AppointmentSlotFactory(start=MONDAY + timedelta(hours=1))
    AppointmentSlotFactory(start=MONDAY + timedelta(days=7))
    AppointmentSlotFactory(start=MONDAY + timedelta(days=5))
    with django_assert_num_queries(2):
        week = agenda(date(2026, 12, 9))
    assert [(day.day.day, day.taken, day.free) for day in week.days] == [
        (7, 1, 1),
        (8, 0, 0),
        (9, 0, 0),
        (10, 0, 0),
        (11, 0, 0),
        (12, 0, 1),
    ]


# --- Keeping and forgetting -------------------------------------------------------------------------------------------


def test_a_year_later_the_child_is_forgotten_and_the_number_stays(mother, slot):
    appointment = book(mother, slot)
    AppointmentSlotFactory(start=MONDAY + timedelta(hours=2))
    limit = slot.ends_at + timedelta(days=365)
    assert forget_appointments(at=limit) == 0
    assert forget_appointments(at=limit + timedelta(hours=3), dry_run=True) == 1
    assert forget_appointments(at=limit + timedelta(hours=3)) == 1
    assert (Appointment.objects.count(), AppointmentSlot.objects.count()) == (0, 0)
    request = FamilyRequest.objects.get()
    assert (request.number, request.summary) == (appointment.request.number, "Rendez-vous pour une place en crèche")


@pytest.mark.parametrize(
    "broken, name",
    [
        ({"child_name": "Zoé", "born_on": None}, "appointment_one_child"),
        ({"due_on": date(2027, 1, 1)}, "appointment_one_child"),
        ({"wished_until": time(7)}, "appointment_hours_in_order"),
        ({"status": "annule"}, "appointment_cancelled_with_instant"),
    ],
)
def test_the_database_holds_the_line(broken, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AppointmentFactory(**broken)
    assert AppointmentFactory()


def test_the_database_gives_a_slot_once(slot):
    AppointmentFactory(slot=slot, cancelled=True)
    AppointmentFactory(slot=slot)
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(slot=slot)


def test_a_person_receives_one_family_at_a_time_and_a_slot_has_a_length(slot):
    AppointmentSlotFactory(withdrawn=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentSlotFactory()
    with pytest.raises(IntegrityError, match="slot_ends_after_start"), transaction.atomic():
        AppointmentSlotFactory(start=MONDAY + timedelta(days=1), ends_at=MONDAY)


def test_what_became_of_it_is_in_the_steps_of_the_request(mother, slot):
    appointment = book(mother, slot)
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    move_appointment(appointment=appointment.pk, slot=new.pk, user=mother.user, at=NOON)
    cancel_appointment(appointment=appointment.pk, user=mother.user, at=NOON)
    request = FamilyRequest.objects.get()
    assert request.status == FamilyRequest.Status.WITHDRAWN
    assert [step.words.replace("\xa0", " ") for step in request.steps.all()] == [
        "Rendez-vous déplacé au mardi 8 décembre 2026 à 9 h",
        "Rendez-vous annulé",
    ]


def test_an_appointment_that_the_service_cancels_is_not_a_request_refused(mother, slot):
    appointment = book(mother, slot)
    cancel_appointment(appointment=appointment.pk, user=None, at=NOON, words="Grève.", by_agent=True)
    request = FamilyRequest.objects.get()
    assert (request.status, request.steps.get().words) == (
        FamilyRequest.Status.DONE,
        "Rendez-vous annulé par le service : Grève.",
    )
