"""The waiting room before a period that opens: by rank of arrival, in Redis; open without it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as present_settings
from django.test import Client

from castres_portal.base import workload
from families.tests.factories import GuardianFactory
from reservations.models import Booking
from reservations.tests.factories import HolidayPeriodFactory, a_child_in_the_holidays
from reservations.tests.views.conftest import NOON
from reservations.tests.views.test_holidays import DAYS, FIRST_WEEK, MEAL, hidden
from reservations.waiting_room import openings, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    from castres_portal.base import clock

    openings.forget()
    monkeypatch.setattr(clock, "now", lambda: NOON)
    yield
    openings.forget()


@pytest.fixture
def full(settings, clock):
    """One place inside, and in practice nobody else lets in for an hour."""
    settings.WAITING_ROOM = present_settings.WAITING_ROOM | {
        "enabled": True,
        "rate": 1.0,
        "places": 1,
        "minutes": 60,
        "hold": 300,
        "prefix": f"essai-{uuid4()}:",
    }
    return settings


def visitor():
    guardian = GuardianFactory(with_space=True)
    child, _ = a_child_in_the_holidays(guardian.family)
    client = Client()
    client.force_login(guardian.user)
    return client, child


def place_of(response):
    found = re.search(r"Votre place : <strong>(\d+)</strong>", response.content.decode().replace("\u00a0", " "))
    return int(found[1]) if found else None


def book(client, page, child, path):
    fields = {name: value for name, value in hidden(page).items() if name != "csrfmiddlewaretoken"}
    return client.post(path, fields | {"jour": [f"{child.pk}_{DAYS[0]}"], f"formule-{child.pk}-{FIRST_WEEK}": MEAL})


@pytest.mark.postgres
def test_families_come_in_one_after_the_other_in_the_order_of_their_arrival(full):
    period = HolidayPeriodFactory(opens_at=NOON - timedelta(minutes=1))
    path = f"/vacances/{period.pk}/"
    (first, lea), (second, _), (third, _) = visitor(), visitor(), visitor()

    page = first.get(path)
    assert place_of(page) is None
    assert [place_of(second.get(path)), place_of(third.get(path)), place_of(second.get(path))] == [1, 2, 1]
    waiting = second.get(path)
    assert waiting["Refresh"] == f"2; url={path}"
    assert waiting["Cache-Control"] == "no-store"

    assert book(first, page.content.decode(), lea, path).status_code == 302
    full.WAITING_ROOM = full.WAITING_ROOM | {"rate": 1000.0}  # time has passed
    assert place_of(third.get(path)) == 1  # the one before her has been called, and is not passed over
    assert place_of(second.get(path)) is None


@pytest.mark.postgres
def test_a_form_that_was_handed_out_is_taken_though_its_place_lapsed(full):
    period = HolidayPeriodFactory(opens_at=NOON - timedelta(minutes=1))
    path = f"/vacances/{period.pk}/"
    (first, lea), (second, tom) = visitor(), visitor()
    page = first.get(path).content.decode()
    ticket = room._redis().zrange(room._key(period.pk, "dedans"), 0, -1)[0]
    room.leave(period.pk, ticket.decode())
    second.get(path)  # takes the place

    assert book(first, page, lea, path).status_code == 302
    assert Booking.objects.count() == 1
    # The same form is worth nothing in another session: it is shown the room.
    stolen = book(Client(), page, tom, path)
    assert stolen["Location"].startswith("/compte/connexion/")


@pytest.mark.postgres
def test_agents_do_not_wait_and_nobody_does_before_or_long_after_the_opening(full):
    for opens_at in (NOON + timedelta(minutes=10), NOON - timedelta(minutes=61)):
        period = HolidayPeriodFactory(opens_at=opens_at, starts_on=DAYS[0] + timedelta(days=opens_at > NOON))
        openings.forget()
        clients = [visitor()[0] for _ in range(2)]
        assert [place_of(client.get(f"/vacances/{period.pk}/")) for client in clients] == [None, None]
        period.delete()


@pytest.mark.postgres
def test_who_waited_for_the_opening_takes_her_place_before_anything_is_read(
    full, monkeypatch, django_assert_num_queries
):
    period = HolidayPeriodFactory(opens_at=NOON + timedelta(minutes=10))
    path = f"/vacances/{period.pk}/"
    (first, _), (second, _) = visitor(), visitor()
    for client in (first, second):
        assert place_of(client.get(path)) is None
    from castres_portal.base import clock

    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=10))
    first.get(path)
    with django_assert_num_queries(0):
        assert place_of(second.get(path)) == 1


def test_without_redis_the_door_is_open_and_the_log_says_so(full, monkeypatch, caplog):
    full.REDIS_URL = "redis://127.0.0.1:1/0"
    room._redis.cache_clear()
    room._script.cache_clear()
    monkeypatch.setattr(room, "_down_until", 0.0)
    period = HolidayPeriodFactory(opens_at=NOON - timedelta(minutes=1))
    clients = [visitor()[0] for _ in range(2)]
    assert [place_of(client.get(f"/vacances/{period.pk}/")) for client in clients] == [None, None]
    assert "la salle d’attente est ouverte" in caplog.text
    room._redis.cache_clear()
    room._script.cache_clear()
    monkeypatch.setattr(room, "_down_until", 0.0)


def test_without_a_redis_address_there_is_no_room(settings, clock):
    settings.WAITING_ROOM = settings.WAITING_ROOM | {"enabled": False, "places": 0}
    period = HolidayPeriodFactory(opens_at=NOON - timedelta(minutes=1))
    client, _ = visitor()
    assert place_of(client.get(f"/vacances/{period.pk}/")) is None


@pytest.mark.postgres
def test_who_finds_nothing_left_gives_her_place_back_at_once(full):
    full.WAITING_ROOM = full.WAITING_ROOM | {"rate": 1000.0}
    period = HolidayPeriodFactory(opens_at=NOON - timedelta(minutes=1))
    period.activity.sites.update(places=0)
    (first, _), (second, _) = visitor(), visitor()
    page = first.get(f"/vacances/{period.pk}/").content.decode()
    assert 'name="jour"' not in page
    assert place_of(second.get(f"/vacances/{period.pk}/")) is None


def test_those_who_are_far_do_not_all_look_again_at_once(settings):
    settings.WAITING_ROOM = settings.WAITING_ROOM | {"rate": 20.0}
    far = {room.Standing(rank).refresh for rank in range(1000, 1013)}
    assert (min(far), max(far), len(far)) == (18, 30, 13)
    assert room.Standing(1).refresh == 2


@pytest.mark.postgres
@pytest.mark.parametrize(("busy", "come"), [(0.0, 10), (0.59, 10), (0.79, 5), (1.0, 1)])
def test_fewer_come_in_while_the_pages_suffer(full, monkeypatch, busy, come):
    full.WAITING_ROOM = full.WAITING_ROOM | {"rate": 10.0, "places": 100}
    monkeypatch.setattr(workload, "busy", lambda: busy)
    tickets = [f"billet-{number}" for number in range(20)]
    for ticket in tickets:
        room.enter(1, ticket)
    meter, inside = room._key(1, "debit"), room._key(1, "dedans")
    room._redis().delete(inside)
    a_minute_ago, a_second_ago = (room._redis().time()[0] - seconds for seconds in (60, 1))
    room._redis().hset(meter, mapping={"allowed": 0, "began": a_minute_ago, "last": a_second_ago})
    room.look(1, tickets[-1])
    assert room._redis().zcard(inside) in (come, come + 1)  # the second that has begun counts


@pytest.mark.postgres
def test_who_waits_is_told_how_fast_the_queue_really_goes(full):
    full.WAITING_ROOM = full.WAITING_ROOM | {"rate": 10.0}
    for ticket in ("devant", "derrière", "troisième"):
        standing = room.enter(1, ticket)
    room._redis().hset(room._key(1, "debit"), mapping={"speed": "2.5"})
    standing = room.look(1, "troisième")
    assert (standing.rank, standing.seconds) == (2, 1)
    assert room.Standing(100, 2.5).seconds == 40
    assert room.Standing(100).seconds == 10
    assert room.Standing(100, 0.001).seconds == 100  # one in ten of the rate: the slowest that it goes
