"""« Petite enfance » in a browser: choosing a slot, keeping what was typed, moving, cancelling, the calendar file."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.tests.factories import NOON, ChildFactory, GuardianFactory
from reservations.models import Appointment
from reservations.services.appointments import cancel_appointment, move_appointment
from reservations.tests.factories import AppointmentFactory, AppointmentSlotFactory

pytestmark = pytest.mark.django_db
PAGE = "/petite-enfance/"
MONDAY = datetime(2026, 12, 7, 9, 0, tzinfo=PARIS)


@pytest.fixture
def slot(at):
    return AppointmentSlotFactory()


def sent(chosen, **changes):
    usual = {
        "submission": str(uuid4()),
        "slot": chosen.pk,
        "child": "ne",
        "child_name": "Zoé",
        "born_on": "07/05/2026",
        "wished_on": "01/09/2027",
        "wished_days": ["0", "3"],
        "wished_from": "8:30",
        "wished_until": "17h30",
        "words": "Je travaille à <Mazamet>.",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def test_a_parent_takes_a_slot_and_reads_the_confirmation(signed_in, mother, slot):
    page = text_of(signed_in.get(PAGE))
    assert "lundi 7 décembre 2026" in page
    assert "1 créneau libre" in page
    response = signed_in.post(PAGE, sent(slot), follow=True)
    page = text_of(response)
    appointment = Appointment.objects.get()
    assert response.redirect_chain[-1][0] == f"/demandes/{appointment.request.number}/"
    assert "Votre rendez-vous est pris" in page
    assert "lundi 7 décembre 2026, de 9 h à 9 h 30" in page
    assert "lundi et jeudi, de 8 h 30 à 17 h 30" in page
    assert "Je travaille à &lt;Mazamet&gt;." in page
    assert f"n° {appointment.request.number}" in page
    assert f"/petite-enfance/{appointment.request.number}/agenda.ics" in page
    assert "Aucun créneau libre" in text_of(signed_in.get(PAGE))
    assert "lundi 7 décembre 2026 à 9 h" in text_of(signed_in.get(PAGE))


def test_a_child_of_the_household_is_offered_if_small_enough(signed_in, mother, slot):
    small = ChildFactory(first_name="Tom", birth_date=date(2024, 5, 7), at_home=mother.family)
    ChildFactory(first_name="Léa", birth_date=date(2017, 5, 7), at_home=mother.family)
    ChildFactory(first_name="Hugo", birth_date=date(2024, 5, 7))
    page = text_of(signed_in.get(PAGE))
    assert "Tom MARTIN, né(e) le 7 mai 2024" in page
    assert "Léa" not in page
    assert "Hugo" not in page
    signed_in.post(PAGE, sent(slot, child=str(small.pk), child_name=None, born_on=None))
    assert Appointment.objects.get().child == small


def test_a_child_of_another_household_cannot_be_named(signed_in, slot):
    stranger = ChildFactory(birth_date=date(2024, 5, 7))
    page = text_of(signed_in.post(PAGE, sent(slot, child=str(stranger.pk))))
    assert "Dites pour quel enfant." in page
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"slot": None}, "Choisissez un créneau."),
        ({"slot": "tout"}, "Choisissez un créneau."),
        ({"slot": "99999999"}, "Choisissez un créneau de la liste."),
        ({"child": None}, "Dites pour quel enfant."),
        ({"child_name": ""}, "Saisissez le prénom de l’enfant."),
        ({"born_on": ""}, "Saisissez la date de naissance."),
        ({"born_on": "hier"}, "Écrivez la date comme ceci : 07/05/2027."),
        ({"born_on": "07/05/2027"}, "Cette date est à venir"),
        ({"born_on": "07/05/2019"}, "moins de six ans"),
        ({"child": "a-naitre"}, "Saisissez la date prévue, même approximative."),
        ({"child": "a-naitre", "due_on": "07/05/2028"}, "dans les dix mois"),
        ({"wished_on": ""}, "Saisissez une date."),
        ({"wished_on": "01/09/2026"}, "Donnez une date à venir, dans les trois ans."),
        ({"wished_days": []}, "Cochez au moins un jour."),
        ({"wished_until": "8:00"}, "Le départ doit suivre l’arrivée."),
        ({"wished_from": "tôt"}, "Écrivez l’heure comme ceci : 8:30."),
        ({"words": "a" * 1001}, "Ce mot est trop long"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(signed_in, slot, changes, sentence):
    page = text_of(signed_in.post(PAGE, sent(slot, **changes)))
    assert sentence in page
    assert "Le rendez-vous n’est pas encore pris" in page
    if "words" not in changes:
        assert "Je travaille à &lt;Mazamet&gt;." in page
    if "slot" not in changes:
        assert f'value="{slot.pk}" required checked' in page
    assert not Appointment.objects.exists()
    assert signed_in.post(PAGE, sent(slot)).status_code == 302


def test_a_slot_taken_meanwhile_keeps_what_was_typed_and_shows_the_others(signed_in, slot):
    other = AppointmentSlotFactory(start=MONDAY + timedelta(days=8))
    AppointmentFactory(slot=slot)
    page = text_of(signed_in.post(PAGE, sent(slot)))
    assert "Ce créneau vient d’être pris." in page
    for kept in ("Zoé", "07/05/2026", "01/09/2027", "Je travaille à &lt;Mazamet&gt;."):
        assert kept in page
    assert f'name="slot" value="{slot.pk}"' not in page
    assert f'name="slot" value="{other.pk}"' in page
    assert "mardi 15 décembre 2026" in page


def test_the_same_form_sent_twice_leads_to_the_same_page(signed_in, slot):
    form = sent(slot)
    assert signed_in.post(PAGE, form)["Location"] == signed_in.post(PAGE, form)["Location"]
    assert Appointment.objects.count() == 1


def test_an_appointment_is_moved_to_another_slot(signed_in, mother, slot):
    row = AppointmentFactory(family=mother.family, slot=slot)
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    path = f"{PAGE}{row.request.number}/deplacer/"
    assert "celui-ci reste à vous" in text_of(signed_in.get(path))
    assert "Choisissez un créneau." in text_of(signed_in.post(path))
    page = text_of(signed_in.post(path, {"slot": new.pk}, follow=True))
    assert "Votre rendez-vous est déplacé au mardi 8 décembre 2026 à 9 h." in page
    assert "il était prévu le lundi 7 décembre 2026 à 9 h" in page


def test_an_appointment_is_cancelled_after_one_question(signed_in, mother, slot):
    row = AppointmentFactory(family=mother.family, slot=slot)
    path = f"{PAGE}{row.request.number}/annuler/"
    assert "Garder mon rendez-vous" in text_of(signed_in.get(path))
    row.refresh_from_db()
    assert row.status == Appointment.Status.PLANNED
    page = text_of(signed_in.post(path, follow=True))
    assert "Votre rendez-vous est annulé." in page
    assert "agenda.ics" not in page
    assert "1 créneau libre" in text_of(signed_in.get(PAGE))


def test_past_the_deadline_the_pages_say_to_telephone(signed_in, mother, slot, at):
    row = AppointmentFactory(family=mother.family, slot=slot)
    at(datetime(2026, 12, 6, 12, 0, tzinfo=PARIS))
    for path in (f"{PAGE}{row.request.number}/deplacer/", f"{PAGE}{row.request.number}/annuler/"):
        assert "Téléphonez au service" in text_of(signed_in.get(path))
    page = text_of(signed_in.post(f"{PAGE}{row.request.number}/annuler/", follow=True))
    assert "Le délai pour changer ce rendez-vous est dépassé" in page
    assert "Déplacer" not in text_of(signed_in.get(f"/demandes/{row.request.number}/"))


def test_the_calendar_file_follows_the_appointment(signed_in, mother, slot):
    row = AppointmentFactory(family=mother.family, slot=slot)
    path = f"{PAGE}{row.request.number}/agenda.ics"

    def event():
        response = signed_in.get(path)
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        calendar = Calendar.from_ical(response.content)
        assert calendar["METHOD"] == "PUBLISH"
        return calendar.walk("VEVENT")[0]

    before = event()
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    move_appointment(appointment=row.pk, slot=new.pk, user=mother.user, at=NOON)
    after = event()
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.decoded("dtstart") == MONDAY + timedelta(days=1)
    cancel_appointment(appointment=row.pk, user=mother.user, at=NOON)
    assert signed_in.get(path).status_code == 404


@pytest.mark.parametrize("page", ["deplacer/", "annuler/", "agenda.ics"])
def test_another_family_s_appointment_does_not_exist(signed_in, client_of, slot, page):
    row = AppointmentFactory(slot=slot)
    path = f"{PAGE}{row.request.number}/{page}"
    assert signed_in.get(path).status_code == 404
    if page != "agenda.ics":
        assert signed_in.post(path, {"slot": slot.pk}).status_code == 404
    other_parent = GuardianFactory(family=row.family, other_parent=True, with_space=True)
    assert client_of(other_parent.user).get(path).status_code == 200


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_costs_the_same_with_one_and_with_thirty(signed_in, mother, slot, number, django_assert_num_queries):
    for rank in range(number):
        AppointmentSlotFactory(start=MONDAY + timedelta(days=1, minutes=30 * rank))
        start = MONDAY + timedelta(days=10, minutes=30 * rank)
        AppointmentFactory(family=mother.family, child_name=f"Zoé{chr(97 + rank)}", slot__start=start)
    signed_in.get(PAGE)
    with django_assert_num_queries(6):
        signed_in.get(PAGE)


def test_an_account_without_a_household_finds_nothing(client_of, slot):

    assert client_of(UserFactory()).get(PAGE).status_code == 404


def test_an_erased_appointment_leaves_its_request_readable(signed_in, mother, slot):
    row = AppointmentFactory(family=mother.family, slot=slot)
    row.delete()
    assert "n’est gardé qu’un an" in text_of(signed_in.get(f"/demandes/{row.request.number}/"))
