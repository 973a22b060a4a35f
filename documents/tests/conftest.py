"""The Martins and the Durands; the portal's clock shows 19 November 2026 at 12:06; files in a folder of the test."""

import time
from dataclasses import dataclass
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import roles
from accounts.tests.factories import UserFactory
from documents.tests import papers
from families.models import Child, Family, Guardian
from families.tests.factories import ChildFactory, FamilyFactory, GuardianFactory


@dataclass
class Household:
    """A household and its people."""

    family: Family
    guardian: Guardian
    child: Child


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    """The folder of the files."""
    folder = tmp_path / "private"
    options = {"location": str(folder), "base_url": None}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    return folder


@pytest.fixture
def martins(db):
    family = FamilyFactory(name="Martin")
    child = ChildFactory(first_name="Léa", birth_date=date(2018, 5, 7), at_home=family)
    return Household(family, GuardianFactory(family=family, with_space=True), child)


@pytest.fixture
def durands(db):
    family = FamilyFactory(name="Durand")
    child = ChildFactory(first_name="Tom", last_name="Durand", at_home=family)
    return Household(family, GuardianFactory(family=family, with_space=True, last_name="Durand"), child)


@pytest.fixture
def agent(db):
    return UserFactory(agent=True, role=roles.AGENTS, first_name="Hélène", last_name="Fabre")


def sent(content=None, name="attestation.pdf"):
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, papers.pdf() if content is None else content)


def files_in(folder):
    """Return the files of a folder, whatever their depth."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
