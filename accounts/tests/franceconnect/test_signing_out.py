"""Signing out here always works; there too when the visit came by FranceConnect."""

import html
import re

import pytest
import requests
from django.urls import reverse

from accounts.tests.franceconnect.visit import come_by_franceconnect

pytestmark = pytest.mark.django_db

LOGOUT, RETURN = reverse("account_logout"), reverse("franceconnect_signed_out")
REFRESH = re.compile(r'content="0; url=([^"]+)"')


def text(response):
    return response.content.decode()


def test_from_our_button_to_franceconnect_and_back(client, linked, franceconnect):
    come_by_franceconnect(client, "martin")
    page = client.post(LOGOUT, follow=True)
    assert "_auth_user_id" not in client.session
    address = html.unescape(REFRESH.search(text(page)).group(1))
    assert f'href="{html.escape(address)}"' in text(page)

    back = requests.get(address, timeout=5, allow_redirects=False)

    assert back.status_code == 302, back.text
    assert franceconnect.app.ended[-1]["post_logout_redirect_uri"] == f"http://testserver{RETURN}"
    said = client.get(back.headers["Location"].removeprefix("http://testserver"))
    assert "fermée ici et chez FranceConnect" in text(said)
    assert "eyJ" not in str(dict(client.session))


def test_a_visit_by_password_signs_out_here_alone(client, claire, franceconnect):
    client.force_login(claire)
    assert client.post(LOGOUT)["Location"] == reverse("home")


def test_with_franceconnect_down_she_is_signed_out_all_the_same(client, linked, franceconnect, settings):
    come_by_franceconnect(client, "martin")
    settings.FRANCECONNECT = {**settings.FRANCECONNECT, "BASE_URL": "http://127.0.0.1:9/api/v2"}
    page = client.post(LOGOUT, follow=True)
    assert "_auth_user_id" not in client.session
    assert "Celle de FranceConnect l’est peut-être encore" in text(page)


def test_a_return_that_nobody_asked_for_claims_nothing(client, franceconnect):
    assert "l’est peut-être encore" in text(client.get(f"{RETURN}?state=invente"))
    assert client.get(reverse("franceconnect_sign_out"))["Location"] == reverse("home")


def test_an_unknown_identity_that_renounces_is_signed_out_of_franceconnect(client, franceconnect):
    come_by_franceconnect(client, "inconnue")
    page = client.post(reverse("franceconnect_forget"), follow=True)
    assert "/api/v2/session/end?id_token_hint=" in text(page)
