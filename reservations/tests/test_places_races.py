"""Places changed while a family books, or by two agents at once. Each scene has its control without the lock."""

import threading
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import UserFactory
from castres_portal.base.tests.races import at_once, meeting_after, take_locks_away
from reservations.models import ActivitySite, Booking, PlacesChange, SiteDay
from reservations.rules.filling import Deed, PlacesWish
from reservations.services import places as service
from reservations.services.booking import places, writing
from reservations.services.places import Beyond, change_places
from reservations.tests.homes import NOON, Home

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    monkeypatch.setattr(writing, "wake_waiting_list", lambda: None)
    monkeypatch.setattr(service, "wake_waiting_list", lambda: None)


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


@pytest.fixture
def home():
    """Two places on Monday, one of them taken."""
    first = Home()
    ActivitySite.objects.update(places=2)
    first.book(MONDAY)
    return Home(first.child.school)


def change(deed, number, submission=None):
    return change_places(
        sites=list(ActivitySite.objects.select_related("activity", "school", "venue")),
        first=MONDAY,
        last=MONDAY,
        weekdays=(),
        wish=PlacesWish(deed, number),
        reason="Un animateur de moins",
        excess_read=0,
        submission=submission or uuid4(),
        by=UserFactory(agent=True),
        at=NOON,
    )


def excess():
    held = Booking.objects.filter(day=MONDAY, status="active").count()
    return held - SiteDay.objects.get(day=MONDAY).places


# --- A family takes the last place while an agent takes it away -----------------------------------------------------------


@pytest.fixture
def counted_together(monkeypatch):
    """Whoever has counted the day waits for the other to have counted it; with the lock, only one gets there."""
    meet, looks = meeting_after(lambda: None), []
    real_taken, real_look = places.places_taken, service.outlook

    def taken(*args):
        answer = real_taken(*args)
        meet()
        return answer

    def outlook(*args, **kwargs):
        answer = real_look(*args, **kwargs)
        looks.append(answer)
        if len(looks) > 1:  # the first look is before the lock
            meet()
        return answer

    monkeypatch.setattr(places, "places_taken", taken)
    monkeypatch.setattr(service, "outlook", outlook)


def a_place_is_taken_and_taken_away(home):
    return at_once(lambda: home.book(MONDAY), lambda: change(Deed.SET, 1))


def test_a_place_is_taken_or_taken_away_never_both(home, counted_together):
    _, changed = a_place_is_taken_and_taken_away(home)
    if isinstance(changed, Beyond):
        assert (home.days, PlacesChange.objects.count()) == ({MONDAY}, 0)
    else:
        assert home.days == set()
        assert excess() == 0


def test_control_without_the_lock_a_place_is_taken_and_taken_away(home, counted_together, no_locks):
    _, changed = a_place_is_taken_and_taken_away(home)
    assert not isinstance(changed, Exception)
    assert home.days == {MONDAY}
    assert excess() == 1


# --- Two agents add a place each --------------------------------------------------------------------------------------


@pytest.fixture
def looked_together(monkeypatch):
    """Each agent has looked under her lock before the other writes; with the lock, only one gets there."""
    real_lock, real_look = service._under_lock, service.outlook
    meet, mine = meeting_after(lambda: None), threading.local()

    def under_lock(keys):
        rows = real_lock(keys)
        mine.locked = True
        return rows

    def outlook(*args, **kwargs):
        answer = real_look(*args, **kwargs)
        if getattr(mine, "locked", False):
            meet()
        return answer

    monkeypatch.setattr(service, "_under_lock", under_lock)
    monkeypatch.setattr(service, "outlook", outlook)


def two_agents_add_one_each():
    at_once(*[lambda: change(Deed.ADD, 1)] * 2)
    return SiteDay.objects.get(day=MONDAY).places


def test_two_agents_who_add_a_place_each_add_two(home, looked_together):
    assert two_agents_add_one_each() == 4
    assert set(PlacesChange.objects.values_list("before", "after")) == {(2, 3), (3, 4)}


def test_control_without_the_lock_one_of_the_two_places_is_lost(home, looked_together, no_locks):
    assert two_agents_add_one_each() == 3


# --- One form sent twice ----------------------------------------------------------------------------------------------


def test_a_form_sent_twice_at_once_changes_once(home, looked_together):
    submission = uuid4()
    at_once(*[lambda: change(Deed.ADD, 1, submission)] * 2)
    assert SiteDay.objects.get(day=MONDAY).places == 3
    assert PlacesChange.objects.count() == 1


def test_the_days_whose_places_are_counted_are_locked_last_and_in_order(home):
    with CaptureQueriesContext(connection) as asked:
        home.book(TUESDAY, MONDAY)
    locks = [query["sql"] for query in asked if "UPDATE" in query["sql"] and "SELECT" in query["sql"]]
    locks = [sql for sql in locks if " FOR " in sql]
    assert '"reservations_siteday"' in locks[-1]
    assert 'ORDER BY "reservations_siteday"."id" ASC' in locks[-1]
    assert not any('"reservations_siteday"' in sql for sql in locks[:-1])
