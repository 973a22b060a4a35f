"""The agents' side of the appointments: opening, the week, one appointment, the counter."""

import subprocess
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from post_office.models import Email

from accounts.roles import AGENTS, PETITE_ENFANCE
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from families.tests.factories import NOON, ChildFactory, GuardianFactory
from reservations.models import Appointment, AppointmentSlot
from reservations.tests.factories import AppointmentFactory, AppointmentPlaceFactory, AppointmentSlotFactory

pytestmark = pytest.mark.django_db
SLOTS = "/admin/reservations/appointmentslot/"
ROWS = "/admin/reservations/appointment/"
MONDAY = datetime(2026, 12, 7, 9, 0, tzinfo=PARIS)


@pytest.fixture
def at(monkeypatch):
    def set_clock(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_clock(NOON)
    return set_clock


@pytest.fixture(params=[PETITE_ENFANCE, AGENTS])
def agent(request, client, at):
    user = UserFactory(agent=True, role=request.param)
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def opening(place, **changes):
    return {
        "place": place.pk,
        "receives": "Mme Albert\nM. Pons\n",
        "weekdays": ["0"],
        "first_day": "07/12/2026",
        "weeks": "4",
        "opens": "9:00",
        "closes": "10:00",
        "minutes": "30",
        "closed_days": "21/12/2026",
    } | changes


def test_slots_are_previewed_then_opened(client, agent):
    place = AppointmentPlaceFactory()
    assert "Quoi ouvrir" in text_of(client.get(f"{SLOTS}ouvrir/"))
    page = text_of(client.post(f"{SLOTS}ouvrir/", opening(place, do="preview")))
    assert "<strong>12 créneaux</strong>" in page
    assert "fermé : Jour de fermeture" in page
    assert not AppointmentSlot.objects.exists()
    page = text_of(client.post(f"{SLOTS}ouvrir/", opening(place, do="open", seen="12"), follow=True))
    assert "Créneaux ouverts : 12." in page
    assert "semaine du 7 décembre 2026" in page
    assert AppointmentSlot.objects.count() == 12


def test_what_was_not_previewed_is_not_opened(client, agent):
    place = AppointmentPlaceFactory()
    page = text_of(client.post(f"{SLOTS}ouvrir/", opening(place, do="open", seen="12", weeks="5")))
    assert "Les créneaux ont changé depuis l’aperçu" in page
    assert not AppointmentSlot.objects.exists()


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"closes": "8:00"}, "La fin doit suivre le début."),
        ({"first_day": "01/11/2026"}, "Ce jour est passé."),
        ({"pause_from": "9:30"}, "Donnez le début et la fin de la pause"),
        ({"closed_days": "Noël"}, "Écrivez les jours comme ceci"),
        ({"closes": "9:10"}, "<strong>0 créneau</strong>"),
    ],
)
def test_an_opening_that_cannot_be_is_explained(client, agent, changes, sentence):
    page = text_of(client.post(f"{SLOTS}ouvrir/", opening(AppointmentPlaceFactory(), do="preview", **changes)))
    assert sentence in page
    assert "Mme Albert" in page


def test_the_week_shows_who_comes_and_what_is_free(client, agent):
    row = AppointmentFactory(family__name="Durand")
    free = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    AppointmentFactory(slot__start=MONDAY + timedelta(days=7), family__name="Fabre")
    page = text_of(client.get(f"{SLOTS}agenda/?jour=2026-12-09"))
    assert "Durand : Zoé" in page
    assert f"{ROWS}{row.pk}/change/" in page
    assert f"{ROWS}prendre/{free.pk}/" in page
    assert "Fabre" not in page
    assert "Fabre : Zoé" in text_of(client.get(f"{SLOTS}agenda/?jour=2026-12-16"))
    assert client.get(f"{SLOTS}agenda/?jour=jamais&lieu=partout").status_code == 200


def test_the_week_is_printed_as_a_tagged_paper(client, agent):
    AppointmentFactory(family__name="Durand")
    response = client.get(f"{SLOTS}agenda/?jour=2026-12-09&papier=1")
    assert response["Content-Type"] == "application/pdf"
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=response.content, capture_output=True, check=True)
    assert "Durand" in text.stdout.decode()
    facts = subprocess.run(["pdfinfo", "-"], input=response.content, capture_output=True, check=True).stdout.decode()
    assert "Tagged:          yes" in facts


def test_free_slots_are_withdrawn_by_the_handful(client, agent):
    taken, free = AppointmentFactory().slot, AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    data = {"action": "withdraw", "_selected_action": [taken.pk, free.pk]}
    page = text_of(client.post(SLOTS, data, follow=True))
    assert "Créneaux retirés : 1." in page
    assert "Créneaux laissés : 1" in page
    free.refresh_from_db()
    assert free.withdrawn_at is not None


def test_an_agent_cancels_with_a_word(client, agent):
    guardian = GuardianFactory(with_space=True)
    row = AppointmentFactory(family=guardian.family)
    path = f"{ROWS}{row.pk}/change/"
    assert "Mot à la famille" in text_of(client.get(path))
    assert "Dites à la famille pourquoi" in text_of(client.post(path, {"do": "cancel", "words": ""}))
    page = text_of(client.post(path, {"do": "cancel", "words": "La salle est fermée."}, follow=True))
    assert "La famille est prévenue par courriel." in page
    assert "La salle est fermée." in Email.objects.get().message


def test_an_agent_is_told_when_the_family_has_no_address(client, agent):
    row = AppointmentFactory()
    path = f"{ROWS}{row.pk}/change/"
    page = text_of(client.post(path, {"do": "cancel", "words": "La salle est fermée."}, follow=True))
    assert "prévenez-la par téléphone" in page
    assert not Email.objects.exists()


def test_an_agent_moves_notes_and_marks(client, agent, at):
    row = AppointmentFactory()
    new = AppointmentSlotFactory(start=MONDAY + timedelta(days=1))
    path = f"{ROWS}{row.pk}/change/"
    assert "Le rendez-vous est déplacé." in text_of(client.post(path, {"do": "move", "slot": new.pk}, follow=True))
    client.post(path, {"do": "note", "note": "Apporter l’acte de naissance."})
    assert "Apporter l’acte de naissance." in text_of(client.get(path))
    assert "pas encore eu lieu" in text_of(client.post(path, {"do": "came"}))
    at(new.starts_at)
    assert "La famille est-elle venue" in text_of(client.get(path))
    client.post(path, {"do": "missed"})
    row.refresh_from_db()
    assert (row.slot, row.status) == (new, Appointment.Status.MISSED)


def test_the_family_does_not_read_the_service_s_note(client, at):
    guardian = GuardianFactory(with_space=True)
    row = AppointmentFactory(family=guardian.family, note="Mot pour nous")
    client.force_login(guardian.user)
    assert "Mot pour nous" not in text_of(client.get(f"/demandes/{row.request.number}/"))


def test_an_agent_takes_a_slot_for_a_family_who_telephones(client, agent):
    guardian = GuardianFactory(with_space=True, family__name="Durand")
    child = ChildFactory(first_name="Tom", birth_date=date(2025, 5, 7), at_home=guardian.family)
    slot = AppointmentSlotFactory()
    path = f"{ROWS}prendre/{slot.pk}/"
    assert f"?famille={guardian.family.pk}" in text_of(client.get(f"{path}?q=durand"))
    assert "Aucune famille" in text_of(client.get(f"{path}?q=inconnue"))
    path = f"{path}?famille={guardian.family.pk}"
    assert "Tom MARTIN" in text_of(client.get(path))
    data = {
        "submission": str(uuid4()),
        "slot": slot.pk,
        "guardian": guardian.pk,
        "child": str(child.pk),
        "wished_on": "01/09/2027",
        "wished_days": ["0"],
        "wished_from": "8:00",
        "wished_until": "18:00",
    }
    assert "Cochez au moins un jour." in text_of(client.post(path, data | {"wished_days": []}))
    page = text_of(client.post(path, data, follow=True))
    row = Appointment.objects.get()
    assert f"demande n° {row.request.number}" in page
    assert (row.child, row.booked_by, row.request.guardian) == (child, agent, guardian)
    assert Email.objects.get().to == [guardian.user.email]


def test_a_stranger_s_guardian_cannot_be_named(client, agent):
    guardian, slot = GuardianFactory(), AppointmentSlotFactory()
    other = GuardianFactory()
    path = f"{ROWS}prendre/{slot.pk}/?famille={guardian.family.pk}"
    client.post(path, {"guardian": other.pk, "slot": slot.pk, "child": "ne"})
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("number", [1, 10])
def test_the_lists_cost_the_same_with_one_and_with_ten(client, agent, number, django_assert_max_num_queries):
    for rank in range(number):
        AppointmentFactory(slot__start=MONDAY + timedelta(minutes=30 * rank))
    for path in (SLOTS, ROWS, f"{SLOTS}agenda/?jour=2026-12-09"):
        client.get(path)
        with django_assert_max_num_queries(14):
            client.get(path)
