"""Telephone numbers as people type them, kept in one form. Pure.

A French number is kept by pairs, ``06 12 34 56 78``; a foreign one with its country, ``+34612345678`` (ITU-T E.164: fifteen
digits at most). The formats come from the French numbering plan (ARCEP): ten digits, the first a zero, the second not.
"""

import re

LONGEST, SHORTEST_FOREIGN = 15, 8
EXAMPLE = "Exemple : 06 12 34 56 78, ou +34 612 345 678 pour un numéro étranger."


class BadPhone(ValueError):
    """A number that cannot be one; ``args[0]`` says why in French."""


def normalise_phone(typed: str) -> str:
    """Return a number in the form that is kept; raise BadPhone with a French sentence. An empty text stays empty."""
    text = typed.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if not text:
        return ""
    text = text.replace("(0)", "")
    if re.search(r"[^\d\s.+\-/()]", text):
        raise BadPhone(f"Un numéro de téléphone ne contient que des chiffres. {EXAMPLE}")
    foreign = text.startswith("+")
    digits = re.sub(r"\D", "", text)
    if not foreign and digits.startswith("00"):
        foreign, digits = True, digits[2:]
    if "+" in text[1:]:
        raise BadPhone(f"Le signe + ne s’écrit qu’au début. {EXAMPLE}")
    if foreign and digits.startswith("33"):
        foreign, digits = False, "0" + digits[2:].removeprefix("0")
    return _foreign(digits) if foreign else _french(digits)


def _french(digits: str) -> str:
    if len(digits) < 10:
        missing = 10 - len(digits)
        raise BadPhone(f"Il manque {missing} chiffre{'s' if missing > 1 else ''} : un numéro en compte dix. {EXAMPLE}")
    if len(digits) > 10:
        extra = len(digits) - 10
        raise BadPhone(f"Il y a {extra} chiffre{'s' if extra > 1 else ''} de trop : un numéro en compte dix. {EXAMPLE}")
    if digits[0] != "0" or digits[1] == "0":
        raise BadPhone(f"Un numéro français commence par 01 à 09. {EXAMPLE}")
    return " ".join(digits[place : place + 2] for place in range(0, 10, 2))


def _foreign(digits: str) -> str:
    if not SHORTEST_FOREIGN <= len(digits) <= LONGEST or digits.startswith("0"):
        raise BadPhone(f"Ce numéro étranger n’est pas complet : écrivez + puis l’indicatif du pays. {EXAMPLE}")
    return f"+{digits}"
