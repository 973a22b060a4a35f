"""Reads of the règlements: which version is in force, and who of a household accepted which."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from documents.models import Regulation, RegulationAcceptance, RegulationVersion
from families.models import Family


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


def versions_in_force(today: date) -> dict[int, RegulationVersion]:
    """Return the version in force of each règlement, by the règlement's id, without its text; one query."""
    latest: dict[int, RegulationVersion] = {}
    versions = RegulationVersion.objects.select_related("regulation").defer("body").filter(in_force_on__lte=today)
    for version in versions.order_by("regulation__title", "regulation_id", "in_force_on"):
        latest[version.regulation_id] = version
    return latest


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
    latest = versions_in_force(today)
    accepted: dict[int, list[RegulationAcceptance]] = defaultdict(list)
    if family is not None:
        for row in acceptances_of(family):
            accepted[row.version.regulation_id].append(row)
    return [RegulationSheet(version.regulation, version, accepted[pk]) for pk, version in latest.items()]


def acceptances_of(family: Family) -> list[RegulationAcceptance]:
    """Return what a household accepted, the latest first; one query."""
    rows = RegulationAcceptance.objects.filter(family=family).select_related("version", "guardian")
    return list(rows.defer("version__body").order_by("-accepted_at"))
