"""Recording a request (démarche) and its acknowledgement."""

from datetime import datetime

from django.conf import settings

from accounts.models import User
from castres_portal.base.clock import in_paris
from castres_portal.base.numbering import take_numbers
from families.models import Family, FamilyRequest, Guardian


def record_request(
    *,
    kind: str,
    family: Family,
    guardian: Guardian | None,
    entered_by: User | None,
    summary: str,
    status: str,
    at: datetime,
    decided_at: datetime | None = None,
) -> FamilyRequest:
    """Write a numbered request ``D2026-000123``; call it late in the caller's transaction (the counter row is locked).

    The acknowledgement names the service in charge and the day of reception (CRPA R112-11-1); ``status`` is a
    FamilyRequest.Status, and ``decided_at`` the instant of an automatic decision.
    """
    year = in_paris(at).year
    number = f"D{year}-{take_numbers(f'demandes-{year}'):06d}"
    return FamilyRequest.objects.create(
        number=number,
        kind=kind,
        family=family,
        guardian=guardian,
        entered_by=entered_by,
        summary=summary[:200],
        status=status,
        received_at=at,
        decided_at=decided_at,
        service=str(settings.TOWN["service"]),
    )
