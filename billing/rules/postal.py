"""The order in which letters are posted: by town, by street, by number in the street. Pure."""

import re
import unicodedata

NUMBER = re.compile(r"^\s*(\d+)\s*(bis|ter|quater|[a-d]\b)?[\s,]*", re.IGNORECASE)
REPEATS = ("", "bis", "ter", "quater")

PostalKey = tuple[str, str, str, int, int, str]


def postal_key(*, postcode: str, city: str, street: str, name: str = "") -> PostalKey:
    """Return what sorts an address: postcode, town, street, number, then bis before ter, then the name on the letter."""
    number, repeat, way = _parts(street)
    return postcode.strip(), _plain(city), _plain(way), number, repeat, _plain(name)


def _parts(street: str) -> tuple[int, int, str]:
    found = NUMBER.match(street)
    if found is None:
        return 0, 0, street
    return int(found[1]), _repeat((found[2] or "").lower()), street[found.end() :]


def _repeat(said: str) -> int:
    return REPEATS.index(said) if said in REPEATS else ord(said) - ord("a") + 1


def _plain(text: str) -> str:
    """Return a text without accents, case or punctuation: « Rue de l’Évêché » sorts like « rue de l'eveche »."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c))))
