"""What the tests of the pages share: the portal's clock, a mother signed in, her child at the canteen."""

from datetime import datetime

import pytest
from django.test import Client

from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from families.tests.factories import GuardianFactory
from reservations.tests.factories import a_child_at_the_canteen

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


@pytest.fixture
def at(monkeypatch):
    """Set the portal's clock; at first it is 19 November 2026, 12:06."""

    def set_clock(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_clock(NOON)
    return set_clock


@pytest.fixture
def mother(at):
    """Madame Claire Martin, who has a space."""
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    """Her child, enrolled in the canteen."""
    return a_child_at_the_canteen(mother.family, first_name="Zoé")[0]


@pytest.fixture
def client_of():
    """A browser in which somebody is signed in."""

    def make(user):
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def signed_in(client_of, mother):
    """The mother's browser."""
    return client_of(mother.user)
