"""Full days, two people at the same instant. Each lock has its control: the same scene without it, where the race happens."""

import threading
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import TOGETHER, at_once, meeting_after, patience, take_locks_away
from reservations.models import Activity, ActivitySite, Booking, BookingReceipt, SiteDay, WaitingEntry
from reservations.services import late_days, waiting
from reservations.services.booking import places, writing
from reservations.services.waiting import offering
from reservations.tests.homes import NOON, Home, answers

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MONDAY = date(2026, 12, 7)
LATE = datetime(2026, 12, 4, 9, 0, tzinfo=PARIS)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """Nobody is woken by a commit: each scene sweeps when it says."""
    monkeypatch.setattr(writing, "wake_waiting_list", lambda: None)
    monkeypatch.setattr(waiting.answering, "wake_waiting_list", lambda: None)
    monkeypatch.setattr(late_days, "wake_waiting_list", lambda: None)


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


@pytest.fixture
def counted_together(monkeypatch):
    """Whoever has counted the places waits for the other to have counted them too; with a lock, only one gets there."""
    monkeypatch.setattr(places, "places_taken", meeting_after(places.places_taken))


@pytest.fixture
def homes():
    """One place, which nobody holds any longer, and three households of which two wait, in order."""
    has = Home()
    ActivitySite.objects.update(places=1)
    has.book(MONDAY)
    waits = [Home(has.child.school), Home(has.child.school)]
    for home in waits:
        home.join(MONDAY)
    has.cancel(MONDAY)
    return [has, *waits]


def offers():
    return WaitingEntry.objects.filter(status="proposee").count()


def held(at):
    return (
        Booking.objects.filter(status="active", given_back_at=None).count()
        + WaitingEntry.objects.filter(status="proposee", offered_until__gt=at).count()
    )


# --- Two sweeps -------------------------------------------------------------------------------------------------------


def two_sweeps():
    site, day = SiteDay.objects.values_list("site_id", "day").get()
    return at_once(*[lambda: waiting.offer_day(site, day, at=NOON)] * 2)


def test_two_sweeps_at_once_offer_once(homes, counted_together):
    assert sorted(two_sweeps()) == [0, 1]
    assert offers() == 1
    assert Email.objects.filter(subject__startswith="Une place pour").count() == 1


def test_control_without_the_lock_two_sweeps_offer_one_place_twice(homes, counted_together, no_locks):
    assert two_sweeps() == [1, 1]
    assert offers() == 2


# --- A parent who books while the place is being offered ----------------------------------------------------------------


def one_books_while_the_place_is_offered(homes):
    """The list empties itself but for one, and a place more is there: the calendar may take one while the other is offered."""
    has, first, _ = homes
    homes[2].leave()
    return at_once(lambda: waiting.offer_places(at=NOON), lambda: has.book(MONDAY)), first


def test_who_books_while_a_place_is_offered_does_not_get_it_too(homes, counted_together):
    (made, receipt), first = one_books_while_the_place_is_offered(homes)
    assert made == 1
    assert answers(receipt)[MONDAY][0] == "refuse"
    assert held(NOON) == 1
    assert first.entry.status == "proposee"


def the_first_books_while_the_place_is_offered_to_her(homes):
    """Hers either way: from the calendar, and by the offer."""
    return at_once(lambda: waiting.offer_places(at=NOON), lambda: homes[1].book(MONDAY))


def test_the_first_who_books_while_it_is_offered_to_her_has_one_place(homes, counted_together):
    the_first_books_while_the_place_is_offered_to_her(homes)
    waiting.offer_places(at=NOON)
    assert held(NOON) == 1
    assert homes[1].entry.status == "prise"
    assert homes[2].entry.status == "attente"


def one_books_once_the_sweep_has_counted(homes, monkeypatch):
    """She books while the sweep has counted and not yet offered."""
    counted, booked = threading.Event(), threading.Event()
    real = offering.places_under_lock

    def counting(usual, at):
        answer = real(usual, at)
        counted.set()
        booked.wait(patience())  # with the lock, she cannot get there: go on alone
        return answer

    monkeypatch.setattr(offering, "places_under_lock", counting)

    def book():
        counted.wait(TOGETHER)
        receipt = homes[1].book(MONDAY)
        booked.set()
        return receipt

    return at_once(lambda: waiting.offer_places(at=NOON), book)


def test_the_sweep_and_her_booking_follow_each_other(homes, monkeypatch):
    made, receipt = one_books_once_the_sweep_has_counted(homes, monkeypatch)
    assert made == 1
    assert answers(receipt)[MONDAY][0] == "reserve"
    assert held(NOON) == 1


def test_control_without_the_lock_the_place_that_she_takes_is_offered_to_the_next(homes, monkeypatch, no_locks):
    made, receipt = one_books_once_the_sweep_has_counted(homes, monkeypatch)
    assert answers(receipt)[MONDAY][0] == "reserve"
    assert made == 1
    assert held(NOON) == 2  # of one place


# --- Accepting at the very instant of expiry ------------------------------------------------------------------------------


def accept_as_it_expires(homes):
    waiting.offer_places(at=NOON)
    end = homes[1].entry.offered_until
    return at_once(lambda: waiting.offer_places(at=end), lambda: homes[1].accept(at=end - SECOND)), end


def test_an_offer_accepted_as_it_expires_is_given_once(homes, counted_together):
    (_, receipt), end = accept_as_it_expires(homes)
    assert isinstance(receipt, BookingReceipt)
    assert held(end) == 1
    if answers(receipt)[MONDAY][0] == "reserve":
        assert (homes[1].entry.status, homes[2].entry.status) == ("prise", "attente")
    else:
        assert (homes[1].entry.status, homes[2].entry.status) == ("expiree", "proposee")


def test_control_without_the_lock_an_expired_offer_is_given_twice(homes, counted_together, no_locks):
    (made, receipt), end = accept_as_it_expires(homes)
    assert made == 1
    assert answers(receipt)[MONDAY][0] == "reserve"
    assert held(end) == 2


def test_two_parents_who_accept_one_offer_at_once_have_one_receipt(homes):
    waiting.offer_places(at=NOON)
    found = at_once(homes[1].accept, homes[1].accept)
    assert len({receipt.pk for receipt in found}) == 1
    assert Booking.objects.filter(status="active").count() == 1


def test_one_accepts_while_the_other_declines(homes):
    waiting.offer_places(at=NOON)
    at_once(homes[1].accept, homes[1].leave)
    waiting.offer_places(at=NOON)
    assert held(NOON) == 1


# --- Joining --------------------------------------------------------------------------------------------------------------


def test_one_form_sent_twice_at_once_joins_once(homes):
    submission = uuid4()
    newcomer = Home(homes[0].child.school)
    found = at_once(*[lambda: newcomer.join(MONDAY, submission=submission)] * 2)
    assert len({receipt.pk for receipt in found}) == 1
    assert WaitingEntry.objects.filter(family=newcomer.family).count() == 1


def test_two_forms_at_once_join_once_and_both_are_answered(homes):
    newcomer = Home(homes[0].child.school)
    found = at_once(lambda: newcomer.join(MONDAY), lambda: newcomer.join(MONDAY))
    assert sorted(answers(receipt)[MONDAY][0] for receipt in found) == ["attente", "inchange"]


# --- Days given back ------------------------------------------------------------------------------------------------------


@pytest.fixture
def given():
    """The only place, given back after the deadline to cancel, and somebody who may take it."""
    home = Home()
    Activity.objects.update(resells_late_days=True, add_days=1, add_hour=time(21))
    ActivitySite.objects.update(places=1)
    home.book(MONDAY)
    home.give_back(MONDAY, at=LATE)
    return home, Home(home.child.school)


def one_takes_back_while_the_other_takes(given):
    gives, takes = given
    return at_once(lambda: gives.take_back(MONDAY, at=LATE), lambda: takes.book(MONDAY, at=LATE))


def test_a_day_is_taken_back_or_taken_never_both(given, counted_together):
    back, taken = one_takes_back_while_the_other_takes(given)
    assert {answers(back)[MONDAY][0], answers(taken)[MONDAY][0]} in ({"repris", "refuse"}, {"refuse", "reserve"})
    assert held(LATE) == 1
    assert Booking.objects.filter(status="active").count() == 1


def test_control_without_the_lock_both_have_the_place(given, counted_together, no_locks):
    back, taken = one_takes_back_while_the_other_takes(given)
    assert (answers(back)[MONDAY][0], answers(taken)[MONDAY][0]) == ("repris", "reserve")


def test_a_day_given_back_is_freed_once_by_two_who_take_two_places(given, counted_together):
    gives, takes = given
    ActivitySite.objects.update(places=2)
    other, keeps = Home(gives.child.school), Home(gives.child.school)
    keeps.book(MONDAY, at=NOON)
    keeps.give_back(MONDAY, at=LATE + SECOND)
    at_once(lambda: takes.book(MONDAY, at=LATE + SECOND), lambda: other.book(MONDAY, at=LATE + SECOND))
    freed = Booking.objects.filter(status="annulee").exclude(given_back_at=None)
    assert set(freed.values_list("family_id", flat=True)) == {gives.family.pk, keeps.family.pk}


# --- Agents ---------------------------------------------------------------------------------------------------------------


def test_an_agent_who_moves_a_family_up_while_the_sweep_runs_waits_for_it(homes):
    agent = UserFactory(agent=True)
    third = Home(homes[0].child.school)
    third.join(MONDAY)
    at_once(
        lambda: waiting.move_up(entry=third.entry.pk, rank=1, reason="Fratrie", by=agent, at=NOON),
        lambda: waiting.offer_places(at=NOON),
    )
    order = list(WaitingEntry.objects.order_by("position", "pk").values_list("child_id", flat=True))
    assert order == [third.child.pk, homes[1].child.pk, homes[2].child.pk]
    assert offers() == 1
