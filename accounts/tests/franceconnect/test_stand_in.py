"""The stand-in itself: it refuses what FranceConnect would refuse, and nothing of the portal is loaded in its program."""

import os
import signal
import subprocess
import sys

import pytest
import requests
from django.conf import settings as django_settings

from accounts.franceconnect.simulator.app import Client
from accounts.franceconnect.simulator.server import Running

CLIENT = Client("boutique", "secret-de-la-boutique", "http://127.0.0.1:9/retour/", "http://127.0.0.1:9/sorti/")
DEMAND = {
    "response_type": "code", "client_id": "boutique", "redirect_uri": CLIENT.redirect_uri, "acr_values": "eidas1",
    "scope": "openid given_name family_name", "state": "s" * 43, "nonce": "n" * 43,
}  # fmt: skip


@pytest.fixture(scope="module")
def running():
    stand_in = Running(CLIENT).start()
    yield stand_in
    stand_in.stop()


def ask(running, **changes):
    return requests.get(f"{running.app.issuer}/authorize", params=DEMAND | changes, timeout=5, allow_redirects=False)


def test_a_good_demand_shows_fictional_people(running):
    page = ask(running)
    assert page.status_code == 200
    assert page.text.count("(démonstration)") == 6
    assert "n’est pas FranceConnect" in page.text


@pytest.mark.parametrize("changes", [{"client_id": "autre"}, {"redirect_uri": "https://pirate.example.org/"}])
def test_a_client_or_an_address_not_declared_is_never_followed(running, changes):
    assert ask(running, **changes).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [{"acr_values": "eidas3"}, {"scope": "given_name"}, {"scope": "openid tout"}, {"state": "court"}, {"nonce": ""}],
)
def test_a_demand_badly_made_is_sent_back_with_its_error(running, changes):
    assert "error=invalid_request" in ask(running, **changes).headers["Location"]


def code_of(running):
    from urllib.parse import parse_qs, urlencode, urlsplit

    answer = requests.post(
        f"{running.url}/choisir/",
        data={"asked": urlencode(DEMAND), "person": "martin"},
        timeout=5,
        allow_redirects=False,
    )
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(running, **changes):
    form = {
        "grant_type": "authorization_code", "client_id": "boutique", "client_secret": CLIENT.client_secret,
        "redirect_uri": CLIENT.redirect_uri,
    }  # fmt: skip
    return requests.post(f"{running.app.issuer}/token", data=form | changes, timeout=5)


def test_a_code_serves_once(running):
    code = code_of(running)
    assert exchange(running, code=code).status_code == 200
    assert exchange(running, code=code).json() == {"error": "invalid_grant", "error_description": "invalid_grant"}


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"client_secret": "faux"}, "invalid_client"),
        ({"client_id": "autre"}, "invalid_client"),
        ({"redirect_uri": "http://ailleurs/"}, "invalid_grant"),
        ({"grant_type": "password"}, "invalid_grant"),
        ({"code": "inventé"}, "invalid_grant"),
    ],
)
def test_an_exchange_that_is_not_the_one_agreed_is_refused(running, changes, error):
    assert exchange(running, **{"code": code_of(running)} | changes).json()["error"] == error


def test_a_code_too_old_is_refused(running, monkeypatch):
    code = code_of(running)
    monkeypatch.setattr("accounts.franceconnect.simulator.app.CODE_LIFE", 0)
    assert exchange(running, code=code).json()["error"] == "invalid_grant"


def test_only_the_scopes_asked_are_told(running):
    access = exchange(running, code=code_of(running)).json()["access_token"]
    answer = requests.get(f"{running.app.issuer}/userinfo", headers={"Authorization": f"Bearer {access}"}, timeout=5)
    assert answer.headers["Content-Type"] == "application/jwt"
    import jwt

    claims = jwt.decode(answer.text, options={"verify_signature": False})
    assert set(claims) == {"sub", "iss", "aud", "iat", "given_name", "family_name"}
    assert requests.get(f"{running.app.issuer}/userinfo", timeout=5).status_code == 401


def test_the_key_before_stays_published(running):
    before = {key["kid"] for key in requests.get(f"{running.app.issuer}/jwks", timeout=5).json()["keys"]}
    requests.post(f"{running.url}/reglages/", data={"rotate": "1"}, timeout=5)
    after = {key["kid"] for key in requests.get(f"{running.app.issuer}/jwks", timeout=5).json()["keys"]}
    assert len(after) == 2 and len(before & after) == 1


def test_the_console_proposes_the_fault_chosen(running):
    requests.post(f"{running.url}/reglages/", data={"fault": "expired"}, timeout=5)
    assert '<option value="expired" selected>' in ask(running).text
    requests.post(f"{running.url}/reglages/", data={"fault": ""}, timeout=5)
    assert "selected" not in ask(running).text


def test_the_program_starts_stops_and_loads_nothing_of_the_portal():
    script = (
        "import sys, accounts.franceconnect.simulator.__main__\n"
        "ours = ('django', 'castres_portal', 'families', 'accounts')\n"
        "own = ('accounts', 'accounts.franceconnect')\n"
        "print([n for n in sys.modules if n.split('.')[0] in ours and n not in own\n"
        "       and not n.startswith('accounts.franceconnect.simulator')])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"

    environment = {**os.environ, **{f"SIMULATOR_{name.upper()}": value for name, value in vars(CLIENT).items()}}
    process = subprocess.Popen(
        [sys.executable, "-m", "accounts.franceconnect.simulator"],
        cwd=django_settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        url = process.stdout.readline().rpartition(" ")[2].strip()
        assert requests.get(url, timeout=5).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in rest
