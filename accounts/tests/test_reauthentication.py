"""The password is asked again before what matters, and what was typed is not lost."""

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from post_office.models import Email

from accounts.reauthentication import sensitive
from accounts.tests.factories import PASSWORD, UserFactory, give_passkey

pytestmark = pytest.mark.django_db
AGAIN = reverse("account_reauthenticate")


@sensitive
def bank_details(request: HttpRequest) -> HttpResponse:
    """A page of another application, for these tests."""
    return HttpResponse(f"{request.method} iban={request.POST.get('iban', '')} de={request.GET.get('de', '')}")


urlpatterns = [path("coordonnees-bancaires/", bank_details), path("", include("castres_portal.urls"))]


@pytest.fixture
def client(settings):
    settings.ROOT_URLCONF = __name__
    browser = Client()
    browser.force_login(UserFactory())
    return browser


def answer(client, page):
    return client.post(page["Location"], {"password": PASSWORD, "next": "/coordonnees-bancaires/"})


def test_the_page_asks_first_and_then_opens(client):
    page = client.get("/coordonnees-bancaires/?de=factures")
    assert page["Location"] == f"{AGAIN}?next=%2Fcoordonnees-bancaires%2F%3Fde%3Dfactures"
    shown = client.get(page["Location"]).content.decode()
    assert "prouvez d’abord que c’est bien vous" in shown
    client.post(AGAIN, {"password": PASSWORD, "next": "/coordonnees-bancaires/?de=factures"})
    assert client.get("/coordonnees-bancaires/?de=factures").content.decode() == "GET iban= de=factures"


def test_a_form_that_was_interrupted_goes_on_with_all_that_was_typed(client):
    page = client.post("/coordonnees-bancaires/?de=factures", {"iban": "FR76 3000"})
    assert page.status_code == 302
    done = answer(client, page)
    assert done.content.decode() == "POST iban=FR76 3000 de=factures"


def test_a_wrong_password_opens_nothing_and_loses_nothing(client):
    page = client.post("/coordonnees-bancaires/", {"iban": "FR76 3000"})
    wrong = client.post(page["Location"], {"password": "faux", "next": "/coordonnees-bancaires/"})
    assert wrong.status_code == 200
    assert answer(client, page).content.decode() == "POST iban=FR76 3000 de="


def test_a_quarter_of_an_hour_later_it_is_asked_anew(client):
    with time_machine.travel("2026-11-19T12:06:00+01:00", tick=False) as time:
        answer(client, client.get("/coordonnees-bancaires/"))
        time.shift(timedelta(minutes=14))
        assert client.get("/coordonnees-bancaires/").status_code == 200
        time.shift(timedelta(minutes=2))
        assert client.get("/coordonnees-bancaires/").status_code == 302


def test_the_change_of_address_waits_for_the_password_and_then_happens():
    client, user = Client(), UserFactory()
    client.force_login(user)
    page = client.post(reverse("account_email"), {"email": "nouvelle@example.org", "action_add": "1"})
    assert page["Location"].startswith(AGAIN)
    client.post(page["Location"], {"password": PASSWORD, "next": reverse("account_email")})
    assert Email.objects.filter(to="nouvelle@example.org").exists()


def test_the_other_ways_are_named_in_french():
    user = UserFactory(second_factor=True)
    give_passkey(user)
    client = Client()
    client.force_login(user)
    text = client.get(AGAIN).content.decode()
    assert "avec un code" in text
    assert "avec ma clé d’accès" in text
