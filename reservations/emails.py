"""Mails of the reservations: what was asked and what became of it. They name children and days, never health."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from castres_portal.base.mail import queue_mail
from families.models import FamilyRequest, Guardian
from reservations.models import BookingReceipt, Enrolment, ReceiptLine
from reservations.queries.receipts import answers_by_child


def queue_booking_receipt(
    receipt: BookingReceipt, lines: Sequence[ReceiptLine], guardian: Guardian | None, user: User | None
) -> None:
    """Mail a receipt with the outcome of each day to whoever sent the form; inside the transaction that wrote it."""
    to = address_of(guardian, user)
    if not to:
        return
    context = {
        "guardian": guardian,
        "request": receipt.request,
        "activity": receipt.activity,
        "children": answers_by_child(lines),
        "refused": sum(line.outcome == ReceiptLine.Outcome.REFUSED for line in lines),
        "url": _address(receipt.request),
    }
    queue_mail("reservations/mail/booking_receipt", to, context)


def queue_enrolment_receipt(enrolment: Enrolment, guardian: Guardian, user: User | None) -> None:
    """Mail the acknowledgement of an enrolment; inside the transaction that wrote it."""
    to = address_of(guardian, user)
    if to:
        url = _address(enrolment.request)
        queue_mail("reservations/mail/enrolment", to, {"guardian": guardian, "enrolment": enrolment, "url": url})


def address_of(guardian: Guardian | None, user: User | None) -> str:
    """Return where a guardian reads her mail: the address of her account, else the one in the household's file."""
    if guardian is None:
        return ""
    if user is not None and guardian.user_id == user.pk:
        return user.email
    return guardian.email


def _address(request: FamilyRequest) -> str:
    return settings.SITE_URL + reverse("families:request", args=[request.number])
