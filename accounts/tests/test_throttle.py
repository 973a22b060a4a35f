"""Waits that grow before whoever guesses, and never stand before the parent. The clock is moved by time-machine."""

import threading
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from accounts import throttle
from accounts.rules import waiting
from accounts.tests.factories import PASSWORD, UserFactory
from castres_portal.base import clock
from castres_portal.base.tests.races import at_once

HOME, STRANGER = "192.0.2.10", "198.51.100.7"


@pytest.fixture
def time():
    with time_machine.travel("2026-11-19T12:06:00+01:00", tick=False) as traveller:
        yield traveller


def attempt(client, user, password="faux-mot-de-passe", network=HOME):
    page = client.post(reverse("account_login"), {"login": user.email, "password": password}, REMOTE_ADDR=network)
    return " ".join(page.context["form"].non_field_errors()) if page.status_code == 200 else ""


def leave(client):
    """Sign out; the browser keeps what the device is known by."""
    client.post(reverse("account_logout"))


@pytest.mark.django_db
def test_the_wait_is_said_and_grows_and_what_was_typed_stays(client, time):
    user = UserFactory()
    for _ in range(5):
        assert "Patientez" not in attempt(client, user)
    assert "Patientez 30 secondes" in attempt(client, user)
    assert "Patientez 30 secondes" in attempt(client, user, PASSWORD)  # a wait costs nothing more
    time.shift(30)
    assert "Patientez" not in attempt(client, user)
    page = client.post(reverse("account_login"), {"login": user.email, "password": "faux"}, REMOTE_ADDR=HOME)
    assert "Patientez 1 minute" in page.content.decode()
    assert "votre compte n’est pas bloqué" in page.content.decode()
    assert f'value="{user.email}"' in page.content.decode()


@pytest.mark.django_db
def test_after_the_wait_the_right_password_passes_and_forgets_the_failures(client, time):
    user = UserFactory()
    for _ in range(5):
        attempt(client, user)
    time.shift(31)
    attempt(client, user, PASSWORD)
    assert client.session["_auth_user_id"] == str(user.pk)
    client.logout()
    client.cookies.clear()
    for _ in range(5):
        assert "Patientez" not in attempt(client, user)
    time.shift(31)
    assert "Patientez" not in attempt(client, user)


@pytest.mark.django_db
def test_an_hour_later_all_is_forgotten_and_nobody_ever_waits_more_than_a_quarter_of_an_hour(client, time):
    user = UserFactory()
    for _ in range(40):
        attempt(client, user)
        time.shift(16 * 60)
        assert "Patientez" not in attempt(client, user)
        time.shift(1)
    time.shift(3600)
    attempt(client, user, PASSWORD)
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_the_right_password_from_a_known_device_always_passes(client, time):
    user = UserFactory()
    attempt(client, user, PASSWORD)
    leave(client)
    for _ in range(12):
        assert "Patientez" not in attempt(client, user)
    attempt(client, user, PASSWORD)
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_the_device_of_one_account_opens_no_other(client, time):
    mine, hers = UserFactory(), UserFactory()
    attempt(client, mine, PASSWORD)
    leave(client)
    for _ in range(5):
        attempt(client, hers)
    assert "Patientez" in attempt(client, hers)


@pytest.mark.django_db
def test_a_crowd_of_strangers_never_refuses_the_parent_her_right_password(client, time):
    user = UserFactory()
    for number in range(80):
        attempt(client, user, network=f"198.51.100.{number}")
    # Each new address now has one try instead of five…
    assert "Patientez" not in attempt(client, user, network="203.0.113.1")
    assert "Patientez" in attempt(client, user, network="203.0.113.1")
    # … which is all that she needs.
    attempt(client, user, PASSWORD, network=HOME)
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_an_address_that_tries_many_accounts_is_slowed_down_too(client, time):
    for _ in range(40):
        attempt(client, UserFactory(), network=STRANGER)
    assert "Patientez" in attempt(client, UserFactory(), network=STRANGER)
    assert "Patientez" not in attempt(client, UserFactory(), network=HOME)


def test_a_success_behind_a_shared_address_gives_the_next_person_her_turn_at_once(time):
    at = clock.now()
    for number in range(41):
        throttle.admit_password(network=STRANGER, email=f"{number}@example.org", device_is_known=False, at=at)
        at += timedelta(minutes=1) if number > 38 else timedelta(0)
    for _ in range(3):
        at += timedelta(minutes=1)
        throttle.admit_password(network=STRANGER, email="parent@example.org", device_is_known=False, at=at).succeeded()


def crowd_after_the_wait(monkeypatch):
    """Twenty tries that have all read the same tally before any of them counts; return the answers."""
    at = clock.now()
    for _ in range(10):
        throttle.admit_code(network=STRANGER, at=at)
    gate, real = threading.Barrier(20), waiting.remaining_wait

    def all_together(*arguments, **options):
        left = real(*arguments, **options)
        gate.wait(10)
        return left

    monkeypatch.setattr(waiting, "remaining_wait", all_together)
    deed = partial(throttle.admit_code, network=STRANGER, at=at + timedelta(seconds=31))
    return [isinstance(answer, throttle.Attempt) for answer in at_once(*[deed] * 20)]


@pytest.mark.django_db
def test_twenty_tries_at_the_same_instant_are_one_try(time, monkeypatch):
    assert sum(crowd_after_the_wait(monkeypatch)) == 1


@pytest.mark.django_db
def test_control_without_turns_all_twenty_would_pass(time, monkeypatch):
    monkeypatch.setattr(throttle.Tally, "take_turn", lambda self, count, patience: True)
    assert sum(crowd_after_the_wait(monkeypatch)) == 20


def test_without_a_cache_every_door_is_open(monkeypatch):
    # What ForgivingRedisCache answers when Redis is down.
    monkeypatch.setattr(cache, "get", lambda key, default=None, **options: default)
    monkeypatch.setattr(cache, "add", lambda *arguments, **options: True)
    monkeypatch.setattr(cache, "incr", lambda *arguments, **options: 1)
    for _ in range(100):
        throttle.admit_password(network=STRANGER, email="a@example.org", device_is_known=False, at=clock.now())


def test_no_address_stands_in_clear_in_the_cache():
    assert "example.org" not in throttle.Tally.of("compte", "claire@example.org").key
