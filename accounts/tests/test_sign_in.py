"""Signing in: throttles that stop a stranger and never the parent, and the previous visit that the header shows."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def sign_in(client, email, password, network="192.0.2.10"):
    return client.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=network)


def test_a_parent_signs_in_whatever_the_case_of_her_address(client):
    user = UserFactory(email="claire@example.org")
    response = sign_in(client, "Claire@Example.org", PASSWORD)
    assert response.headers["Location"] == reverse("dashboard")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(client):
    known = sign_in(client, UserFactory().email, "faux-mot-de-passe")
    unknown = sign_in(client, "inconnue@example.org", "faux-mot-de-passe")
    assert list(known.context["form"].errors.values()) == list(unknown.context["form"].errors.values())


def test_too_many_failures_from_one_place_stop_that_place(client):
    user = UserFactory()
    for _ in range(5):
        sign_in(client, user.email, "faux-mot-de-passe")
    sign_in(client, user.email, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_a_stranger_s_failures_never_refuse_the_parent_her_right_password(client):
    user = UserFactory()
    for _ in range(30):
        sign_in(client, user.email, "faux-mot-de-passe", network="198.51.100.7")
    sign_in(client, user.email, PASSWORD, network="192.0.2.10")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_new_visit_remembers_the_one_before(client, settings):
    user = UserFactory()
    settings.PORTAL_CLOCK = "2026-11-19T12:06"
    sign_in(client, user.email, PASSWORD)
    first = User.objects.get()
    assert first.previous_signed_in_at is None
    client.logout()
    settings.PORTAL_CLOCK = "2026-11-21T08:00"
    sign_in(client, user.email, PASSWORD)
    second = User.objects.get()
    assert second.previous_signed_in_at == first.signed_in_at
    assert second.signed_in_at > first.signed_in_at


def test_nobody_signs_up_alone(client):
    data = {"email": "seul@example.org", "password1": PASSWORD}
    page = client.post(reverse("account_signup"), data)
    assert "Votre espace s’ouvre avec un code" in page.content.decode()
    assert not User.objects.exists()


def test_a_closed_account_does_not_sign_in(client):
    user = UserFactory(is_active=False)
    response = sign_in(client, user.email, PASSWORD)
    assert "_auth_user_id" not in client.session
    assert response.status_code in (200, 302)


def test_my_account_leads_to_all_that_can_be_changed(client):
    client.force_login(UserFactory(first_name="Claire", last_name="Martin"))
    page = client.get(reverse("accounts:home")).content.decode()
    for name in ("account_email", "account_change_password", "mfa_index", "usersessions_list", "families:attach"):
        assert f'href="{reverse(name)}"' in page
    assert "Claire Martin" in page


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
        "mfa_index",
        "usersessions_list",
    ],
)
def test_each_page_of_the_account_opens(client, name):
    client.force_login(UserFactory())
    assert client.get(reverse(name)).status_code == 200
