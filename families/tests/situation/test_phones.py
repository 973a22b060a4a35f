"""Telephone numbers as people type them."""

import pytest

from families.rules.phones import BadPhone, normalise_phone

GOOD = [
    ("0612345678", "06 12 34 56 78"),
    ("06.12.34.56.78", "06 12 34 56 78"),
    ("06-12-34-56-78", "06 12 34 56 78"),
    ("06 12\u00a034 56 78", "06 12 34 56 78"),
    ("+33612345678", "06 12 34 56 78"),
    ("+33 (0)6 12 34 56 78", "06 12 34 56 78"),
    ("0033 6 12 34 56 78", "06 12 34 56 78"),
    ("+330612345678", "06 12 34 56 78"),
    ("05/63/62/43/44", "05 63 62 43 44"),
    ("+34 612 345 678", "+34612345678"),
    ("00 32 470 12 34 56", "+32470123456"),
    ("+262 692 12 34 56", "+262692123456"),
    ("", ""),
    ("   ", ""),
]
BAD = [
    ("061234567", "Il manque 1 chiffre"),
    ("06123", "Il manque 5 chiffres"),
    ("06123456789", "Il y a 1 chiffre de trop"),
    ("1612345678", "commence par 01 à 09"),
    ("0012345", "n’est pas complet"),
    ("mon portable", "que des chiffres"),
    ("06 12 34 56 78 (papa)", "que des chiffres"),
    ("06+12345678", "qu’au début"),
    ("+1234", "n’est pas complet"),
    ("+1234567890123456", "n’est pas complet"),
]


@pytest.mark.parametrize(("typed", "kept"), GOOD)
def test_a_number_is_kept_in_one_form(typed, kept):
    assert normalise_phone(typed) == kept
    assert normalise_phone(kept) == kept


@pytest.mark.parametrize(("typed", "said"), BAD)
def test_a_number_that_cannot_be_one_is_refused_in_words(typed, said):
    with pytest.raises(BadPhone, match=said):
        normalise_phone(typed)
