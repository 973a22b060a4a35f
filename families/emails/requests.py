"""The mails about a request: received, answered, a message. They say nothing of what was asked but its title."""

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import queue_mail
from families import request_kinds
from families.models import FamilyRequest
from families.outsiders import follow_path
from families.rules.requests import silence_day


def send_acknowledgement(request: FamilyRequest) -> None:
    """Send the acknowledgement of a request (CRPA L112-11, R112-11-1) to whoever made it."""
    _send("families/mail/acknowledgement", request)


def send_decision(request: FamilyRequest) -> None:
    """Tell who asked that the service has answered."""
    _send("families/mail/request_decided", request)


def send_new_message(request: FamilyRequest) -> None:
    """Tell who asked that the service wrote; the words themselves are read in the portal."""
    _send("families/mail/request_message", request)


def _send(template: str, request: FamilyRequest) -> None:
    to = request.guardian.mail_address if request.guardian else request.sender_email
    if not to:
        return
    path = reverse("families:request", args=[request.number]) if request.family_id else follow_path(request)
    context = {
        "request": request,
        "kind": request_kinds.kind_of(request),
        "hello": request.guardian.greeting if request.guardian else request.sender_name,
        "silence_on": silence_day(request.received_at),
        "url": f"{settings.SITE_URL}{path}",
    }
    # Who has no account reads and answers by the link alone: it is as good as a key.
    queue_mail(template, to, context, secret=request.family_id is None)
