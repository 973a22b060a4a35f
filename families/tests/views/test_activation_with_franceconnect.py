"""« Activer mon espace » when FranceConnect vouches for who holds the code."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from post_office.models import Email

from accounts.models import IdentityMismatch, User
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.franceconnect.visit import come_by_franceconnect, reauthenticate, stand_in
from families.tests.factories import ActivationCodeFactory

pytestmark = pytest.mark.django_db

ACTIVATE, ACCOUNT = reverse("families:activate"), reverse("families:activate_account")
GOOD = {"code": "acdef-ghjkm", "birth_date": "07/05/2018"}
NEW = {"email": "claire@example.org", "password": PASSWORD}


@pytest.fixture
def code(martins):
    return ActivationCodeFactory(guardian=martins.guardian)


@pytest.fixture
def franceconnect(settings):
    with stand_in(settings) as running:
        yield running


def text(response):
    return response.content.decode()


def link_in_mail():
    return re.search(r"/activer/confirmer/[\w-]+/", Email.objects.order_by("-pk")[0].message).group()


def test_identity_code_address_then_franceconnect_is_enough(client, code, franceconnect):
    come_by_franceconnect(client, "martin")
    assert "Claire Marie MARTIN" in text(client.get(ACTIVATE))
    assert client.post(ACTIVATE, GOOD)["Location"] == ACCOUNT
    client.post(ACCOUNT, NEW)
    assert not User.objects.exists()  # none before the address is confirmed
    assert not SocialAccount.objects.exists()

    client.post(link_in_mail())

    user = User.objects.get()
    assert SocialAccount.objects.get().user == user
    assert "franceconnect_identity" not in client.session
    later = Client()
    assert come_by_franceconnect(later, "martin")["Location"] == reverse("dashboard")
    assert later.session["_auth_user_id"] == str(user.pk)


def test_the_link_followed_on_another_device_links_too(client, code, franceconnect):
    come_by_franceconnect(client, "martin")
    client.post(ACTIVATE, GOOD)
    client.post(ACCOUNT, NEW)
    Client().post(link_in_mail())
    assert SocialAccount.objects.get().user == User.objects.get()


def test_another_s_code_is_refused_and_an_agent_can_read_it(client, code, martins, franceconnect):
    come_by_franceconnect(client, "durand")
    page = client.post(ACTIVATE, GOOD)
    assert page.status_code == 200
    assert "ne sont pas ceux de ce dossier" in str(page.context["form"].non_field_errors())
    assert 'value="acdef-ghjkm"' in text(page)
    trace = IdentityMismatch.objects.get()
    assert trace.about == f"Dossier {martins.family.number}"
    assert (trace.expected, trace.given) == ("Claire MARTIN", "Paul DURAND")
    assert client.get(ACCOUNT)["Location"] == ACTIVATE


def test_an_identity_taken_between_two_steps_is_compared_again(client, code, franceconnect):
    client.post(ACTIVATE, GOOD)
    come_by_franceconnect(client, "durand")
    page = client.post(ACCOUNT, NEW, follow=True)
    assert "ne sont pas ceux de ce dossier" in text(page)
    assert not Email.objects.exists()


def test_without_franceconnect_nothing_is_linked(client, code, franceconnect):
    client.post(ACTIVATE, GOOD)
    client.post(ACCOUNT, NEW)
    client.post(link_in_mail())
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_an_identity_linked_meanwhile_does_not_close_the_space(client, code, franceconnect):
    come_by_franceconnect(client, "martin")
    sub = client.session["franceconnect_identity"]["sub"]
    client.post(ACTIVATE, GOOD)
    client.post(ACCOUNT, NEW)
    SocialAccount.objects.create(user=UserFactory(), provider="franceconnect", uid=sub)
    assert client.post(link_in_mail())["Location"] == reverse("dashboard")
    assert SocialAccount.objects.count() == 1


def test_the_last_identity_wins_in_a_double_click(client, code, franceconnect):
    client.post(ACTIVATE, GOOD)
    client.post(ACCOUNT, NEW)
    come_by_franceconnect(client, "martin")
    client.post(ACCOUNT, NEW)
    client.post(link_in_mail())
    assert SocialAccount.objects.get().user == User.objects.get()


def test_a_guardian_who_may_only_read_still_links_her_own_account(client, martins, franceconnect):
    martins.guardian.user = UserFactory(first_name="Claire", last_name="Martin")
    martins.guardian.rights = martins.guardian.Rights.READ_ONLY
    martins.guardian.rights_reason = "Essai"
    martins.guardian.save()
    client.force_login(martins.guardian.user)
    assert come_by_franceconnect(client, "martin")["Location"] == reverse("socialaccount_connections")
    reauthenticate(client)
    client.post(reverse("socialaccount_connections"))
    assert SocialAccount.objects.get().user == martins.guardian.user
    assert client.post(reverse("franceconnect_unlink")).status_code == 302
    assert not SocialAccount.objects.exists()
