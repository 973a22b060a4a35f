"""Writing to the service, with or without an account: a numbered démarche, no captcha, nothing lost on a refusal."""

import re
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from post_office.models import Email

from castres_portal.base import clock
from castres_portal.forms.contact import page_token
from castres_portal.models import ContactMessage
from castres_portal.tests.factories import a_message
from families.models import FamilyRequest
from families.services.requests import write_message
from families.tests.factories import NOON, GuardianFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("contact")
WORDS = "Comment inscrire mon fils à la cantine ?"


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


def typed(**fields):
    token = page_token(clock.now() - timedelta(seconds=20))
    return {
        "subject": "inscription",
        "name": "Nadège Exemple",
        "email": "nadege@example.org",
        "body": WORDS,
        "page": token,
        **fields,
    }


@pytest.fixture
def claire(client):
    guardian = GuardianFactory(with_space=True)
    client.force_login(guardian.user)
    return guardian


def test_somebody_without_an_account_gets_a_number_and_an_acknowledgement(client):
    answer = client.post(PAGE, typed(), follow=True)
    asked = FamilyRequest.objects.get()
    assert asked.number in answer.content.decode()
    assert (asked.family, asked.sender_name, asked.sender_email) == (None, "Nadège Exemple", "nadege@example.org")
    mail = Email.objects.get()
    assert mail.to == ["nadege@example.org"]
    assert asked.number in mail.message
    assert WORDS not in mail.message


def test_the_link_of_the_mail_shows_the_message_and_the_service_s_answer(client):
    client.post(PAGE, typed())
    asked = FamilyRequest.objects.get()
    from accounts.tests.factories import UserFactory

    write_message(request=asked, body="Venez nous voir.", submission=uuid4(), at=NOON, agent=UserFactory(agent=True))
    told = Email.objects.latest("pk")
    assert told.to == ["nadege@example.org"]
    link = re.search(r"http://testserver(/\S+)", told.message)[1]
    page = client.get(link).content.decode()
    assert WORDS in page
    assert "Venez nous voir." in page


def test_a_known_parent_is_not_asked_who_she_is(client, claire):
    page = client.get(PAGE).content.decode()
    assert 'name="email"' not in page
    fields = typed()
    del fields["name"], fields["email"]
    answer = client.post(PAGE, fields)
    asked = FamilyRequest.objects.get()
    assert (asked.family, asked.guardian, asked.entered_by) == (claire.family, claire, claire.user)
    assert answer["Location"] == reverse("families:request", args=[asked.number])
    assert WORDS in client.get(answer["Location"]).content.decode()


def test_a_parent_cannot_write_under_another_name(client, claire):
    client.post(PAGE, typed(name="Quelqu’un d’autre", email="autre@example.org"))
    asked = FamilyRequest.objects.get()
    assert (asked.sender_name, asked.sender_email) == ("", "")


def test_a_double_click_sends_one_message(client):
    fields = typed()
    first, second = client.post(PAGE, fields), client.post(PAGE, fields)
    assert first.status_code == second.status_code == 302
    assert ContactMessage.objects.count() == FamilyRequest.objects.count() == 1
    assert Email.objects.count() == 1


@pytest.mark.parametrize(
    "change, said",
    [
        ({"body": ""}, "Écrivez votre message."),
        ({"subject": "vente"}, "Sélectionnez un choix valide"),
        ({"subject": ""}, "Choisissez un sujet."),
        ({"email": "nadege@"}, "Cette adresse n’est pas complète"),
        ({"name": "Gagnez sur http://exemple.org"}, "Écrivez seulement votre prénom"),
        ({"phone": "appelez-moi"}, "Écrivez le numéro en chiffres"),
        ({"body": "a" * 4001}, "Votre message est trop long"),
        ({"website": "http://exemple.org"}, "Un champ que l’on ne voit pas a été rempli"),
        ({"page": ""}, "Cette page était incomplète"),
        ({"page": "inventé"}, "Cette page était incomplète"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(client, change, said):
    answer = client.post(PAGE, typed(**change))
    page = answer.content.decode()
    assert said in page
    assert FamilyRequest.objects.count() == 0
    assert change.get("body", WORDS)[:3000] in page
    assert 'value="http://exemple.org"' not in page or "name" in change


def test_a_form_sent_faster_than_anybody_types_waits_for_a_second_click(client):
    now = clock.now()
    page = client.post(PAGE, typed(page=page_token(now)))
    assert "parti très vite" in page.content.decode()
    assert WORDS in page.content.decode()
    assert FamilyRequest.objects.count() == 0


def test_a_page_left_open_since_yesterday_is_renewed_and_works(client, settings):
    old = client.post(PAGE, typed(page=page_token(clock.now() - timedelta(hours=25))))
    assert "plus d’un jour" in old.content.decode()
    token = re.search(r'name="page" value="([^"]+)"', old.content.decode())[1]
    settings.PORTAL_CLOCK = f"2026-11-19T12:07@{time.time()}"
    assert client.post(PAGE, typed(page=token)).status_code == 302


def test_too_many_messages_from_one_connection_are_slowed_down_and_kept(client):
    for _ in range(6):
        assert client.post(PAGE, typed(email=f"{uuid4().hex}@example.org")).status_code == 302
    answer = client.post(PAGE, typed())
    assert answer.status_code == 429
    assert WORDS in answer.content.decode()
    assert FamilyRequest.objects.count() == 6


def test_one_address_is_not_mailed_again_and_again(client):
    for number in range(4):
        client.post(PAGE, typed(), REMOTE_ADDR=f"192.0.2.{number}")
    assert client.post(PAGE, typed(), REMOTE_ADDR="192.0.2.9").status_code == 429
    assert Email.objects.count() == 4


def test_the_link_of_the_statement_chooses_the_subject(client):
    page = client.get(f"{PAGE}?sujet=accessibilite").content.decode()
    assert re.search(r'<option value="accessibilite" selected', page)


def test_another_family_s_message_does_not_exist(client, claire):
    asked = a_message(guardian=GuardianFactory(), body="Celui des autres")
    assert client.get(reverse("families:request", args=[asked.number])).status_code == 404
