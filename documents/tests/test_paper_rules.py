"""Initials, codes, numbers and seals of the papers: French examples, no database."""

from datetime import UTC, datetime, timedelta

import pytest

from documents.rules.papers import (
    PaperContent,
    Section,
    digest_of,
    initials_of,
    make_code,
    read_code,
    read_number,
    written_code,
)

AT = datetime(2026, 11, 19, 11, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "names, initials",
    [
        (("Léa", "Martin"), "L. M."),
        (("Élodie", "d’Aure"), "É. D."),
        (("Jean-Pierre", "Durand"), "J.-P. D."),
        (("Léa", "Petit-Bernard"), "L. P.-B."),
        (("Martin",), "M."),
        (("", "Martin"), "M."),
    ],
)
def test_initials(names, initials):
    assert initials_of(*names) == initials


@pytest.mark.parametrize(
    "typed, number",
    [
        ("A2026-000123", "A2026-000123"),
        (" a2026-123 ", "A2026-000123"),
        ("2026 000123", "A2026-000123"),
        ("n° A2026-000123", "A2026-000123"),
        ("A2026", ""),
        ("D2026-000123", ""),
        ("A2026-000123; DROP TABLE", ""),
    ],
)
def test_a_number_is_read_as_people_type_it(typed, number):
    assert read_number(typed) == number


@pytest.mark.parametrize("typed", ["ACDE-FGHJ", "acdefghj", " acde fghj ", "ACDE–FGHJ"])
def test_a_code_is_read_as_people_type_it(typed):
    assert read_code(typed) == "ACDEFGHJ"


def test_a_code_has_eight_signs_and_is_shown_in_two_halves():
    code = make_code(range(8))
    assert written_code(code) == f"{code[:4]}-{code[4:]}"
    assert len(code) == 8


def seal(**changes):
    usual = {
        "number": "A2026-000123",
        "kind": "attestation",
        "initials": "L. M.",
        "issued_at": AT,
        "content": PaperContent("Attestation", "léa", "L. M.", sections=[Section("Faits", facts=[["Enfant", "Léa"]])]),
        "key": "une clé",
    }
    said = usual | changes
    return digest_of(**(said | {"content": said["content"].as_json()}))


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "A2026-000124"},
        {"kind": "recapitulatif"},
        {"initials": "T. M."},
        {"issued_at": AT + timedelta(seconds=1)},
        {
            "content": PaperContent(
                "Attestation", "léa", "L. M.", sections=[Section("Faits", facts=[["Enfant", "Tom"]])]
            )
        },
        {"key": "une autre clé"},
    ],
)
def test_whatever_changes_breaks_the_seal(changes):
    assert seal() == seal()
    assert seal(**changes) != seal()
