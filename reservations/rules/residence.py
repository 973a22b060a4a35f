"""Whether an address is in the town, however its commune is written. Pure."""

import re
import unicodedata

CEDEX = re.compile(r"\bcedex\b.*$")
DEPARTMENT = 2


def lives_in_town(city: str, postcode: str, *, town: str, town_postcode: str) -> bool:
    """Say whether an address is in the town: the same name (accents, capitals, hyphens and CEDEX aside) in its department.

    A commune of the same name elsewhere in France is another one: the two first figures of the postcode tell them apart.
    """
    return plain(city) == plain(town) and postcode.strip()[:DEPARTMENT] == town_postcode[:DEPARTMENT]


def plain(city: str) -> str:
    """Return a commune's name without accents, capitals, punctuation nor CEDEX."""
    letters = unicodedata.normalize("NFD", city.casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", CEDEX.sub("", bare)).split())
