"""The Martins: Claire, who has no space yet, and Léa, born on 7 May 2018. The portal's clock shows 19 November 2026."""

import time
from dataclasses import dataclass
from datetime import date

import pytest

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from families import request_kinds
from families.models import Child, Family, Guardian
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory

BORN = date(2018, 5, 7)


@dataclass
class Household:
    """A household and its people."""

    family: Family
    guardian: Guardian
    child: Child


@pytest.fixture
def martins(db):
    family = FamilyFactory(name="Martin")
    child = ChildFactory(first_name="Léa", birth_date=BORN, at_home=family)
    return Household(family, GuardianFactory(family=family), child)


@pytest.fixture
def durands(db):
    family = FamilyFactory(name="Durand")
    child = ChildFactory(first_name="Tom", last_name="Durand", birth_date=date(2019, 2, 3), at_home=family)
    guardian = GuardianFactory(family=family, title="Monsieur", first_name="Paul", last_name="Durand")
    return Household(family, guardian, child)


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


@pytest.fixture
def trial_kind(monkeypatch):
    """A kind of request that no application owns, for these tests."""
    kind = request_kinds.RequestKind(
        slug="essai",
        label="Essai",
        icon="inbox",
        detail_template="components/fact.html",
        load_detail=lambda request: {"label": "Contenu", "content": f"le détail de {request.number}"},
    )
    monkeypatch.setitem(request_kinds._kinds, kind.slug, kind)
    return kind


@pytest.fixture
def zoe(db):
    """Zoé lives one week with Anne Petit, the other with Hugo Bernard."""
    child = ChildFactory(first_name="Zoé", last_name="Bernard")
    CustodyFactory(child=child, family=FamilyFactory(name="Petit"), odd_weeks=True)
    CustodyFactory(child=child, family=FamilyFactory(name="Bernard"), even_weeks=True)
    return child


@pytest.fixture
def anne(zoe):
    return GuardianFactory(family=zoe.families.get(name="Petit"), first_name="Anne", last_name="Petit", with_space=True)


@pytest.fixture
def hugo(zoe):
    return GuardianFactory(
        family=zoe.families.get(name="Bernard"), first_name="Hugo", last_name="Bernard", with_space=True
    )


@pytest.fixture
def helene(db):
    """An agent of the Espace Famille."""
    return UserFactory(agent=True, role=AGENTS, first_name="Hélène", last_name="Fabre")
