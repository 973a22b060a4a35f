"""Other places than usual on some days: what an agent does, what stays, what the families who wait get."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import UserFactory
from castres_portal.base.errors import Refusal
from reservations.models import ActivitySite, Booking, Closure, PlacesChange, SiteDay, WaitingEntry
from reservations.rules.filling import Deed, PlacesWish
from reservations.services import places as service
from reservations.services import waiting
from reservations.services.places import Beyond, change_places
from reservations.tests.factories import ActivitySiteFactory
from reservations.tests.homes import NOON, Home, answers

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 11)


@pytest.fixture
def agent():
    return UserFactory(agent=True)


@pytest.fixture
def homes():
    """Two places on Mondays, both taken; two households wait, in order."""
    first = Home()
    ActivitySite.objects.update(places=2)
    school = first.child.school
    second, third, fourth = (Home(school) for _ in range(3))
    for home in (first, second):
        home.book(MONDAY)
    for home in (third, fourth):
        home.join(MONDAY)
    return [first, second, third, fourth]


@pytest.fixture
def change(agent, homes):
    def changing(deed, number=0, *, days=(MONDAY, MONDAY), weekdays=(), excess=0, **fields):
        return change_places(
            sites=list(ActivitySite.objects.select_related("activity", "school", "venue")),
            first=days[0],
            last=days[1],
            weekdays=weekdays,
            wish=PlacesWish(deed, number),
            excess_read=excess,
            **{"reason": "Deux animateurs de plus.", "submission": uuid4(), "by": agent, "at": NOON, **fields},
        )

    return changing


def offered():
    return list(WaitingEntry.objects.filter(status="proposee").values_list("family", flat=True))


def test_places_more_go_to_who_waits_in_order_and_say_why(change, homes, agent, monkeypatch):
    woken = []
    monkeypatch.setattr(service, "wake_waiting_list", lambda: woken.append(True))
    (made,) = change(Deed.ADD, 1)
    assert (made.before, made.after, made.held, made.reason, made.by) == (2, 3, 2, "Deux animateurs de plus.", agent)
    assert SiteDay.objects.get(day=MONDAY).places == 3
    assert woken
    waiting.offer_places(at=NOON)
    assert offered() == [homes[2].family.pk]


def test_places_taken_away_free_nobody_and_let_nobody_in(change, homes, monkeypatch):
    monkeypatch.setattr(service, "wake_waiting_list", lambda: pytest.fail("nothing came free"))
    with pytest.raises(Beyond, match="Il y aurait 1 enfant de plus"):
        change(Deed.SET, 1)
    assert not PlacesChange.objects.exists()
    change(Deed.SET, 1, excess=1)
    assert Booking.objects.filter(day=MONDAY, status="active").count() == 2
    # One leaves: the other has the only place, and it is offered to nobody.
    homes[0].cancel(MONDAY)
    waiting.offer_places(at=NOON)
    assert offered() == []
    assert answers(Home(homes[0].child.school).book(MONDAY))[MONDAY][0] == "refuse"


def test_the_day_follows_its_site_again_and_its_history_says_so(change):
    change(Deed.SET, 5)
    change(Deed.USUAL)
    assert SiteDay.objects.get(day=MONDAY).places is None
    assert list(PlacesChange.objects.order_by("pk").values_list("before", "after", "to_usual")) == [
        (2, 5, False),
        (5, 2, True),
    ]


def test_many_days_at_once_leave_out_those_that_cannot_change(change, homes, agent):
    """From a day that is past to the holidays, on Mondays and Fridays; one Friday is closed, one site counts no places."""
    ActivitySiteFactory()
    assert ActivitySite.objects.filter(places=None).count() == 1
    closed = Closure(kind="greve", label="Grève", starts_on=FRIDAY, ends_on=FRIDAY, decided_at=NOON, decided_by=agent)
    closed.save()
    made = change(Deed.SET, 30, days=(date(2026, 11, 16), date(2026, 12, 31)), weekdays={0, 4})
    assert sorted(row.day for row in made) == [
        *(date(2026, 11, day) for day in (20, 23, 27, 30)),
        *(date(2026, 12, day) for day in (4, 7, 14, 18)),
    ]


def test_a_form_sent_twice_changes_once(change):
    submission = uuid4()
    first, again = (change(Deed.ADD, 1, submission=submission) for _ in range(2))
    assert [row.pk for row in first] == [row.pk for row in again]
    assert SiteDay.objects.get(day=MONDAY).places == 3


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"reason": "  "}, "Dites pourquoi"),
        ({"days": (TUESDAY, MONDAY)}, "La fin précède"),
        ({"days": (MONDAY, MONDAY + timedelta(days=366))}, "366 jours au plus"),
        ({"number": 2}, "Aucun jour ne change"),
        ({"number": 1000}, "entre 0 et 999"),
        ({"days": (date(2026, 12, 9), date(2026, 12, 9))}, "Aucun jour ne change"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_changes_nothing(change, asked, words):
    number = asked.pop("number", 5)
    with pytest.raises(Refusal, match=words):
        change(Deed.SET, number, **asked)
    assert not PlacesChange.objects.exists()
    assert not SiteDay.objects.exclude(places=None).exists()


def test_the_database_refuses_a_change_without_a_reason(change):
    change(Deed.ADD, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlacesChange.objects.update(reason="")
