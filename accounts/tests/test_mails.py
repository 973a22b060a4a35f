"""Each mail that allauth may send has our three templates, says who and what, and keeps its body from the agents."""

import re
import time

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from post_office.models import Email

from accounts.tests.factories import PASSWORD, UserFactory, totp_secret_of
from castres_portal.base import mail

pytestmark = pytest.mark.django_db

LINK = re.compile(r"http://\S+/compte/\S+")
NOTICES = [
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_set",
    "account/email/email_confirm",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/recovery_codes_generated",
    "mfa/email/webauthn_added",
    "mfa/email/webauthn_removed",
]


def only_mail():
    return Email.objects.get()


@pytest.fixture
def asking(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    with context.request_context(request):
        yield request


@pytest.mark.parametrize("prefix", NOTICES)
def test_a_notice_tells_what_changed_when_and_whom_to_call(prefix, asking, settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"
    user = UserFactory()
    get_adapter().send_notification_mail(prefix, user)
    sent = only_mail()
    assert sent.to == [user.email]
    assert sent.subject
    for body in (sent.message, sent.html_message):
        assert "19/11/2026 à 12:06" in body
        assert "127.0.0.1" in body
        assert "05\u00a063\u00a062" in body


@pytest.mark.parametrize(
    ("prefix", "extra"),
    [
        ("account/email/email_changed", {"from_email": "avant@example.org", "to_email": "apres@example.org"}),
        ("account/email/email_deleted", {"deleted_email": "avant@example.org"}),
    ],
)
def test_a_notice_about_an_address_names_it(prefix, extra, asking):
    get_adapter().send_notification_mail(prefix, UserFactory(), extra)
    sent = only_mail()
    assert all(address in sent.message and address in sent.html_message for address in extra.values())


def test_a_forgotten_password_brings_a_link_that_works_once(client):
    user = UserFactory()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = LINK.search(only_mail().message).group()
    assert link in only_mail().html_message
    page = client.get(link, follow=True)
    target = page.redirect_chain[-1][0]
    client.post(target, {"password1": "Sidobre-granit-46", "password2": "Sidobre-granit-46"})
    assert client.login(email=user.email, password="Sidobre-granit-46")
    client.logout()
    assert "ne fonctionne plus" in client.get(link).content.decode()


def test_an_address_without_a_space_is_told_so_by_mail_only(client):
    known = client.post(reverse("account_reset_password"), {"email": UserFactory().email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "inconnu@example.org"}, follow=True)
    assert unknown.redirect_chain == known.redirect_chain
    assert "Aucun espace" in Email.objects.get(to="inconnu@example.org").message


def test_a_new_address_is_confirmed_by_its_owner_and_the_old_one_is_told(client):
    user = UserFactory()
    client.force_login(user)
    old = user.email
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": "nouvelle@example.org", "action_add": ""})
    asked = Email.objects.get(to=old)  # told at once, while nothing has changed yet
    assert "nouvelle@example.org" in asked.message
    assert "nouvelle@example.org" in asked.html_message
    link = LINK.search(Email.objects.get(to="nouvelle@example.org").message).group()
    client.post(link)
    user.refresh_from_db()
    assert user.email == "nouvelle@example.org"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [
        ("nouvelle@example.org", True)
    ]
    assert [sent.mark.kind for sent in Email.objects.filter(to=old).order_by("pk")] == [
        "accounts/mail/address_change_asked",
        "account/mail/email_changed",
    ]


def test_the_second_factor_is_told_by_mail(client):
    user = UserFactory(second_factor=True)
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert "ne demande plus que le mot de passe" in only_mail().message
    with pytest.raises(Exception, match="does not exist"):
        totp_secret_of(user)


def test_the_body_of_these_mails_is_erased_once_they_have_left(client, django_capture_on_commit_callbacks, settings):
    from castres_portal.base import clock

    client.post(reverse("account_reset_password"), {"email": UserFactory().email})
    mail.send_waiting(at=clock.now())
    sent = only_mail()
    assert not LINK.search(sent.message + sent.html_message)
    assert sent.mark.secret
