"""The Martins with two guardians, and Zoé, shared by the Petit and Bernard households; the clock shows 19 November 2026.

Their numbers are far from those that the services give."""

import time
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest

from accounts.tests.factories import UserFactory
from families.forms.situation.changes import Subject
from families.models import Child, Family, Guardian
from families.rules.situation import fingerprint
from families.services.requests import accept_request
from families.services.situation.proposing import propose_change
from families.tests.factories import NOON, ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory, SchoolFactory

TODAY = NOON.date()


@dataclass
class Home:
    """A household, the guardian who acts, and a child."""

    family: Family
    guardian: Guardian
    child: Child

    def ask(self, change, asked, *, child=None, target=None, adult=None, shown=None, submission=None, at=NOON):
        """Propose a change as the household's page does."""
        subject = Subject(change, self.family, TODAY, child=child, target=target, adult=adult)
        return propose_change(
            change=change,
            family=self.family,
            guardian=self.guardian,
            user=self.guardian.user,
            asked=asked,
            shown=shown or fingerprint(subject.snapshot),
            submission=submission or uuid4(),
            at=at,
            child=child,
            target=target,
            adult=adult,
        )


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


@pytest.fixture
def martin(db):
    family = FamilyFactory(name="Martin", number="F900001")
    guardian = GuardianFactory(family=family, with_space=True, phone="06 39 98 00 01")
    GuardianFactory(family=family, other_parent=True, with_space=True, user__email="paul@example.org")
    return Home(family, guardian, ChildFactory(first_name="Léa", at_home=family))


@pytest.fixture
def parted(db):
    """Zoé: odd weeks with her mother, even weeks with her father."""
    petit = FamilyFactory(name="Petit", number="F900002", street="3 rue Villegoudou")
    bernard = FamilyFactory(name="Bernard", number="F900003")
    anne = GuardianFactory(family=petit, with_space=True, last_name="Petit", user__email="anne@example.org")
    hugo = GuardianFactory(
        family=bernard, with_space=True, last_name="Bernard", title="Monsieur", user__email="hugo@example.org"
    )
    zoe = ChildFactory(first_name="Zoé", last_name="Bernard", birth_date=date(2018, 6, 1))
    CustodyFactory(child=zoe, family=petit, odd_weeks=True)
    CustodyFactory(child=zoe, family=bernard, even_weeks=True)
    return Home(petit, anne, zoe), Home(bernard, hugo, zoe)


@pytest.fixture
def agent(db):
    return UserFactory(agent=True)


@pytest.fixture
def accept(agent):
    def act(proposal, at=NOON, **answers):
        return accept_request(request=proposal.request, by=agent, words="", at=at, answers=answers)

    return act


@pytest.fixture
def lambert(db):
    return SchoolFactory(name="Lambert")
