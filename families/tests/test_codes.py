"""The text of a code, as people type it."""

import pytest

from families.rules import codes


@pytest.mark.parametrize(
    "typed",
    [
        "ACDEF-GH25K",
        "acdefgh25k",
        " acdef gh25k ",
        "ACDEF - GH25K",
        "ACDEF–GH25K",
        "A C D E F G H 2 5 K",
        "ACDEFGHZSK",  # Z read for 2, S for 5
        "AC0EFGH25K",  # zero read for D
        "ACDEF6H25K",  # 6 read for G
        "ÀCDÉFGH25K",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed):
    assert codes.normalise(typed) == "ACDEFGH25K"


def test_a_code_is_written_in_two_halves():
    assert codes.written("ACDEFGH25K") == "ACDEF-GH25K"


def test_no_sign_of_the_alphabet_is_taken_for_another():
    assert not set("0O1ILBSZUQ6") & set(codes.ALPHABET)
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET)
    assert codes.normalise(codes.ALPHABET) == codes.ALPHABET


def test_the_digest_needs_the_key():
    assert codes.digest("ACDEFGH25K", "one") != codes.digest("ACDEFGH25K", "another")
    assert len(codes.digest("ACDEFGH25K", "one")) == 64
