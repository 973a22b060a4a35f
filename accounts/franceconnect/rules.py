"""Is this the person of our file? Names as civil registers write them, against names as families and agents type them."""

import re
import unicodedata
from dataclasses import dataclass

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})


@dataclass(frozen=True)
class Identity:
    """What is kept of a pivot identity while it is being linked: the subject and the names, nothing else.

    ``family_name`` is the birth name, ``given_names`` all those of the birth certificate, ``usage_name`` the name used in
    daily life, empty when the person has none.
    """

    sub: str
    family_name: str
    given_names: str
    usage_name: str = ""

    @property
    def shown(self) -> str:
        """The identity as a page shows it: « Claire Marie MARTIN »."""
        return f"{self.given_names.title()} {(self.usage_name or self.family_name).upper()}".strip()


def fold(name: str) -> str:
    """Return a name without accents, case, hyphens, apostrophes or doubled blanks: « Léa-Marie » gives « lea marie »."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def same_person(identity: Identity, *, first_name: str, last_name: str) -> bool:
    """Say whether a file's names are those of a FranceConnect identity.

    The surname may be the birth name, the name in use, or both together in either order (loi du 6 fructidor an II; the
    name in use is free, code civil art. 225-1). The first name may be any of the birth certificate's (code civil art. 57),
    alone or with the next ones.
    """
    return _same_surname(identity, fold(last_name)) and _same_first_name(fold(identity.given_names), fold(first_name))


def _same_surname(identity: Identity, ours: str) -> bool:
    birth, usage = fold(identity.family_name), fold(identity.usage_name)
    return bool(ours) and ours in {birth, usage, f"{birth} {usage}", f"{usage} {birth}"} - {""}


def _same_first_name(civil: str, ours: str) -> bool:
    # Whole names in their order: « Marie » is one of « Anne Marie Claire », « Ann » is not.
    return bool(ours) and f" {ours} " in f" {civil} "
