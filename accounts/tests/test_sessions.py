"""« Mes connexions », and what ends a session: one by one, all the others, a new password, silence."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import Email

from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/127.0.0.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
LIST, HOME, ACTIVITY = reverse("usersessions_list"), reverse("accounts:home"), reverse("accounts:activity")
SIGN_IN = reverse("account_login")


def signed_in(user, device=PHONE):
    client = Client(headers={"User-Agent": device})
    client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    client.get(HOME)
    return client


def is_open(client):
    return client.get(HOME).status_code == 200


def number_of(client, words):
    page = client.get(LIST)
    return next(row.number for row in page.context["connections"] if words in row.device)


def test_each_connection_is_named_and_the_present_one_comes_first():
    user = UserFactory()
    signed_in(user, LAPTOP)
    page = signed_in(user).get(LIST)
    rows = page.context["connections"]
    assert [(row.device, row.is_current) for row in rows] == [
        ("Téléphone Android – Chrome", True),
        ("Ordinateur Windows – Firefox", False),
    ]
    text = page.content.decode()
    assert "Cette connexion" in text
    assert text.count(">Déconnecter<span") == 2
    assert "Mozilla" not in text


def test_one_connection_is_ended_and_the_others_stay():
    user = UserFactory()
    lost, present, other = signed_in(user, LAPTOP), signed_in(user), signed_in(user, "iPad")
    page = present.post(reverse("accounts:end_connection", args=[number_of(present, "Windows")]), follow=True)
    assert "Cet appareil est déconnecté" in page.content.decode()
    assert not is_open(lost)
    assert is_open(present)
    assert is_open(other)


def test_ending_the_present_connection_signs_out():
    client = signed_in(UserFactory())
    response = client.post(reverse("accounts:end_connection", args=[number_of(client, "Android")]))
    assert response["Location"] == SIGN_IN
    assert not is_open(client)


def test_another_person_s_connection_does_not_exist():
    hers, mine = signed_in(UserFactory(), LAPTOP), signed_in(UserFactory())
    number = number_of(hers, "Windows")
    assert mine.post(reverse("accounts:end_connection", args=[number])).status_code == 404
    assert is_open(hers)
    assert mine.get(reverse("accounts:end_connection", args=[number])).status_code == 405


def test_all_the_others_are_ended_at_once():
    user = UserFactory()
    others, present = [signed_in(user, LAPTOP), signed_in(user, "iPad")], signed_in(user)
    page = present.post(LIST, follow=True)
    assert "2 autres appareils sont déconnectés" in page.content.decode()
    assert [is_open(client) for client in (*others, present)] == [False, False, True]


def test_the_list_costs_the_same_with_one_connection_and_with_ten(django_assert_num_queries):
    user = UserFactory()
    client = signed_in(user)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    alone = len(queries)
    for _ in range(9):
        signed_in(user, LAPTOP)
    client.get(LIST)
    with django_assert_num_queries(alone):
        page = client.get(LIST)
    assert len(page.context["connections"]) == 10


def test_a_new_password_closes_the_space_everywhere_else():
    user = UserFactory()
    other, present = signed_in(user, LAPTOP), signed_in(user)
    new = {"oldpassword": PASSWORD, "password1": "Sidobre-granit-46", "password2": "Sidobre-granit-46"}
    present.post(reverse("account_change_password"), new)
    assert is_open(present)
    assert not is_open(other)
    assert [row.is_current for row in present.get(LIST).context["connections"]] == [True]


def test_a_password_reset_by_mail_closes_the_space_everywhere(client):
    user = UserFactory()
    other = signed_in(user, LAPTOP)
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"http://\S+/compte/\S+", Email.objects.get(subject__contains="mot de passe").message).group()
    target = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(target, {"password1": "Sidobre-granit-46", "password2": "Sidobre-granit-46"})
    assert not Session.objects.filter(pk=other.cookies["espace_session"].value).exists()
    assert not is_open(other)
    assert user.devices.count() == 1  # the one that chose the password


# --- Silence ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def time():
    with time_machine.travel("2026-11-19T12:06:00+01:00", tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("agent, minutes", [(False, 30), (True, 15)])
def test_silence_ends_the_session_of_a_family_and_sooner_that_of_an_agent(agent, minutes, time):
    client = Client()
    client.force_login(UserFactory(agent=agent))
    assert is_open(client)
    time.shift(timedelta(minutes=minutes, seconds=-61))
    assert client.get(ACTIVITY).json()["seconds"] == 61
    time.shift(60)
    assert is_open(client)
    time.shift(timedelta(minutes=minutes, seconds=1))
    response = client.get(HOME)
    assert response["Location"] == f"{SIGN_IN}?next={HOME}"


def test_asking_how_long_is_left_does_not_keep_the_session_alive(time):
    client = Client()
    client.force_login(UserFactory())
    is_open(client)
    for _ in range(3):
        time.shift(timedelta(minutes=9))
        client.get(ACTIVITY)
    time.shift(timedelta(minutes=4))
    assert client.get(ACTIVITY).status_code == 302


def test_staying_begins_the_silence_again(time):
    client = Client()
    client.force_login(UserFactory())
    is_open(client)
    time.shift(timedelta(minutes=29))
    assert client.post(ACTIVITY).json()["seconds"] == 30 * 60
    time.shift(timedelta(minutes=29))
    assert is_open(client)


def test_a_form_sent_too_late_leads_back_to_its_page_and_not_to_the_address_it_was_sent_to():
    client = Client()
    page = client.post(
        reverse("families:choose"), {"family": "1"}, headers={"Referer": "http://testserver/reservations/?mois=12"}
    )
    assert page["Location"] == f"{SIGN_IN}?next=/reservations/%3Fmois%3D12"
    elsewhere = client.post(reverse("families:choose"), headers={"Referer": "http://ailleurs.example/page"})
    assert elsewhere["Location"] == f"{SIGN_IN}?next={reverse('families:choose')}"


def test_the_page_tells_its_script_the_delay_and_the_person_without_javascript_too():
    client = Client()
    client.force_login(UserFactory())
    text = client.get(HOME).content.decode()
    assert 'data-minutes="30"' in text
    assert "Après 30 minutes sans action, vous êtes déconnecté" in text
    assert client.session.session_key not in text
