"""Writing to the service."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from castres_portal.models import ContactMessage
from families.models import FamilyRequest, Guardian
from families.services.requests import record_request

KIND = "contact"


@transaction.atomic(durable=True)
def send_message(
    *,
    subject: str,
    body: str,
    submission: UUID,
    at: datetime,
    guardian: Guardian | None = None,
    user: User | None = None,
    name: str = "",
    email: str = "",
    phone: str = "",
) -> FamilyRequest:
    """Record a message as a démarche, acknowledged by mail; the same ``submission`` sent twice is one message.

    ``guardian`` says who writes when she is known; otherwise ``name`` and ``email`` do. ``subject`` is a key of
    settings.CONTACT_SUBJECTS.
    """
    already = ContactMessage.objects.select_related("request").filter(submission=submission).first()
    if already:
        return already.request
    request = record_request(
        kind=KIND,
        family=guardian.family if guardian else None,
        guardian=guardian,
        entered_by=user if guardian else None,
        summary=f"Message : {settings.CONTACT_SUBJECTS[subject]}",
        status=FamilyRequest.Status.RECEIVED,
        at=at,
        sender_name="" if guardian else name,
        sender_email="" if guardian else email,
    )
    ContactMessage.objects.create(request=request, submission=submission, subject=subject, body=body, phone=phone)
    return request
