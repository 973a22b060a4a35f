"""An agent at the counter or on the telephone: the household's own pages, her name beside the guardian's on what she sends."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from post_office.models import Email

from castres_portal.tests.cast import Cast, assemble
from families.counter import SESSION_KEY
from families.models import FamilyRequest, Guardian, Reading
from families.services.rights import limit_rights
from families.tests.factories import NOON
from reservations.models import Booking
from reservations.tests.views.pages import CalendarPage
from reservations.tests.views.test_patterns import Preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(at_noon) -> Cast:
    return assemble()


@pytest.fixture
def at_noon(settings):
    settings.PORTAL_CLOCK = "2026-11-19T12:06"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(cast: Cast) -> str:
    return reverse("admin:families_family_counter", args=[cast.martin.pk])


def begin(cast: Cast, client: Client | None = None, **changes) -> Client:
    client = client or signed_in(cast.agent)
    claire = Guardian.objects.get(user=cast.claire)
    answer = client.post(page_of(cast), {"guardian": claire.pk, "channel": "telephone", **changes})
    assert answer.status_code == 302, answer.context["form"].errors
    return client


def month(cast: Cast) -> str:
    return reverse("reservations:calendar", args=[cast.leo.pk, "restauration", date(2026, 12, 1)])


def test_an_agent_sees_the_household_s_pages_once_she_has_said_who_asks(cast):
    client = signed_in(cast.agent)
    assert client.get(month(cast)).status_code == 404
    begin(cast, client)
    page = client.get(month(cast))
    assert page.status_code == 200
    assert "Vous agissez pour cette famille" in page.content.decode()
    assert (
        client.get(reverse("reservations:calendar", args=[cast.zoe.pk, "restauration", date(2026, 12, 1)])).status_code
        == 404
    )

    client.post(reverse("families:end_visit"))
    assert client.get(month(cast)).status_code == 404


def test_what_she_enters_carries_both_names_and_is_mailed_to_the_guardian(cast):
    client = begin(cast)
    page = client.get(month(cast)).content.decode()
    submission = page.split('name="envoi" value="', 1)[1].split('"', 1)[0]
    key = f"{cast.leo.pk}-restauration"
    client.post(month(cast), {"envoi": submission, "libres": f"{key} 2026-12-07", key: ["2026-12-07"]})

    booking = Booking.objects.get(child=cast.leo, day=date(2026, 12, 7))
    assert booking.booked_by == cast.agent
    request = FamilyRequest.objects.get(kind="reservation")
    assert (request.entered_by, request.guardian.user) == (cast.agent, cast.claire)
    assert Email.objects.filter(to=cast.claire.email).exists()
    assert not Email.objects.filter(to=cast.agent.email).exists()


def test_past_the_deadline_she_says_why_and_keeps_her_ticks(cast):
    client = begin(cast)
    late = date(2026, 11, 24)
    november = reverse("reservations:month", args=[late])
    page = CalendarPage(client.get(november).content.decode())
    key = f"{cast.leo.pk}-restauration"
    assert page.slots[key][late].enabled
    family_page = CalendarPage(signed_in(cast.claire).get(november).content.decode())
    assert late not in family_page.slots.get(key, {})

    again = client.post(november, page.send_all({key: [late]}))
    assert "dites pourquoi vous les enregistrez quand même" in again.content.decode()
    kept = CalendarPage(again.content.decode())
    assert kept.slots[key][late].checked
    assert not Booking.objects.filter(day=late).exists()

    client.post(november, kept.send_all(**{"hors-delai": "Hospitalisation de la mère"}))
    booking = Booking.objects.get(child=cast.leo, day=late)
    assert booking.late_reason == "Hospitalisation de la mère"


def test_a_family_s_own_words_do_not_pass_a_deadline(cast):
    client = signed_in(cast.claire)
    november = reverse("reservations:month", args=[date(2026, 11, 24)])
    page = CalendarPage(client.get(november).content.decode())
    key = f"{cast.leo.pk}-restauration"
    client.post(november, page.send_all({key: ["2026-11-24"]}, **{"hors-delai": "Urgent"}))
    assert not Booking.objects.filter(day=date(2026, 11, 24)).exists()


def test_the_family_reads_that_its_pages_were_opened(cast):
    begin(cast)
    reading = Reading.objects.get(family=cast.martin)
    assert reading.subject == "Réservations, Madame Claire MARTIN, par téléphone"
    shown = signed_in(cast.claire).get(reverse("families:readings")).content.decode()
    assert "Réservations, Madame" in shown


@pytest.mark.parametrize("who", ["cook", "regisseur", "claire", "lucie"])
def test_who_is_not_an_agent_of_the_families_acts_for_nobody(cast, who):
    client = signed_in(getattr(cast, who))
    guardian = Guardian.objects.get(user=cast.claire)
    client.post(page_of(cast), {"guardian": guardian.pk, "channel": "guichet"})
    assert SESSION_KEY not in client.session
    assert not Reading.objects.exists()


def test_a_role_that_is_taken_away_ends_the_visit(cast):
    client = begin(cast)
    cast.agent.groups.clear()
    assert client.get(month(cast)).status_code == 404


def test_pages_that_are_the_family_s_alone_stay_closed(cast):
    client = begin(cast)
    for name in ("billing:invoices", "families:health_sheets", "families:household"):
        assert client.get(reverse(name)).status_code in (302, 404), name


def test_an_excluded_guardian_is_not_one_who_asks(cast):
    paul = Guardian.objects.get(user=cast.paul)
    limit_rights(guardian=paul, rights="excluded", reason="Jugement", until=None, by=cast.agent, at=NOON)
    client = signed_in(cast.agent)
    answer = client.post(page_of(cast), {"guardian": paul.pk, "channel": "guichet"})
    assert "Choisissez-la dans la liste." in answer.content.decode()


def test_a_guardian_excluded_meanwhile_ends_the_visit(cast):
    paul = Guardian.objects.get(user=cast.paul)
    client = begin(cast, guardian=paul.pk)
    limit_rights(guardian=paul, rights="excluded", reason="Jugement", until=None, by=cast.agent, at=NOON)
    assert client.get(month(cast)).status_code == 404


def test_the_tools_of_the_week_go_past_a_deadline_when_she_says_why(cast):
    asked = {"apercu": "1", "enfants": cast.leo.pk, "jours-tous-restauration": "lundi", "jusqu": "date"}
    days = {"du": "2026-11-20", "au": "2026-12-01"}  # 23 November is past its deadline, the 30th is not
    address = f"{reverse('reservations:week_pattern')}?{urlencode(asked | days)}"
    preview = Preview(begin(cast), address)
    assert "1 de ces jours est hors délai" in preview.text
    assert "Réserver 2 jours" in preview.text

    assert "dites pourquoi" in preview.send().content.decode()
    assert not Booking.objects.filter(day="2026-11-23").exists()
    preview.send(**{"hors-delai": "Hospitalisation de la mère"})
    assert Booking.objects.get(child=cast.leo, day="2026-11-23").late_reason == "Hospitalisation de la mère"
    assert Booking.objects.get(child=cast.leo, day="2026-11-30").late_reason == ""


def test_a_family_does_not_go_past_a_deadline_by_the_same_tool(cast):
    asked = {"apercu": "1", "enfants": cast.leo.pk, "jours-tous-restauration": "lundi", "jusqu": "date"}
    days = {"du": "2026-11-20", "au": "2026-12-01"}
    preview = Preview(signed_in(cast.claire), f"{reverse('reservations:week_pattern')}?{urlencode(asked | days)}")
    assert "Réserver 1 jour" in preview.text
    assert "Délai dépassé" in preview.text
    assert "hors-delai" not in preview.html
