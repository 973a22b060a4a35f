"""Passwords as the CNIL asks (délibération 2022-100 of 21 July 2022): 50 bits at least when attempts are throttled."""

import math
import re

from django.core.exceptions import ValidationError

LEAST_BITS = 50
LEAST_LENGTH = 8
CLASSES = ((r"[a-z]", 26), (r"[A-Z]", 26), (r"[0-9]", 10), (r"[^a-zA-Z0-9]", 37))
# Neighbours that a finger runs along: the alphabet, the digits, the rows of a French and of an English keyboard.
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl")
COMMON_FRENCH = frozenset(
    (
        *("azerty", "azertyuiop", "motdepasse", "bonjour", "soleil", "doudou", "loulou", "chouchou", "coucou", "amour"),
        *(
            "jetaime",
            "nicolas",
            "camille",
            "chocolat",
            "princesse",
            "licorne",
            "vacances",
            "famille",
            "maison",
            "cantine",
        ),
        *("ecole", "castres", "toulouse", "marseille", "stadetoulousain", "castresolympique"),
    )
)


def entropy_bits(password: str) -> float:
    """Return the bits of a password as the CNIL counts them: length × log2 of the alphabet of the classes that it uses.

    A character that carries on a run of three (« aaa », « abc », « 321 », « aze »), or that ends a group of three already
    seen (« azazaz »), counts for nothing: the CNIL's count supposes characters drawn at random.
    """
    alphabet = sum(size for pattern, size in CLASSES if re.search(pattern, password))
    if not alphabet:
        return 0.0
    return sum(_adds_something(password.lower(), place) for place in range(len(password))) * math.log2(alphabet)


def _adds_something(text: str, place: int) -> bool:
    """Say whether the character at a place is more than the end of a run or of a repetition."""
    if place < 2:
        return True
    three = text[place - 2 : place + 1]
    is_run = len(set(three)) == 1 or any(three in run or three in run[::-1] for run in RUNS)
    return not is_run and three not in text[:place]


class EntropyValidator:
    """Refuse a password that could be guessed in spite of the throttles."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError under 50 bits."""
        if len(password) < LEAST_LENGTH or entropy_bits(password) < LEAST_BITS:
            raise ValidationError(
                "Ce mot de passe est trop facile à deviner. Allongez-le : 12 caractères variés, ou plusieurs mots sans "
                "lien entre eux.",
                code="password_too_weak",
            )

    def get_help_text(self) -> str:
        """Return the sentence shown beside the field."""
        return (
            "Douze caractères recommandés, en mêlant lettres, chiffres et signes ; plusieurs mots sans lien entre eux font "
            "aussi un bon mot de passe."
        )


class FrenchCommonPasswordValidator:
    """Refuse the words that everybody tries first here."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when the letters alone are a common word."""
        letters = re.sub(r"[^a-z]", "", password.lower())
        if letters in COMMON_FRENCH:
            raise ValidationError("Ce mot de passe est trop courant.", code="password_too_common")

    def get_help_text(self) -> str:
        """Return the sentence shown beside the field."""
        return "Ni un mot courant, ni votre nom."
