"""Passwords as the CNIL asks (délibération 2022-100 of 21 July 2022): 50 bits at least when attempts are throttled."""

import math
import re

from django.core.exceptions import ValidationError

LEAST_BITS = 50
CLASSES = ((r"[a-z]", 26), (r"[A-Z]", 26), (r"[0-9]", 10), (r"[^a-zA-Z0-9]", 37))
COMMON_FRENCH = frozenset(
    """azerty azertyuiop motdepasse bonjour soleil doudou loulou chouchou marseille castres jetaime jetaime81 nicolas
    camille chocolat princesse coucou amour licorne vacances famille maison toulouse cantine ecole stadetoulousain
    castresolympique""".split()
)


def entropy_bits(password: str) -> float:
    """Return the bits of a password as the CNIL counts them: length × log2 of the alphabet of the classes that it uses.

    A character that repeats the one before it, or follows a run (« abc », « 123 »), counts for nothing.
    """
    alphabet = sum(size for pattern, size in CLASSES if re.search(pattern, password))
    if not alphabet:
        return 0.0
    useful = sum(
        1
        for i, char in enumerate(password)
        if i == 0 or abs(ord(char) - ord(password[i - 1])) > 1
    )
    return useful * math.log2(alphabet)


class EntropyValidator:
    """Refuse a password that could be guessed in spite of the throttles."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError under 50 bits."""
        if len(password) < 8 or entropy_bits(password) < LEAST_BITS:
            raise ValidationError(
                "Ce mot de passe est trop facile à deviner. Allongez-le : 12 caractères, ou plusieurs mots sans lien entre eux.",
                code="password_too_weak",
            )

    def get_help_text(self) -> str:
        """Return the sentence shown beside the field."""
        return (
            "Douze caractères recommandés, en mêlant lettres, chiffres et signes ; plusieurs mots sans lien entre eux font "
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
