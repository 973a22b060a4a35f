"""Leaving other people out of texts that anybody may have typed: an agent's answer, a message, a summary.

A name is masked in both orders and whatever the capitals or accents; a surname or a first name alone only in free texts, and
never when it is also that of the person herself or of a child of hers.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

MASK = "[autre responsable]"
SHORTEST = 3  # letters of a name that is looked for alone


@dataclass(frozen=True)
class Person:
    """Who is to be left out."""

    first_name: str
    last_name: str
    reach: tuple[str, ...] = ()  # addresses, telephone numbers, streets


Masker = Callable[[str], str]


def masker(others: Iterable[Person], *, kept: Collection[str], free_text: bool) -> Masker:
    """Return a function that masks some people in a text; ``kept`` are the names that stay (hers, her children's)."""
    spared = {_plain(word) for word in kept}
    patterns: list[str] = []
    for person in others:
        first, last = _name(person.first_name), _name(person.last_name)
        if first and last:
            patterns += [rf"{first}\s+{last}", rf"{last}\s+{first}"]
        patterns += [
            _number(item) if _is_number(item) else re.escape(_plain(item)) for item in person.reach if item.strip()
        ]
        if free_text:
            alone = (name for name in (person.last_name, person.first_name) if _plain(name) not in spared)
            patterns += [_name(name) for name in alone if len(name.strip()) >= SHORTEST]
    if not patterns:
        return lambda text: text
    # The longest first, so that a whole name goes as one.
    found = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(patterns, key=len, reverse=True))})(?!\w)")
    return lambda text: _replace(found, text)


def _replace(pattern: re.Pattern[str], text: str) -> str:
    """Mask in a text what is found in its plain form, letter for letter the same length."""
    plain = "".join(_letter(letter) for letter in text)
    parts, end = [], 0
    for match in pattern.finditer(plain):
        parts += [text[end : match.start()], MASK]
        end = match.end()
    return "".join([*parts, text[end:]])


def _letter(letter: str) -> str:
    """Write one letter without accent or capital; one letter always gives one."""
    base = unicodedata.normalize("NFKD", letter)[0].lower()
    return base if len(base) == 1 else letter


def _plain(text: str) -> str:
    return "".join(_letter(letter) for letter in text.strip())


def _name(name: str) -> str:
    return r"[\s\-]+".join(re.escape(part) for part in re.split(r"[\s\-]+", _plain(name)) if part)


def _is_number(text: str) -> bool:
    return sum(letter.isdigit() for letter in text) >= 8 and not any(letter.isalpha() for letter in text)


def _number(text: str) -> str:
    digits = [letter for letter in text if letter.isdigit()]
    return r"[\s.\-]*".join(digits)
