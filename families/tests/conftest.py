"""The Martins: Claire, who has no space yet, and Léa, born on 7 May 2018. The portal's clock shows 19 November 2026."""

import time
from dataclasses import dataclass
from datetime import date

import pytest

from families import request_kinds
from families.models import Child, Family, Guardian
from families.tests.factories import ChildFactory, FamilyFactory, GuardianFactory

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
