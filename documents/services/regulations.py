"""Accepting a règlement."""

from datetime import datetime

from documents.models import RegulationAcceptance, RegulationVersion
from families.models import Guardian


def accept_regulation(*, version: RegulationVersion, guardian: Guardian, at: datetime) -> RegulationAcceptance:
    """Keep that a guardian accepted a version for her household, and when; a second time returns the first acceptance.

    Part of the caller's transaction: what needs the acceptance is written with it.
    """
    acceptance, _ = RegulationAcceptance.objects.get_or_create(
        version=version, guardian=guardian, defaults={"family": guardian.family, "accepted_at": at}
    )
    return acceptance
