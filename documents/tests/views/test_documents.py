"""« Édition de documents »: what is in force, to read and to print, and what the family accepted."""

import subprocess
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError

from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from documents.tests.factories import RegulationAcceptanceFactory, RegulationFactory, RegulationVersionFactory
from families.tests.factories import GuardianFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother(monkeypatch, client):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 19, 12, 6, tzinfo=PARIS))
    guardian = GuardianFactory(with_space=True)
    client.force_login(guardian.user)
    return guardian


@pytest.fixture
def canteen(mother):
    regulation = RegulationFactory(slug="restauration")
    RegulationVersionFactory(regulation=regulation)
    RegulationVersionFactory(
        regulation=regulation, number=2, in_force_on=date(2026, 5, 1), body="# Délais\n<b>Sept</b>"
    )
    RegulationVersionFactory(regulation=regulation, number=3, in_force_on=date(2027, 1, 1))
    return regulation


def test_the_version_in_force_is_listed_with_what_the_family_accepted(client, mother, canteen):
    RegulationAcceptanceFactory(version=canteen.versions.get(number=1), guardian=mother)
    html = client.get("/documents/").content.decode()
    assert "Version 2, en vigueur depuis le 1er mai 2026" in html
    assert "Version 1 acceptée le 19/11/2026 à 12:06" in html
    assert "Madame Claire MARTIN" in html
    assert "Ancienne version" in html


def test_another_family_s_acceptance_is_not_shown(client, mother, canteen):
    RegulationAcceptanceFactory(version=canteen.versions.get(number=2), guardian__family__name="Durand")
    assert "acceptée le" not in client.get("/documents/").content.decode()
    page = client.get("/documents/reglements/restauration/2/").content.decode()
    assert "Acceptée le" not in page
    RegulationAcceptanceFactory(version=canteen.versions.get(number=2), guardian=mother)
    assert "Acceptée le" in client.get("/documents/reglements/restauration/2/").content.decode()


def test_a_text_is_shown_as_text_whatever_it_contains(client, canteen):
    html = client.get("/documents/reglements/restauration/2/").content.decode()
    assert "<h2>Délais</h2>" in html
    assert "&lt;b&gt;Sept&lt;/b&gt;" in html


def test_the_same_text_is_given_as_a_tagged_pdf(client, canteen):
    response = client.get("/documents/reglements/restauration/2/pdf/")
    assert response["Content-Type"] == "application/pdf"
    assert "reglement-restauration-version-2.pdf" in response["Content-Disposition"]
    facts = subprocess.run(["pdfinfo", "-"], input=response.content, capture_output=True, check=True).stdout.decode()
    assert "Tagged:          yes" in facts
    assert "version 2" in facts
    text = subprocess.run(["pdftotext", "-", "-"], input=response.content, capture_output=True, check=True).stdout
    assert "<b>Sept</b>" in text.decode()


@pytest.mark.parametrize("path", ["restauration/3/", "restauration/9/", "autre/1/", "restauration/3/pdf/"])
def test_a_version_to_come_is_not_published(client, canteen, path):
    assert client.get(f"/documents/reglements/{path}").status_code == 404
    assert client.get("/documents/reglements/restauration/1/").status_code == 200


def test_words_that_a_family_accepted_no_longer_change(mother, canteen):
    version = canteen.versions.get(number=2)
    version.clean()
    RegulationAcceptanceFactory(version=version, guardian=mother)
    with pytest.raises(ValidationError):
        version.clean()


@pytest.mark.parametrize("number", [1, 6])
def test_the_list_costs_the_same_with_one_and_with_six(client, mother, number, django_assert_num_queries):
    for _ in range(number):
        RegulationAcceptanceFactory(version=RegulationVersionFactory(), guardian=mother)
    client.get("/documents/")
    with django_assert_num_queries(6):
        client.get("/documents/")
