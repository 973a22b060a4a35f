"""The kinds of paper that « Édition de documents » delivers, filled by the applications that own them (in ``AppConfig.ready``).

Number, proof, PDF and public check belong to the documents; what a paper says belongs to whoever knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from documents.rules.papers import PaperContent, Section
from families.models import Family

# A form that asks nothing but what the paper is about; made for a household on a day.
MakeForm = Callable[..., forms.Form]
# Reads what the paper says. Raises Refusal when there is nothing to say.
Build = Callable[[Family, dict[str, Any], date], PaperContent]


@dataclass(frozen=True)
class PaperKind:
    """A kind of paper: what it is called, what is asked (``make_form(family, today, data)``), what it says."""

    slug: str
    label: str
    description: str
    icon: str
    make_form: MakeForm
    build: Build
    rank: int = 100


_kinds: dict[str, PaperKind] = {}
_sections: list[Callable[[Family, date], list[Section]]] = []


def register(kind: PaperKind) -> None:
    """Make a kind known; raise ValueError when its slug is taken by another."""
    if _kinds.get(kind.slug, kind) != kind:
        raise ValueError(f"paper kind registered twice: {kind.slug}")
    _kinds[kind.slug] = kind


def kind_named(slug: str) -> PaperKind | None:
    """Return a kind by its slug, or None."""
    return _kinds.get(slug)


def all_kinds() -> list[PaperKind]:
    """Return the kinds that exist, in their order."""
    return sorted(_kinds.values(), key=lambda kind: (kind.rank, kind.label))


def register_summary(sections: Callable[[Family, date], list[Section]]) -> None:
    """Add sections to the summary of a household's data: what an upper application knows of this household, and no health."""
    if sections not in _sections:
        _sections.append(sections)


def summary_sections(family: Family, today: date) -> list[Section]:
    """Return what the other applications add to a household's summary."""
    return [section for sections in _sections for section in sections(family, today)]
