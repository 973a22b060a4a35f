"""What a paper says, and how it is proved. Pure: no database, no clock, no request."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from families.rules.codes import ALPHABET, normalise

CODE_LENGTH = 8
PURPOSE = "papier"  # what the digest is for: the same key protects other things


@dataclass(frozen=True)
class Section:
    """A part of a paper: a heading, facts (label, value), a table (head and rows of texts), paragraphs."""

    title: str = ""
    facts: Sequence[Sequence[str]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    text: Sequence[str] = ()


@dataclass(frozen=True)
class PaperContent:
    """What a paper says, as it will be kept: texts only, so that the same paper can be made again years later.

    ``subject`` is what two papers about the same thing have in common; ``initials`` are those of the person whom it names.
    """

    title: str
    subject: str
    initials: str
    intro: Sequence[str] = ()
    sections: Sequence[Section] = field(default_factory=tuple)
    closing: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what is kept: plain lists and texts."""
        frozen: dict[str, Any] = json.loads(json.dumps(asdict(self), ensure_ascii=False))
        return frozen


def digest_of(
    *, number: str, kind: str, initials: str, issued_at: datetime, content: Mapping[str, Any], key: str
) -> str:
    """Return the keyed digest (HMAC-SHA-256, hexadecimal) of a paper: what it says, and when, under which number.

    Whoever could write in the database, but has not the key, cannot make a paper that the town answers for.
    """
    said = [PURPOSE, number, kind, initials, f"{issued_at.timestamp():.6f}", content]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def initials_of(*names: str) -> str:
    """Return the initials of first name and surname: « L. M. », « J.-P. D. »."""
    return " ".join(filter(None, (_initial(name) for name in names)))


def _initial(name: str) -> str:
    parts = [part for part in re.split(r"-", name.strip()) if part]
    return "-".join(f"{part.lstrip()[0].upper()}." for part in parts[:2] if part.strip())


def make_code(draw: Sequence[int]) -> str:
    """Return a check code from eight numbers drawn at random."""
    return "".join(ALPHABET[number % len(ALPHABET)] for number in draw)


def written_code(code: str) -> str:
    """Return a check code as the paper shows it: ``ACDE-FGHJ``."""
    return f"{code[:4]}-{code[4:]}"


def read_code(text: str) -> str:
    """Return a check code from what somebody typed: spaces, hyphens, case and look-alikes put right."""
    return normalise(text)[:CODE_LENGTH]


def read_number(text: str) -> str:
    """Return a paper's number from what somebody typed: « a2026 123 » is A2026-000123; an empty text when it is none."""
    found = re.fullmatch(r"\s*(?:n°\s*)?A?\s*(20\d\d)[\s-]*(\d{1,9})\s*", text, re.IGNORECASE)
    return f"A{found[1]}-{int(found[2]):06d}" if found else ""
