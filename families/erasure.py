"""What each application erases, keeps and knows when a guardian or a whole household is to be forgotten (filled in ready()).

The households' own part is in ``families.services.privacy.erasing``; an application above adds what it alone knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from families.models import Child, Family, Guardian


@dataclass(frozen=True)
class Scope:
    """Who is forgotten: a guardian, or a household with its guardians, and the children who have no other household."""

    family: Family
    guardians: list[Guardian]
    whole_household: bool
    children: list[Child] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One application's share.

    ``obstacle`` says in French why it cannot be done now, or nothing. ``erase`` runs in the erasure's transaction, writes
    without signals, and returns (label, rows) of what it erased. ``active_since`` gives the ids of the households that did
    something since an instant: they are not dormant.
    """

    slug: str
    obstacle: Callable[[Scope, date], str] | None = None
    erase: Callable[[Scope, datetime], Iterable[tuple[str, int]]] | None = None
    active_since: Callable[[datetime], Iterable[int]] | None = None


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Make a part known; raise ValueError when its slug is taken by another."""
    if _parts.get(part.slug, part) != part:
        raise ValueError(f"erasure part registered twice: {part.slug}")
    _parts[part.slug] = part


def all_parts() -> list[Part]:
    """Return the parts."""
    return list(_parts.values())
