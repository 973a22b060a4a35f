"""Mails of the days given back after the deadline: what was answered, and that somebody took the place. Never who did."""

from collections.abc import Sequence

from accounts.models import User
from castres_portal.base.mail import queue_mail
from families.models import Guardian
from reservations.emails.addresses import address_of, page_of
from reservations.models import Booking, BookingReceipt, ReceiptLine
from reservations.queries.receipts import answers_by_child


def queue_late_days_receipt(
    receipt: BookingReceipt, lines: Sequence[ReceiptLine], guardian: Guardian | None, user: User | None
) -> None:
    """Mail what became of days given back, or taken back; inside the transaction that wrote them."""
    to = address_of(guardian, user)
    if not to:
        return
    outcomes = {line.outcome for line in lines}
    context = {
        "guardian": guardian,
        "request": receipt.request,
        "children": answers_by_child(lines),
        "given_back": ReceiptLine.Outcome.GIVEN_BACK in outcomes,
        "taken_back": ReceiptLine.Outcome.TAKEN_BACK in outcomes,
        "url": page_of(receipt.request),
    }
    queue_mail("reservations/mail/late_days", to, context)


def queue_day_resold(booking: Booking) -> None:
    """Tell who gave a day back that another family has taken it, so that it is not charged."""
    if booking.give_back_receipt is None:
        return
    request = booking.give_back_receipt.request
    to = request.guardian.mail_address if request.guardian else ""
    if to:
        context = {"guardian": request.guardian, "booking": booking, "request": request, "url": page_of(request)}
        queue_mail("reservations/mail/day_resold", to, context)
