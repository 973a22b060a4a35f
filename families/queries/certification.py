"""Where the yearly certification stands: the campaign, who certified, what changed since."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from families.certification import Section, SectionState, sections
from families.models import Certification, Custody, Family
from families.rules import certification as rules
from families.rules.certification import Campaign
from families.school_years import school_years


def campaign_on(today: date) -> Campaign | None:
    """Return the certification that runs on a day, or None; one query."""
    wanted: Any = settings.CERTIFICATION
    return rules.campaign_on(today, school_years(), opens=wanted["opens"], due=wanted["due"])


@dataclass(frozen=True)
class Part:
    """A section of one household's file, and whether it changed since it was certified."""

    section: Section
    state: SectionState
    changed: bool = False


@dataclass(frozen=True)
class FileState:
    """One household's file as the page shows it. ``seal`` names what was shown: the form sends it back."""

    campaign: Campaign
    parts: list[Part]
    certification: Certification | None
    is_late: bool

    @property
    def digests(self) -> dict[str, str]:
        """Each section's fingerprint."""
        return {part.section.slug: part.state.digest for part in self.parts}

    @property
    def seal(self) -> str:
        """One fingerprint for all."""
        return hashlib.sha256("".join(self.digests.values()).encode()).hexdigest()

    @property
    def changed(self) -> list[Part]:
        """The sections that changed since the certification."""
        return [part for part in self.parts if part.changed]


def file_state(family: Family, *, today: date) -> FileState | None:
    """Return all of a household's file for certification, or None outside any campaign; a fixed number of queries."""
    campaign = campaign_on(today)
    if campaign is None:
        return None
    row = certification_of(family, campaign)
    known = row.digests if row else {}
    parts = []
    for section in sections():
        state = section.load(family, today)
        parts.append(Part(section, state, known.get(section.slug, state.digest) != state.digest))
    return FileState(campaign, parts, row, row is None and today > campaign.due_on)


def certification_of(family: Family, campaign: Campaign) -> Certification | None:
    """Return a household's certification for a campaign, or None; one query."""
    rows = Certification.objects.select_related("guardian", "request")
    return rows.filter(family=family, school_year=campaign.year).first()


def concerned(today: date) -> QuerySet[Family]:
    """Return the households that certify: those where a child lives."""
    stays = Custody.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), family=OuterRef("pk"), starts_on__lte=today)
    return Family.objects.filter(Exists(stays))


def uncertified(campaign: Campaign, *, today: date) -> QuerySet[Family]:
    """Return the households that have not certified for a campaign."""
    done = Certification.objects.filter(family=OuterRef("pk"), school_year=campaign.year)
    return concerned(today).filter(~Exists(done))
