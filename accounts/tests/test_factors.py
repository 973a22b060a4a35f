"""Second factors: optional for parents, mandatory for agents, who keep at least one."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from accounts.queries.factors import factors_of
from accounts.roles import AGENTS
from accounts.tests.factories import PASSWORD, UserFactory, give_passkey

pytestmark = pytest.mark.django_db


def proven(user):
    """A browser that has just proved that its owner is there."""
    client = Client()
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def activate_application(client):
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    return client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)


def test_a_passkey_alone_opens_the_back_office_to_an_agent():
    agent = UserFactory(agent=True, role=AGENTS, second_factor=False)
    client = Client()
    client.force_login(agent)
    assert client.get("/admin/").status_code == 302
    give_passkey(agent)
    assert client.get("/admin/").status_code == 200


def test_recovery_codes_alone_open_nothing():
    agent = UserFactory(agent=True, role=AGENTS)
    Authenticator.objects.filter(user=agent).delete()
    Authenticator.objects.create(user=agent, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "a", "used_mask": 0})
    client = Client()
    client.force_login(agent)
    assert client.get("/admin/").status_code == 302


def test_recovery_codes_come_with_the_first_factor_and_are_shown_once():
    agent = UserFactory(agent=True, role=AGENTS, second_factor=False)
    client = proven(agent)
    page = activate_application(client)
    assert page.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    shown = page.content.decode()
    assert shown.count('<li class="code">') == 10
    assert "montrés maintenant, et plus jamais" in shown
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert '<li class="code">' not in again
    assert "Ils ont déjà été montrés" in again
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 403
    assert factors_of(agent).recovery_codes == 10


def test_a_recovery_code_replaces_the_application_once():
    agent = UserFactory(agent=True, role=AGENTS, second_factor=False)
    page = activate_application(proven(agent))
    code = page.context["unused_codes"][0]
    for wanted in (302, 200):
        client = Client()
        client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == wanted


@pytest.mark.parametrize("agent", [True, False])
def test_an_agent_keeps_her_last_application_and_a_parent_may_take_hers_away(agent):
    user = UserFactory(agent=agent, second_factor=True)
    proven(user).post(reverse("mfa_deactivate_totp"))
    assert factors_of(user).has_application is agent


@pytest.mark.parametrize("agent, left", [(True, 1), (False, 0)])
def test_an_agent_keeps_her_last_passkey_and_a_parent_may_take_hers_away(agent, left):
    user = UserFactory(agent=agent, second_factor=False)
    page = proven(user).post(reverse("mfa_remove_webauthn", args=[give_passkey(user).pk]), follow=True)
    assert factors_of(user).passkeys == left
    assert ("votre dernier second facteur" in page.content.decode()) is agent


def test_an_agent_with_two_factors_may_take_one_away():
    agent = UserFactory(agent=True)
    client = proven(agent)
    client.post(reverse("mfa_remove_webauthn", args=[give_passkey(agent).pk]))
    assert (factors_of(agent).passkeys, factors_of(agent).has_application) == (0, True)
    give_passkey(agent)
    client.post(reverse("mfa_deactivate_totp"))
    assert (factors_of(agent).passkeys, factors_of(agent).has_application) == (1, False)


def test_another_person_s_passkey_does_not_exist():
    passkey = give_passkey(UserFactory())
    client = proven(UserFactory())
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert client.post(reverse(name, args=[passkey.pk])).status_code == 404


def test_a_passkey_is_renamed():
    user = UserFactory()
    passkey = give_passkey(user)
    client = proven(user)
    client.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "Mon téléphone"})
    assert "Mon téléphone" in client.get(reverse("mfa_list_webauthn")).content.decode()


def test_a_passkey_that_nobody_knows_signs_nobody_in(client):
    page = client.post(reverse("mfa_login_webauthn"), {"credential": '{"response": {"userHandle": "MQ"}}'}, follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_the_page_for_a_passkey_says_what_to_do_where_there_is_none():
    text = proven(UserFactory()).get(reverse("mfa_add_webauthn")).content.decode()
    assert "Pas de clé d’accès sur ce navigateur" in text
    assert "Une application d’authentification protège aussi bien" in text


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_activate_totp", "mfa_generate_recovery_codes"]
)
def test_each_page_of_the_factors_opens(name):
    user = UserFactory(second_factor=name == "mfa_generate_recovery_codes")
    assert proven(user).get(reverse(name)).status_code == 200
