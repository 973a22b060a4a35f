"""Mails of the reservations: what was asked and what became of it. They name children and days, never health."""

from collections.abc import Sequence

from accounts.models import User
from castres_portal.base.mail import queue_mail
from families.models import Guardian
from reservations.emails.addresses import address_of, page_of
from reservations.models import BookingReceipt, ReceiptLine
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
        "children": answers_by_child(lines),
        "refused": sum(line.outcome == ReceiptLine.Outcome.REFUSED for line in lines),
        "url": page_of(receipt.request),
    }
    queue_mail("reservations/mail/booking_receipt", to, context)
