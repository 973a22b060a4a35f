"""Recording a request and its acknowledgement."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from accounts.models import User
from castres_portal.base.clock import in_paris
from castres_portal.base.numbering import take_numbers
from families import request_kinds
from families.emails import requests as emails
from families.models import Family, FamilyRequest, Guardian
from families.rules.requests import promised_day
from families.services.rights import refuse_who_may_not


def record_request(
    *,
    kind: str,
    family: Family | None,
    guardian: Guardian | None,
    entered_by: User | None,
    summary: str,
    status: str,
    at: datetime,
    decided_at: datetime | None = None,
    sender_name: str = "",
    sender_email: str = "",
) -> FamilyRequest:
    """Write a numbered request ``D2026-000123`` and mail its acknowledgement, unless its kind mails a receipt of its own.

    Call it late in the caller's transaction (the counter row is locked). The acknowledgement names the service in charge with
    its address and telephone, and the day of reception (CRPA R112-11-1); ``status`` is a FamilyRequest.Status, and
    ``decided_at`` the instant of an automatic decision. Without ``family``, a name and an address say who asks.
    """
    refuse_who_may_not(guardian, entered_by)
    known = request_kinds.kind_named(kind)
    is_open = status in FamilyRequest.OPEN
    days = known.promised_days if known.promised_days is not None else settings.PROMISED_DAYS["default"]
    year = in_paris(at).year
    number = f"D{year}-{take_numbers(f'demandes-{year}'):06d}"
    request = FamilyRequest.objects.create(
        number=number,
        kind=kind,
        family=family,
        guardian=guardian,
        entered_by=entered_by,
        sender_name=sender_name,
        sender_email=sender_email,
        summary=summary[:200],
        status=status,
        received_at=at,
        promised_on=promised_day(at, days) if is_open else None,
        decided_at=decided_at,
        silence=known.silence if is_open else FamilyRequest.Silence.NONE,
        **_service_of(known),
    )
    if known.acknowledges:
        emails.send_acknowledgement(request)
    return request


def record_settled_requests(
    *, kind: str, summaries: Mapping[int, str], entered_by: User, at: datetime, status: str = FamilyRequest.Status.DONE
) -> dict[int, FamilyRequest]:
    """Write a numbered request, already settled by the service, for many households (id: summary); return them by household.

    For what an agent does to many at once, and that mails notices of its own. Call it late in the caller's transaction.
    """
    known = request_kinds.kind_named(kind)
    year = in_paris(at).year
    first = take_numbers(f"demandes-{year}", len(summaries))
    rows = [
        FamilyRequest(
            number=f"D{year}-{number:06d}",
            kind=kind,
            family_id=family,
            entered_by=entered_by,
            summary=summary[:200],
            status=status,
            received_at=at,
            decided_at=at,
            decided_by=entered_by,
            **_service_of(known),
        )
        for number, (family, summary) in enumerate(summaries.items(), first)
    ]
    return {row.family_id: row for row in FamilyRequest.objects.bulk_create(rows, batch_size=1000)}  # type: ignore[misc]


def _service_of(kind: request_kinds.RequestKind) -> dict[str, str]:
    service = settings.SERVICES[kind.service]
    return {
        "service": service["name"],
        "service_address": service["address"],
        "service_phone": service["phone"],
        "service_email": service["email"],
    }
