"""The door of the agents' back office."""

import pytest
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


def test_a_stranger_is_sent_to_the_portal_s_own_sign_in(client):
    page = client.get("/admin/families/family/", follow=True)
    path, _ = page.redirect_chain[-1]
    assert path == f"{reverse('account_login')}?next=/admin/families/family/"


def test_the_admin_s_own_form_takes_no_password(client):
    agent = UserFactory(agent=True)
    response = client.post("/admin/login/", {"username": agent.email, "password": PASSWORD})
    assert response.headers["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_an_agent_without_a_second_factor_is_led_to_it(client):
    client.force_login(UserFactory(agent=True, second_factor=False))
    page = client.get(INDEX, follow=True)
    assert (reverse("mfa_index"), 302) in page.redirect_chain
    assert any("double authentification" in str(message) for message in page.context["messages"])


@pytest.mark.parametrize("address", ["/admin/families/family/", "/admin/accounts/user/", "/admin/search/?s=martin"])
def test_an_agent_without_a_second_factor_sees_nothing(client, address):
    client.force_login(UserFactory(administrator=True, second_factor=False))
    assert client.get(address).status_code == 302


def test_an_agent_with_a_second_factor_enters(client):
    client.force_login(UserFactory(agent=True, role=AGENTS))
    assert client.get(INDEX).status_code == 200


def test_a_password_alone_does_not_open_an_account_that_has_a_second_factor(client):
    agent = UserFactory(agent=True)
    response = client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
    assert response.headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def test_a_parent_is_refused(client):
    client.force_login(UserFactory())
    assert client.get(INDEX, follow=True).status_code == 403


def test_leaving_the_back_office_leaves_the_portal(client):
    client.force_login(UserFactory(agent=True))
    assert client.post("/admin/logout/").headers["Location"] == reverse("home")
    assert "_auth_user_id" not in client.session


def test_a_page_of_the_back_office_asks_once_whether_there_is_a_second_factor(client, django_assert_max_num_queries):
    client.force_login(UserFactory(agent=True, role=AGENTS))
    client.get(INDEX)
    with django_assert_max_num_queries(100) as queries:
        client.get(INDEX)
    asked = [query for query in queries.captured_queries if "mfa_authenticator" in query["sql"]]
    assert len(asked) == 1
