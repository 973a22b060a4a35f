"""Two people at the same instant in the holidays. Each lock has its control, where the race happens without it."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meeting_after, meeting_before, take_locks_away
from families.tests.factories import GuardianFactory
from reservations import services
from reservations.models import AllocationCriterion, Booking, BookingReceipt, ReceiptLine, SiteDay, WishList
from reservations.queries.allocation import Plan, plan_of
from reservations.queries.wishes import Asked
from reservations.rules.changes import DayChanges
from reservations.services import booking
from reservations.services.holidays import allocate_places, allocating, send_wishes, wishing
from reservations.tests.factories import HolidayPeriodFactory, a_child_in_the_holidays, holiday_centre

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
CLOSED = datetime(2026, 12, 4, 12, 0, tzinfo=PARIS)
FIRST = date(2026, 12, 21)
WEEK = [FIRST + timedelta(days=n) for n in range(4)]
MEAL = "journee-repas"


@pytest.fixture
def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


# --- The last place of a week -----------------------------------------------------------------------------------------


@pytest.fixture
def families():
    centre = holiday_centre(places=1)
    HolidayPeriodFactory(activity=centre, by_week=True)
    # The days have been booked before: their rows are there to be locked.
    for day in WEEK:
        SiteDay.objects.create(site=centre.sites.get(), day=day)
    guardians = [GuardianFactory(with_space=True) for _ in range(2)]
    return [(guardian, a_child_in_the_holidays(guardian.family)[0]) for guardian in guardians]


@pytest.fixture
def meeting(monkeypatch):
    monkeypatch.setattr(booking, "write_receipt", meeting_before(booking.write_receipt))


def book_week(guardian, child):
    asked = DayChanges(additions=frozenset(WEEK), formulas=dict.fromkeys(WEEK, MEAL))
    return services.book_days(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        changes={(child.pk, "vacances"): asked},
        submission=uuid4(),
        at=NOON,
    )


def two_families_on_the_last_week(families):
    return at_once(*(lambda guardian=guardian, child=child: book_week(guardian, child) for guardian, child in families))


def test_the_last_week_is_given_once_and_whole(families, meeting):
    answers = two_families_on_the_last_week(families)
    assert {type(answer) for answer in answers} == {BookingReceipt}
    assert sorted(Booking.objects.values_list("day", flat=True)) == WEEK
    assert Booking.objects.values("child").distinct().count() == 1
    outcomes = ReceiptLine.objects.order_by().values_list("receipt", "outcome").distinct()
    assert sorted(outcome for _, outcome in outcomes) == ["refuse", "reserve"]


def test_control_without_the_lock_the_last_week_is_given_twice(families, meeting, no_locks):
    two_families_on_the_last_week(families)
    assert sorted(Booking.objects.values_list("day", flat=True)) == sorted(WEEK * 2)


def test_half_a_week_and_a_whole_one_do_not_lock_each_other_out(families):
    (one, lea), (two, tom) = families
    answers = at_once(lambda: book_week(one, lea), lambda: book_week(two, tom), lambda: book_week(one, lea))
    assert {type(answer) for answer in answers} == {BookingReceipt}
    assert Booking.objects.count() == len(WEEK)


# --- Two parents wish at once -----------------------------------------------------------------------------------------


@pytest.fixture
def wished():
    period = HolidayPeriodFactory(wishes=True, activity=holiday_centre(places=1))
    AllocationCriterion.objects.create(period=period, kind="ecole", points=1)
    mother = GuardianFactory(with_space=True)
    father = GuardianFactory(family=mother.family, pays=False, last_name="Bernard", with_space=True)
    return period, mother, father, a_child_in_the_holidays(mother.family)[0]


def wish(period, guardian, child):
    return send_wishes(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        period=period,
        asked={child.pk: Asked({FIRST: (1, ())}, 1, MEAL)},
        together=False,
        submission=uuid4(),
        at=NOON,
    )


def two_parents_wish(monkeypatch, wished):
    period, mother, father, child = wished
    monkeypatch.setattr(wishing, "standing_list", meeting_after(wishing.standing_list))
    return at_once(lambda: wish(period, mother, child), lambda: wish(period, father, child))


def test_two_parents_who_wish_at_once_are_both_answered_and_the_second_counts(monkeypatch, wished):
    answers = two_parents_wish(monkeypatch, wished)
    assert {type(answer) for answer in answers} == {WishList}
    assert WishList.objects.filter(replaced_at=None).count() == 1
    assert WishList.objects.count() == 2


def test_control_without_the_lock_one_of_the_parents_crashes(monkeypatch, wished, no_locks):
    answers = two_parents_wish(monkeypatch, wished)
    assert {type(answer) for answer in answers} == {WishList, IntegrityError}


# --- Two agents allocate at once --------------------------------------------------------------------------------------


def two_agents_allocate(monkeypatch, wished):
    period, mother, _, child = wished
    wish(period, mother, child)
    for day in [*WEEK, *(day + timedelta(days=7) for day in WEEK)]:
        SiteDay.objects.create(site=period.activity.sites.get(), day=day)
    seen = plan_of(period, at=CLOSED).digest
    monkeypatch.setattr(allocating, "_write", meeting_before(allocating._write))
    agents = [UserFactory(is_staff=True) for _ in range(2)]
    return at_once(
        *(lambda agent=agent: allocate_places(period=period, by=agent, at=CLOSED, seen=seen) for agent in agents)
    )


def test_two_agents_who_allocate_at_once_do_it_once(monkeypatch, wished):
    answers = two_agents_allocate(monkeypatch, wished)
    assert {type(answer) for answer in answers} == {Plan, Refusal}
    assert Booking.objects.count() == len(WEEK)


def test_control_without_the_lock_the_second_agent_crashes(monkeypatch, wished, no_locks):
    answers = two_agents_allocate(monkeypatch, wished)
    assert {type(answer) for answer in answers} == {Plan, IntegrityError}
