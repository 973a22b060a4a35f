"""Signing in with FranceConnect, and each way in which it may not end well."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.franceconnect import client as server_calls
from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.tests.franceconnect.visit import START, come_by_franceconnect, stand_in, way_back

pytestmark = pytest.mark.django_db

LOGIN = reverse("account_login")


def text(response):
    return response.content.decode()


def is_signed_in(browser, user):
    return browser.session.get("_auth_user_id") == str(user.pk)


def test_a_linked_identity_opens_its_account(client, linked):
    answer = come_by_franceconnect(client, "martin")
    assert answer["Location"] == reverse("dashboard")
    assert is_signed_in(client, linked)


def test_the_person_lands_where_she_was_going(client, linked):
    assert come_by_franceconnect(client, "martin", next="/factures/")["Location"] == "/factures/"
    before_the_button = text(Client().get(f"{LOGIN}?next=/factures/")).partition("franceconnect__button")[0]
    assert before_the_button.count('name="next" value="/factures/"') == 1


def test_she_is_never_sent_to_another_site(client, linked):
    assert come_by_franceconnect(client, "martin", next="https://pirate.example.org/")["Location"] == reverse(
        "dashboard"
    )


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_both_signatures_are_understood(client, claire, settings, algorithm):
    with stand_in(settings, algorithm):
        assert come_by_franceconnect(client, "martin")["Location"] == reverse("franceconnect_unknown")


def test_what_is_asked_is_what_v2_wants_and_no_more(client, franceconnect):
    way_back(client, "martin")
    asked = franceconnect.app.asked[-1]
    assert asked["acr_values"] == "eidas1"
    assert set(asked["scope"].split()) == {"openid", "given_name", "family_name", "preferred_username"}
    assert asked["redirect_uri"] == "http://testserver/compte/franceconnect/retour/"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 32 and len(asked["nonce"]) >= 32 and asked["state"] != asked["nonce"]


def test_what_a_visitor_adds_to_the_address_changes_nothing(client, franceconnect):
    leaving = client.post(f"{START}?scope=email&auth_params=acr_values%3Deidas0&process=connect")
    asked = parse_qs(urlsplit(leaving["Location"]).query)
    assert asked["acr_values"] == ["eidas1"]
    assert "email" not in asked["scope"][0]


def test_an_identity_that_nobody_linked_opens_nothing(client, claire, franceconnect):
    answer = come_by_franceconnect(client, "martin")
    assert answer["Location"] == reverse("franceconnect_unknown")
    page = client.get(answer["Location"])
    assert "Nous ne connaissons pas encore cette identité" in text(page)
    assert "Claire Marie MARTIN" in text(page)
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_an_address_that_franceconnect_passes_on_is_never_looked_for(client, franceconnect):
    UserFactory(email="claire@example.org", first_name="Claire", last_name="Martin")
    come_by_franceconnect(client, "martin")
    assert "_auth_user_id" not in client.session


def test_nothing_of_the_identity_nor_of_the_tokens_stays(client, linked):
    come_by_franceconnect(client, "martin")
    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()
    assert "Delmas".upper() not in str(dict(client.session)).upper()


def test_an_account_that_was_closed_stays_closed(client, linked):
    linked.is_active = False
    linked.save()
    assert come_by_franceconnect(client, "martin")["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session


def test_an_agent_still_gives_her_second_factor(client, franceconnect):
    agent = UserFactory(agent=True)
    sub = next(franceconnect.app.subject(p) for p in _people() if p.key == "agent")
    SocialAccount.objects.create(user=agent, provider="franceconnect", uid=sub)
    answer = come_by_franceconnect(client, "agent")
    assert answer["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/families/family/").status_code == 302


def _people():
    from accounts.franceconnect.simulator.people import PEOPLE

    return PEOPLE


# --- What may go wrong ------------------------------------------------------------------------------------------------

DECLINED = "Vous n’avez pas continué avec FranceConnect"
DOWN = "FranceConnect ne répond pas pour le moment"
NOT_DONE = "La connexion avec FranceConnect n’a pas abouti"
LOST = "Cette connexion a été interrompue"
DOUBTFUL = "Nous n’avons pas pu vérifier la réponse de FranceConnect"


@pytest.mark.parametrize(
    "fault, status, said",
    [
        ("access_denied", 200, DECLINED),
        ("invalid_request", 400, NOT_DONE),
        ("server_error", 503, DOWN),
        ("temporarily_unavailable", 503, DOWN),
        ("lost_state", 400, LOST),
        ("other_issuer_in_url", 400, LOST),
        ("slow", 503, DOWN),
        ("token_500", 503, DOWN),
        ("token_garbage", 503, DOWN),
        ("token_huge", 503, DOWN),
        ("token_refused", 400, NOT_DONE),
        ("wrong_signature", 400, DOUBTFUL),
        ("unknown_key", 400, DOUBTFUL),
        ("alg_none", 400, DOUBTFUL),
        ("alg_hs256", 400, DOUBTFUL),
        ("wrong_nonce", 400, DOUBTFUL),
        ("expired", 400, DOUBTFUL),
        ("wrong_issuer", 400, DOUBTFUL),
        ("wrong_audience", 400, DOUBTFUL),
        ("no_acr", 400, DOUBTFUL),
        ("userinfo_json", 400, DOUBTFUL),
        ("userinfo_other_sub", 400, DOUBTFUL),
        ("userinfo_wrong_signature", 400, DOUBTFUL),
        ("userinfo_500", 503, DOWN),
    ],
)
def test_each_failure_is_said_kindly_and_opens_nothing(client, linked, fault, status, said):
    answer = come_by_franceconnect(client, "martin", fault)
    assert answer.status_code == status
    assert f"<h1>{said}</h1>" in text(answer)
    assert f'href="{LOGIN}"' in text(answer)
    assert "_auth_user_id" not in client.session
    # The same visit, without the fault, opens the account.
    come_by_franceconnect(client, "martin")
    assert is_signed_in(client, linked)


def test_keys_renewed_during_the_visit_are_fetched_again(client, linked, franceconnect):
    come_by_franceconnect(Client(), "martin")
    assert come_by_franceconnect(client, "martin", "rotated")["Location"] == reverse("dashboard")
    assert franceconnect.app.calls.count("GET /api/v2/jwks") == 2


def test_unknown_keys_do_not_make_us_knock_at_franceconnect_without_end(client, linked, franceconnect):
    for _ in range(5):
        come_by_franceconnect(Client(), "martin", "unknown_key")
    assert franceconnect.app.calls.count("GET /api/v2/jwks") <= 2
    assert franceconnect.app.calls.count("GET /api/v2/.well-known/openid-configuration") == 1


def test_a_way_back_serves_once(client, linked):
    back = way_back(client, "martin")
    assert client.get(back).status_code == 302
    client.logout()
    assert LOST in text(client.get(back))


def test_a_way_back_belongs_to_the_browser_that_left(client, linked):
    back = way_back(client, "martin")
    assert LOST in text(Client().get(back))


def test_a_way_back_after_ten_minutes_is_too_late(client, linked, monkeypatch):
    back = way_back(client, "martin")
    monkeypatch.setattr("allauth.socialaccount.internal.statekit.STATE_TTL", -1)
    assert LOST in text(client.get(back))


def test_franceconnect_that_is_down_is_said_at_the_button(client, settings, claire):
    settings.FRANCECONNECT = {**settings.FRANCECONNECT, "BASE_URL": "http://127.0.0.1:9/api/v2"}
    answer = client.post(START)
    assert answer.status_code == 503
    assert DOWN in text(answer)
    assert client.post(LOGIN, {"login": claire.email, "password": "tramontane-Agout-27"}).status_code == 302


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://un-autre.example.org"},
        {"token_endpoint": "https://un-autre.example.org/token"},
        {"authorization_endpoint": "https://un-autre.example.org/authorize"},
        {"jwks_uri": None},
    ],
)
def test_a_configuration_that_leads_elsewhere_is_not_followed(client, franceconnect, monkeypatch, published):
    real = franceconnect.app.configuration

    def lying(environ):
        import json

        answer = real(environ)
        answer.body = json.dumps(json.loads(answer.body) | published).encode()
        return answer

    monkeypatch.setattr(franceconnect.app, "configuration", lying)
    assert DOWN in text(client.post(START))


def test_without_pkce_on_the_other_side_none_is_sent(client, franceconnect, monkeypatch):
    known = server_calls.server()
    cache.set(f"franceconnect:adresses:{franceconnect.app.issuer}", {**vars(known), "pkce": False})
    assert come_by_franceconnect(client, "martin")["Location"] == reverse("franceconnect_unknown")
    assert "code_challenge" not in franceconnect.app.asked[-1]


@pytest.mark.parametrize("fault", ["", "wrong_signature", "token_refused", "userinfo_json", "expired"])
def test_no_token_nor_name_reaches_the_journal(client, linked, caplog, fault):
    with caplog.at_level(logging.DEBUG):
        back = way_back(client, "martin", fault)
        client.get(back)
    code = parse_qs(urlsplit(back).query)["code"][0]
    journal = caplog.text + "".join(str(record.args) for record in caplog.records if "urllib3" not in record.name)
    for secret in (code, "eyJ", "Delmas", "DELMAS"):
        assert secret not in journal


def test_without_keys_there_is_no_button_and_no_page(client, claire, settings):
    settings.FRANCECONNECT = {**settings.FRANCECONNECT, "CLIENT_ID": ""}
    assert "FranceConnect" not in text(client.get(LOGIN))
    assert client.post(START).status_code == 404
    for name in ("franceconnect_callback", "franceconnect_unknown", "franceconnect_signed_out"):
        assert client.get(reverse(name)).status_code == 404
    client.force_login(claire)
    assert "FranceConnect" not in text(client.get("/compte/"))
    assert client.get(reverse("socialaccount_connections")).status_code == 404


def test_the_button_says_the_official_words(client):
    page = text(client.get(LOGIN))
    assert "S’identifier avec" in page
    assert "Qu’est-ce que FranceConnect&#8239;?" in page
    assert 'href="https://franceconnect.gouv.fr/"' in page


def test_forms_may_lead_to_franceconnect(client):
    policy = client.get(LOGIN)["Content-Security-Policy"]
    assert "http://127.0.0.1:9" in policy.partition("form-action")[2].partition(";")[0]


def test_a_form_from_elsewhere_starts_nothing(franceconnect):
    assert Client(enforce_csrf_checks=True).post(START).status_code == 403
