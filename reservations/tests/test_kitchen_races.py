"""Two workers at the same instant. Each lock has its control: the same scene without it, where the race happens.

One order a day is kept by a constraint (kitchen_order_once), tried in test_kitchen_orders.
"""

from collections import Counter
from datetime import timedelta

import pytest

from accounts.roles import CUISINE
from accounts.tests.factories import UserFactory
from castres_portal.base.tests.races import at_once, meeting_before, take_locks_away
from reservations.models import KitchenChange, KitchenExtra, KitchenOrder, KitchenOrderLine
from reservations.services.kitchen import enter_extras, extras, follow_order, following, freeze_order, freezing
from reservations.tests.kitchen import AFTER, LATER, MONDAY, canteen, eater, school

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LOOK = LATER + timedelta(minutes=1)


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


def meet_before(monkeypatch, module, name):
    """Both wait for each other once they have read and before they write."""
    monkeypatch.setattr(module, name, meeting_before(getattr(module, name)))


@pytest.fixture
def place():
    found = school("Centre")
    eater(found)
    eater(found, told={"diet": ["sans_porc"]})
    return found


# --- One order --------------------------------------------------------------------------------------------------------


def freeze():
    return freeze_order(activity=canteen(), day=MONDAY, at=AFTER)


def test_two_workers_freeze_one_order(place, monkeypatch):
    meet_before(monkeypatch, freezing, "_write")

    answers = at_once(freeze, freeze)

    assert [type(answer) for answer in answers] == [KitchenOrder] * 2
    assert KitchenOrder.objects.count() == 1
    assert sorted(KitchenOrderLine.objects.values_list("diet", "meals")) == [("", 1), ("sans_porc", 1)]


# --- Differences told once ---------------------------------------------------------------------------------------------


def test_two_looks_at_once_tell_a_difference_once(place, monkeypatch):
    order = freeze()
    eater(place, booked_at=LATER)
    meet_before(monkeypatch, following, "difference")

    at_once(*[lambda: follow_order(order=order.pk, at=LOOK)] * 2)

    assert list(KitchenChange.objects.values_list("delta", flat=True)) == [1]


def test_without_the_lock_it_is_told_twice(place, monkeypatch, no_locks):
    order = freeze()
    eater(place, booked_at=LATER)
    meet_before(monkeypatch, following, "difference")

    at_once(*[lambda: follow_order(order=order.pk, at=LOOK)] * 2)

    assert list(KitchenChange.objects.values_list("delta", flat=True)) == [1, 1]


# --- Two cooks ----------------------------------------------------------------------------------------------------------


def save_twice(place):
    cook, site = UserFactory(agent=True, role=CUISINE), canteen().sites.get(school=place)

    def save():
        return enter_extras(day=MONDAY, quantities={(site.pk, "agents"): 3}, by=cook, at=LATER)

    at_once(save, save)
    return Counter(KitchenExtra.objects.values_list("quantity", flat=True))


def test_a_double_click_writes_a_number_once(place, monkeypatch):
    meet_before(monkeypatch, extras, "changed")

    assert save_twice(place) == {3: 1}


def test_without_the_lock_a_double_click_writes_it_twice(place, monkeypatch, no_locks):
    meet_before(monkeypatch, extras, "changed")

    assert save_twice(place) == {3: 2}
