"""« Exporter mes données »: the sections of the archive, filled by the applications that own the data (in their ready()).

A section is asked for one guardian in one household: it gives what is hers, her household's and her children's, and never a
word of another guardian or of another household. What another guardian of the household did is « autre responsable du foyer ».
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from families.models import Guardian

OTHER = "autre responsable du foyer"
SELF = "moi"
SERVICE = "service"

Row = dict[str, Any]


@dataclass(frozen=True)
class ExportFile:
    """A file of the archive: its name there, and how to open it; opened when its turn comes, closed after it."""

    name: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Section:
    """A part of the archive: rows with French keys, read one by one, and files."""

    slug: str
    title: str
    rows: Callable[[Guardian, datetime], Iterable[Row]]
    files: Callable[[Guardian, datetime], Iterable[ExportFile]] | None = None
    position: int = 50


_sections: dict[str, Section] = {}


def register(*sections: Section) -> None:
    """Make sections known; raise ValueError when a slug is taken by another."""
    for section in sections:
        if _sections.get(section.slug, section) != section:
            raise ValueError(f"export section registered twice: {section.slug}")
        _sections[section.slug] = section


def all_sections() -> list[Section]:
    """Return the sections in their order."""
    return sorted(_sections.values(), key=lambda section: (section.position, section.title))


def by_whom(*, guardian: Guardian, author: int | None = None, account: int | None = None) -> str:
    """Say who did something without naming anybody else: ``author`` is a guardian's id, ``account`` a user's."""
    if author is not None:
        return SELF if author == guardian.pk else OTHER
    if account is not None:
        return SELF if account == guardian.user_id else "une autre personne"
    return SERVICE
