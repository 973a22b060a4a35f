"""Is this the person of our file?"""

import pytest

from accounts.franceconnect.rules import Identity, fold, same_person


@pytest.mark.parametrize(
    "written, folded",
    [
        ("Léa-Marie", "lea marie"),
        ("D’Artagnan", "d artagnan"),
        ("L'HÉRITIER", "l heritier"),
        ("  de   La  Tour ", "de la tour"),
        ("CŒUR", "coeur"),
        ("Nuñez", "nunez"),
        ("Øyvind", "oyvind"),
        ("", ""),
        ("--", ""),
    ],
)
def test_names_are_compared_without_accents_case_or_hyphens(written, folded):
    assert fold(written) == folded


@pytest.mark.parametrize(
    "given, birth, usage, first_name, last_name, same",
    [
        ("CLAIRE MARIE", "MARTIN", "", "Claire", "Martin", True),
        ("CLAIRE MARIE", "DELMAS", "MARTIN", "Claire", "Martin", True),  # the name in use
        ("CLAIRE MARIE", "DELMAS", "MARTIN", "Claire", "Delmas", True),  # the birth name
        ("CLAIRE MARIE", "DELMAS", "MARTIN", "Claire", "Delmas-Martin", True),
        ("CLAIRE MARIE", "DELMAS", "MARTIN", "Claire", "Martin Delmas", True),
        ("CLAIRE MARIE", "DELMAS", "MARTIN", "Marie", "Martin", True),  # any name of the birth certificate
        ("JEAN-PIERRE PAUL", "ROUMÉGOUS", "", "Jean Pierre", "Roumegous", True),
        ("ÉLODIE", "N’GUYEN", "", "Elodie", "N'Guyen", True),
        ("CLAIRE MARIE", "MARTIN", "", "Clair", "Martin", False),
        ("CLAIRE MARIE", "MARTIN", "", "Paul", "Martin", False),
        ("CLAIRE MARIE", "MARTIN", "", "Claire", "Durand", False),
        ("CLAIRE MARIE", "MARTIN", "", "Claire", "Mart", False),
        ("CLAIRE", "MARTIN", "", "Claire Marie", "Martin", False),
        ("CLAIRE", "MARTIN", "", "", "Martin", False),
        ("CLAIRE", "MARTIN", "", "Claire", "", False),
    ],
)
def test_who_is_the_person_of_the_file(given, birth, usage, first_name, last_name, same):
    identity = Identity("s", birth, given, usage)
    assert same_person(identity, first_name=first_name, last_name=last_name) is same
