"""The letter that brings a code."""

import subprocess
from datetime import timedelta

import pytest

from families.pdfs import activation_letter
from families.tests.factories import NOON, FamilyFactory, GuardianFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(tmp_path):
    family = FamilyFactory(number="F000123", street="12 rue des Tanneurs", street_more="Bâtiment B", city="Castres")
    pdf = activation_letter(GuardianFactory(family=family), "ACDEFGHJKM", expires_at=NOON + timedelta(days=60), at=NOON)
    path = tmp_path / "lettre.pdf"
    path.write_bytes(pdf)
    return path


def read(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_letter_says_who_what_until_when_where_and_whom_to_call(letter):
    text = read("pdftotext", "-layout", str(letter), "-")
    for said in (
        "Madame Claire MARTIN",
        "12 rue des Tanneurs",
        "Bâtiment B",
        "81100 CASTRES",
        "F000123",
        "ACDEF-GHJKM",
        "lundi 18 janvier 2027",
        "Activer mon espace",
        "date de naissance",
        "05 63 62 43 44",
        "05 63 62 40 07",
    ):
        assert said in text.replace("\u00a0", " ")


def test_the_letter_is_one_tagged_page(letter):
    facts = read("pdfinfo", str(letter))
    assert "Tagged:          yes" in facts
    assert "Pages:           1" in facts
    assert "Title:           Code d’activation de Madame Claire MARTIN" in facts
