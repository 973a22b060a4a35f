"""Linking on purpose, unlinking, and what an agent reads of what did not match."""

from datetime import datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.franceconnect.links import purge_mismatches
from accounts.models import IdentityMismatch
from accounts.tests.factories import PASSWORD, UserFactory
from accounts.tests.franceconnect.visit import come_by_franceconnect, reauthenticate
from castres_portal.base.clock import PARIS

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
LINK = reverse("socialaccount_connections")
UNLINK = reverse("franceconnect_unlink")


def text(response):
    return response.content.decode()


def test_she_signs_in_gives_her_password_again_and_the_identity_is_hers(client, claire, franceconnect):
    come_by_franceconnect(client, "martin")
    sign_in = client.get(f"{reverse('account_login')}?next={LINK}")
    assert "confirmez que ce compte est le vôtre" in text(sign_in)
    landed = client.post(reverse("account_login"), {"login": claire.email, "password": PASSWORD, "next": LINK})
    assert landed["Location"] == LINK
    page = text(client.get(LINK))
    assert "Claire Marie MARTIN" in page and claire.email in page

    asked = client.post(LINK)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not SocialAccount.objects.exists()
    done = client.post(asked["Location"], {"password": PASSWORD}, follow=True)

    assert "FranceConnect est lié à votre compte" in text(done)
    link = SocialAccount.objects.get()
    assert (link.user, link.extra_data) == (claire, {})
    other = Client()
    come_by_franceconnect(other, "martin")
    assert other.session["_auth_user_id"] == str(claire.pk)


def test_a_link_can_begin_in_my_account(client, claire, franceconnect):
    client.force_login(claire)
    assert "Aucune identité n’est liée" in text(client.get(LINK))
    assert come_by_franceconnect(client, "martin")["Location"] == LINK
    reauthenticate(client)
    client.post(LINK)
    assert SocialAccount.objects.get().user == claire


def test_another_s_identity_is_not_linked_and_an_agent_can_read_it(client, claire, franceconnect):
    client.force_login(claire)
    come_by_franceconnect(client, "durand")
    reauthenticate(client)
    page = client.post(LINK, follow=True)
    assert "ne sont pas ceux de ce dossier" in text(page)
    assert not SocialAccount.objects.exists()
    trace = IdentityMismatch.objects.get()
    assert (trace.given, trace.expected) == ("Paul DURAND", "Claire Martin")

    agent = Client()
    agent.force_login(UserFactory(agent=True, role=roles.AGENTS))
    assert "Paul DURAND" in text(agent.get("/admin/accounts/identitymismatch/"))


def test_a_trace_is_forgotten_after_its_time(db):
    for seen_at in (NOON - timedelta(days=100), NOON - timedelta(days=80)):
        IdentityMismatch.objects.create(about="Dossier", expected="Claire", given="Paul", seen_at=seen_at)
    assert purge_mismatches(NOON, True) == 1
    assert IdentityMismatch.objects.count() == 2
    assert purge_mismatches(NOON, False) == 1
    assert IdentityMismatch.objects.get().seen_at > NOON - timedelta(days=90)


def test_an_identity_linked_to_another_account_changes_nothing(client, linked, franceconnect):
    homonym = UserFactory(first_name="Claire", last_name="Martin")
    client.force_login(homonym)
    page = client.get(come_by_franceconnect(client, "martin")["Location"])
    assert "déjà liée à un autre compte" in text(page)
    assert client.session["_auth_user_id"] == str(homonym.pk)
    assert SocialAccount.objects.get().user == linked


def test_one_s_own_identity_again_is_said(client, linked):
    client.force_login(linked)
    page = client.get(come_by_franceconnect(client, "martin")["Location"])
    assert "déjà celle de votre compte" in text(page)


def test_an_identity_linked_elsewhere_between_the_page_and_the_click(client, claire, franceconnect):
    client.force_login(claire)
    come_by_franceconnect(client, "martin")
    sub = client.session["franceconnect_identity"]["sub"]
    SocialAccount.objects.create(user=UserFactory(), provider="franceconnect", uid=sub)
    reauthenticate(client)
    assert "rien n’a été changé" in text(client.post(LINK, follow=True))
    assert SocialAccount.objects.get().user != claire


def test_unlinking_asks_the_password_and_the_account_stays(client, linked):
    client.force_login(linked)
    assert client.post(UNLINK)["Location"].startswith(reverse("account_reauthenticate"))
    assert SocialAccount.objects.exists()
    reauthenticate(client)
    assert "n’est plus lié" in text(client.post(UNLINK, follow=True))
    assert not SocialAccount.objects.exists()
    assert come_by_franceconnect(Client(), "martin")["Location"] == reverse("franceconnect_unknown")


def test_who_has_no_password_keeps_the_only_way_in(client, linked):
    linked.set_unusable_password()
    linked.save()
    client.force_login(linked)
    assert "Choisissez d’abord un mot de passe" in text(client.post(UNLINK, follow=True))
    assert SocialAccount.objects.exists()


def test_it_is_not_me_forgets_the_identity(client, franceconnect):
    come_by_franceconnect(client, "martin")
    client.post(reverse("franceconnect_forget"))
    assert "franceconnect_identity" not in client.session
    assert client.get(reverse("franceconnect_unknown"))["Location"] == reverse("account_login")


def test_after_half_an_hour_the_identity_is_forgotten(client, franceconnect, settings):
    come_by_franceconnect(client, "martin")
    session = client.session
    session["franceconnect_identity"] = {**session["franceconnect_identity"], "until": 1.0}
    session.save()
    assert client.get(reverse("franceconnect_unknown"))["Location"] == reverse("account_login")
    assert "franceconnect_identity" not in client.session
