"""A sign-in from a device that is not known is told by mail; the first one, and a known one, are not."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from post_office.models import Email

from accounts.devices import COOKIE
from accounts.models import KnownDevice
from accounts.services.devices import MOST_MAILS, note_sign_in
from accounts.tests.factories import PASSWORD, UserFactory
from castres_portal.base import clock

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/127.0.0.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def sign_in(client, user, device=PHONE, network="192.0.2.10"):
    data = {"login": user.email, "password": PASSWORD}
    return client.post(reverse("account_login"), data, REMOTE_ADDR=network, HTTP_USER_AGENT=device)


def sign_out(client):
    client.post(reverse("account_logout"))


def alarms():
    return list(Email.objects.filter(mark__kind="accounts/mail/new_device").order_by("pk"))


def test_the_first_device_of_an_account_alarms_nobody(client):
    sign_in(client, UserFactory())
    assert alarms() == []
    assert KnownDevice.objects.get().label == "Téléphone Android – Chrome"


def test_a_second_device_is_told_with_when_what_where_and_what_to_do(client, settings):
    user = UserFactory()
    sign_in(client, user)
    client.logout()  # the test client forgets its cookies: another browser
    sign_in(client, user, LAPTOP, network="198.51.100.7")
    told = alarms()[0]
    assert told.to == [user.email]
    for body in (told.message, told.html_message):
        for words in ("Ordinateur Windows – Firefox", "198.51.100.x", reverse("usersessions_list"), "mot de passe"):
            assert words in body
        assert re.search(r"\d\d/\d\d/\d{4} à \d\d:\d\d", body)
        assert "198.51.100.7" not in body


def test_a_device_that_comes_back_is_known(client):
    user = UserFactory()
    sign_in(client, user)
    sign_out(client)
    sign_in(client, user, network="203.0.113.5")
    assert alarms() == []
    assert KnownDevice.objects.count() == 1


def test_two_parents_on_the_family_computer_are_each_known_there(client):
    first, second = UserFactory(), UserFactory()
    for user in (first, second):
        sign_in(client, user)
        sign_out(client)
    assert KnownDevice.objects.count() == 2
    assert alarms() == []
    assert KnownDevice.objects.filter(user=first).get().digest != client.cookies[COOKIE].value


def test_the_cookie_is_for_the_server_alone(client):
    sign_in(client, UserFactory())
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(cookie.value) >= 40


def test_a_browser_that_refuses_cookies_is_told_once_a_day_and_not_at_each_visit(client, settings):
    user = UserFactory()
    sign_in(client, user)
    for _ in range(4):
        client.logout()
        sign_in(client, user, LAPTOP)
    assert len(alarms()) == 1


def test_no_more_than_five_mails_leave_in_a_day():
    user, at = UserFactory(), clock.now()
    for number in range(20):
        note_sign_in(user=user, digest=f"{number:064d}", label=f"Appareil {number}", network="192.0.2.x", at=at)
    assert len(alarms()) == MOST_MAILS
    note_sign_in(user=user, digest="f" * 64, label="Le lendemain", network="192.0.2.x", at=at + timedelta(hours=25))
    assert len(alarms()) == MOST_MAILS + 1


def test_a_device_unseen_for_thirteen_months_is_forgotten():
    user, at = UserFactory(), clock.now()
    note_sign_in(user=user, digest="a" * 64, label="Vieux", network="", at=at - timedelta(days=400))
    note_sign_in(user=user, digest="b" * 64, label="Neuf", network="", at=at)
    assert [device.label for device in KnownDevice.objects.all()] == ["Neuf"]


def test_a_new_password_forgets_the_other_devices(client):
    user = UserFactory()
    sign_in(client, user)
    note_sign_in(user=user, digest="a" * 64, label="Ailleurs", network="", at=clock.now())
    new = {"oldpassword": PASSWORD, "password1": "Sidobre-granit-46", "password2": "Sidobre-granit-46"}
    client.post(reverse("account_change_password"), new, HTTP_USER_AGENT=PHONE)
    assert [device.label for device in user.devices.all()] == ["Téléphone Android – Chrome"]
