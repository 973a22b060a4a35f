"""Recording a request and its acknowledgement."""

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
    service = settings.SERVICES[known.service]
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
        service=service["name"],
        service_address=service["address"],
        service_phone=service["phone"],
        service_email=service["email"],
    )
    if known.acknowledges:
        emails.send_acknowledgement(request)
    return request
