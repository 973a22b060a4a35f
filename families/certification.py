"""What a family certifies once a year: sections that each application adds (in its ``AppConfig.ready``), read in one page.

A section says what the file holds, where to change it, and what is missing. Its fingerprint lets the page say, later, that it
changed since.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.urls import NoReverseMatch, reverse

from families.models import Family


@dataclass(frozen=True)
class SectionState:
    """What a section shows of a household: (label, words) each; ``missing`` says in a sentence what is to be done.

    ``fingerprint`` replaces the facts when what they say may change by itself (a delay that runs out).
    """

    facts: list[tuple[str, str]]
    missing: str = ""
    fingerprint: list[object] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """A fingerprint of what was shown: equal as long as nothing has changed."""
        text = json.dumps(self.fingerprint or self.facts, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Section:
    """A section of the page: ``page`` names the address where it is changed, ``action`` its link."""

    slug: str
    title: str
    icon: str
    load: Callable[[Family, date], SectionState]
    page: str = ""
    action: str = "Modifier"

    @property
    def url(self) -> str:
        """Where to change it, or nothing when no page does: the service then changes it."""
        try:
            return reverse(self.page) if self.page else ""
        except NoReverseMatch:
            return ""


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a section after those already known; raise ValueError when its slug is taken by another."""
    if _sections.get(section.slug, section) != section:
        raise ValueError(f"certification section registered twice: {section.slug}")
    _sections[section.slug] = section


def sections() -> list[Section]:
    """Return the sections, in the order in which applications added them."""
    return list(_sections.values())
