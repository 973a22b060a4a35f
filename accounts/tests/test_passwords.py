"""What the CNIL asks of a password (délibération 2022-100), in examples."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.passwords import LEAST_BITS, entropy_bits

ACCEPTED = [
    ("Tramontane-81", "thirteen signs of four classes"),
    ("h7!Kq2vR", "eight signs drawn from four classes"),
    ("cheval agrafe batterie", "three words without a link"),
    ("loutre moutarde pivoine vitre", "a sentence in small letters"),
    ("7 pommes au Four", "everyday signs, long enough"),
    ("été-givré-82", "accents count as signs"),
    ("8402716395048913", "sixteen figures drawn at random"),
]
REFUSED = [
    ("a", "one letter"),
    ("h7!Kq2", "six signs, however varied"),
    ("kqvhtzrm", "eight small letters: 38 bits"),
    ("aaaaaaaaaaaaaaaa", "one letter held down"),
    ("azazazazazazazaz", "two letters in turn"),
    ("123456789012345", "figures in order"),
    ("987654321098765", "figures backwards"),
    ("abcdefghijklmnop", "the alphabet"),
    ("azertyuiopqsdfgh", "two rows of the keyboard"),
    ("AZERTYUIOPqsdfgh", "the same, with capitals"),
    ("castres2026!", "a common word and a year"),
    ("Motdepasse81!!", "a common word in disguise"),
    ("castres-olympique-81", "the rugby club"),
    ("password", "first of every list"),
]


@pytest.mark.parametrize(("password", "why"), ACCEPTED)
def test_a_password_hard_to_guess_is_accepted(password, why):
    validate_password(password)


@pytest.mark.parametrize(("password", "why"), REFUSED)
def test_a_password_easy_to_guess_is_refused(password, why):
    with pytest.raises(ValidationError):
        validate_password(password)


def test_a_password_made_of_ones_own_name_is_refused():
    person = User(email="claire.montredon@example.org", first_name="Claire", last_name="Montredon")
    with pytest.raises(ValidationError):
        validate_password("Montredon.claire", person)


@pytest.mark.parametrize(
    ("password", "bits"),
    [("", 0), ("k", 5), ("kqvhtzrm", 38), ("0482716395", 33), ("h7!Kq2vR", 53), ("aaaa", 9), ("abcabc", 19)],
)
def test_bits_are_counted_as_the_cnil_does_and_repetitions_for_nothing(password, bits):
    assert round(entropy_bits(password)) == bits


def test_the_bar_is_the_one_for_throttled_sign_in():
    assert LEAST_BITS == 50
