"""Reads of the règlements: which version is in force, and who of a household accepted which."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from documents.concerned import households_of, uses_of
from documents.models import Regulation, RegulationAcceptance, RegulationVersion
from families.models import Family, Guardian


def version_in_force(regulation: int, today: date) -> RegulationVersion | None:
    """Return the version of a règlement (by id) in force on a day, with its règlement; one query."""
    versions = RegulationVersion.objects.select_related("regulation").filter(regulation=regulation)
    return versions.filter(in_force_on__lte=today).order_by("-in_force_on").first()


def published_version(slug: str, number: int, today: date) -> RegulationVersion | None:
    """Return a version that is or was in force, or None; a version to come is not shown to families."""
    return (
        RegulationVersion.objects.select_related("regulation")
        .filter(regulation__slug=slug, number=number, in_force_on__lte=today)
        .first()
    )


@dataclass(frozen=True)
class RegulationSheet:
    """A règlement as the page lists it: the version in force, and what this household accepted, the latest first."""

    regulation: Regulation
    current: RegulationVersion
    acceptances: list[RegulationAcceptance]

    @property
    def accepted(self) -> RegulationAcceptance | None:
        """The acceptance of the version in force."""
        return next((row for row in self.acceptances if row.version_id == self.current.pk), None)


def regulation_sheets(family: Family | None, today: date) -> list[RegulationSheet]:
    """Return the règlements in force with a household's acceptances; two queries."""
    accepted: dict[int, list[RegulationAcceptance]] = defaultdict(list)
    if family is not None:
        for row in acceptances_of(family):
            accepted[row.version.regulation_id].append(row)
    return [
        RegulationSheet(version.regulation, version, accepted[version.regulation_id])
        for version in versions_in_force(today)
    ]


@dataclass(frozen=True)
class Consent:
    """A règlement that concerns a household: what for, the version in force, and who accepted which."""

    sheet: RegulationSheet
    uses: list[str]

    @property
    def is_to_accept(self) -> bool:
        """Whether nobody of the household has accepted the version in force."""
        return self.sheet.accepted is None

    def accepted_by(self, guardian: Guardian) -> bool:
        """Say whether this guardian accepted the version in force; each of them may."""
        current = self.sheet.current.pk
        return any(row.version_id == current and row.guardian_id == guardian.pk for row in self.sheet.acceptances)


def consents_of(family: Family, today: date) -> list[Consent]:
    """Return the règlements that concern a household on a day; a fixed number of queries."""
    uses = uses_of(family, today)
    if not uses:
        return []
    return [
        Consent(sheet, uses[sheet.regulation.pk])
        for sheet in regulation_sheets(family, today)
        if sheet.regulation.pk in uses
    ]


def versions_to_accept(family: Family, today: date) -> list[RegulationVersion]:
    """Return the versions that a household has still to accept: what a page before these wants to say of them."""
    return [consent.sheet.current for consent in consents_of(family, today) if consent.is_to_accept]


def versions_in_force(today: date) -> list[RegulationVersion]:
    """Return the version in force of each règlement, its text left; one query."""
    latest: dict[int, RegulationVersion] = {}
    versions = RegulationVersion.objects.select_related("regulation").defer("body").filter(in_force_on__lte=today)
    for version in versions.order_by("regulation__title", "regulation_id", "in_force_on"):
        latest[version.regulation_id] = version
    return list(latest.values())


def awaited_households(version: RegulationVersion, today: date) -> QuerySet[Family]:
    """Return the households that a version concerns and where nobody has accepted it, by name."""
    accepted = RegulationAcceptance.objects.filter(version=version, family=OuterRef("pk"))
    return households_of(version.regulation_id, today).filter(~Exists(accepted)).order_by("name", "number")


def acceptances_of(family: Family) -> list[RegulationAcceptance]:
    """Return what a household accepted, the latest first; one query."""
    rows = RegulationAcceptance.objects.filter(family=family).select_related("version", "guardian")
    return list(rows.defer("version__body").order_by("-accepted_at"))
