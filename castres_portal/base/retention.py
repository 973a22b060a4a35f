"""How long each category of personal data is kept: one row read by the page « Données personnelles » and by the purges.

A category is registered by the application that owns the data (in its ``AppConfig.ready``); its duration is a setting
(``RETENTION``, by slug), and ``applied_by`` names the function that applies it. Nothing here deletes anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from castres_portal.base.clock import in_paris

PUBLIC_INTEREST = "Mission d’intérêt public (RGPD, article 6‑1‑e)"
LEGAL_DUTY = "Obligation légale (RGPD, article 6‑1‑c)"
UNITS = {"years": ("an", "ans"), "months": ("mois", "mois"), "days": ("jour", "jours")}

# Answers how many rows are past their time at an instant; deletes them too unless it is a dry run.
Purge = Callable[[datetime, bool], int]


@dataclass(frozen=True)
class Category:
    """A category of data: what it is, why it is held and by which right, from when its time runs, and what happens then.

    ``nightly`` is False when a task of its own applies it. ``kept_by_law`` says why an erasure leaves it, when it does.
    ``says`` gives the words of a time that is not one of RETENTION's.
    """

    slug: str
    label: str
    data: str
    purpose: str
    basis: str
    starts: str
    then: str
    source: str
    applied_by: str
    nightly: bool = True
    kept_by_law: str = ""
    position: int = 50
    says: Callable[[], str] | None = None

    @property
    def duration(self) -> str:
        """« 2 ans », « 7 jours », or what ``says`` answers for data whose time is a setting of their own."""
        if self.says:
            return self.says()
        unit, count = _setting(self.slug)
        return f"{count}\u00a0{UNITS[unit][count > 1]}"

    def purge(self) -> Purge:
        """Return the function that applies it; raise ImportError when it does not exist."""
        found: Purge = import_string(self.applied_by)
        return found


_categories: dict[str, Category] = {}


def register(*categories: Category) -> None:
    """Make categories known; raise ValueError when a slug is taken by another."""
    for category in categories:
        if _categories.get(category.slug, category) != category:
            raise ValueError(f"retention category registered twice: {category.slug}")
        _categories[category.slug] = category


def all_categories() -> list[Category]:
    """Return the categories, in the order of the page."""
    return sorted(_categories.values(), key=lambda category: (category.position, category.label))


def limit(slug: str, at: datetime) -> datetime:
    """Return the instant before which data of a category is past its time, seen from ``at``; counted on the calendar."""
    unit, count = _setting(slug)
    here = in_paris(at)
    if unit == "days":
        return _on_day(here, date.fromordinal(here.toordinal() - count))
    months = here.year * 12 + here.month - 1 - count * (12 if unit == "years" else 1)
    year, month = months // 12, months % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - date.resolution).day
    return _on_day(here, date(year, month, min(here.day, last)))


def _on_day(here: datetime, day: date) -> datetime:
    return here.replace(year=day.year, month=day.month, day=day.day)


def _setting(slug: str) -> tuple[str, int]:
    duration: dict[str, Any] = settings.RETENTION[slug]
    ((unit, count),) = duration.items()
    return unit, int(count)


def problems() -> list[str]:
    """Return what is wrong between the settings and the categories, in French; empty when all is well."""
    found = [
        f"« {slug} » n’a pas de durée"
        for slug, row in _categories.items()
        if not row.says and slug not in settings.RETENTION
    ]
    found += [f"« {slug} » ne correspond à aucune donnée" for slug in settings.RETENTION if slug not in _categories]
    for slug, duration in settings.RETENTION.items():
        if (
            len(duration) != 1
            or not set(duration) <= set(UNITS)
            or not all(isinstance(count, int) and count > 0 for count in duration.values())
        ):
            found.append(f"la durée de « {slug} » est illisible")
    return found
