"""Whom a règlement concerns: the applications whose services have one say it (in their ``AppConfig.ready``)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from families.models import Family


@dataclass(frozen=True)
class Source:
    """Who uses services that have a règlement.

    ``of_family`` gives, for one household, what each règlement (by id) is about: « Restauration scolaire (Léa, Tom) ».
    ``households`` gives all pairs as rows ``{"regulation": id, "household": id}``, to be filtered in bulk.
    """

    of_family: Callable[[Family, date], dict[int, list[str]]]
    households: Callable[[date], QuerySet[Any, Any]]


_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source; the same one again adds nothing."""
    if source not in _sources:
        _sources.append(source)


def uses_of(family: Family, today: date) -> dict[int, list[str]]:
    """Return what each règlement that concerns a household is about; a fixed number of queries per source."""
    found: dict[int, list[str]] = {}
    for source in _sources:
        for regulation, uses in source.of_family(family, today).items():
            found.setdefault(regulation, []).extend(uses)
    return found


def households_of(regulation: int, today: date) -> QuerySet[Family]:
    """Return the households that a règlement (by id) concerns on a day; nothing is read yet."""
    found = Family.objects.none()
    for source in _sources:
        pairs = source.households(today).filter(regulation=regulation)
        found = found | Family.objects.filter(pk__in=pairs.values("household"))
    return found
