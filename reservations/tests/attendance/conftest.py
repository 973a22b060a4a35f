"""A school on the day of its sheet: an animatrice to whom it was given, a tablet that touches."""

from datetime import date, datetime, time
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts.roles import AGENTS, ANIMATEURS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from families.models import Child
from reservations.models import ActivitySite, AttendancePost
from reservations.rules.attendance import Touch
from reservations.services.attendance import take_attendance
from reservations.tests.attendance.scenes import a_sheet_of

DAY = date(2026, 11, 19)


def at(text: str, day: date = DAY) -> datetime:
    """An hour of the day of the sheet."""
    return datetime.combine(day, time.fromisoformat(text), PARIS)


@pytest.fixture
def bookings(db):
    """Three children booked."""
    return a_sheet_of(3)


@pytest.fixture
def site(bookings) -> ActivitySite:
    return bookings[0].site


@pytest.fixture
def nadia(site):
    """An animatrice of this school."""
    user = UserFactory(agent=True, role=ANIMATEURS, first_name="Nadia", last_name="Belkacem")
    AttendancePost.objects.create(user=user, school=site.school)
    return user


@pytest.fixture
def agent(db):
    return UserFactory(agent=True, role=AGENTS)


@pytest.fixture
def now(monkeypatch):
    """Set the portal's clock; at first it is half past four."""

    def set_clock(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_clock(at("16:30"))
    return set_clock


@pytest.fixture
def tablet(site):
    """Touch a child's line: ``tablet(nadia, zoe, "present", "16:31")``, sent at once unless said."""

    def touch(
        user, child: Child, state: str, when: str, *, sent: str = "", day: date = DAY, key: UUID | None = None,
        tablet_says: datetime | None = None, sent_on: date | None = None, on: ActivitySite | None = None, **hours,
    ):  # fmt: skip
        received = at(sent or when, sent_on or day)
        touch = Touch(
            key or uuid4(),
            (on or site).pk,
            day,
            child.pk,
            state,
            at(when, day),
            hours.get("arrived"),
            hours.get("left"),
        )
        (answer,) = take_attendance(user=user, touches=[touch], tablet_now=tablet_says or received, at=received)
        return answer

    return touch


@pytest.fixture
def client_of(now):
    """A browser in which somebody is signed in."""

    def make(user):
        client = Client()
        client.force_login(user)
        return client

    return make
