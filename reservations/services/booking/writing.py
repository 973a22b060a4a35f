"""Writing a submit down: its numbered request, its receipt with a line a day, its bookings and cancellations."""

from collections.abc import Collection

from families.models import FamilyRequest
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import BOOKING
from reservations.models import Booking, BookingReceipt, ReceiptLine, WaitingEntry
from reservations.queries.planning import Planning
from reservations.queries.receipts import summary_of
from reservations.services.booking.orders import Answers, Order


def write_receipt(planning: Planning, order: Order, answers: Answers) -> BookingReceipt:
    """Record the request, write everything under it and queue its mail."""
    request = record_request(
        kind=BOOKING,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=summary_of(answers.lines),
        status=answers.status,
        at=order.at,
        decided_at=order.at,
    )
    receipt = write_days(planning, order, answers, request)
    emails.queue_booking_receipt(receipt, answers.lines, order.guardian, order.user)
    return receipt


def write_days(planning: Planning, order: Order, answers: Answers, request: FamilyRequest) -> BookingReceipt:
    """Write the receipt of a request, its lines, the bookings and the cancellations."""
    answers.lines.sort(
        key=lambda line: (line.child.birth_date, line.child_id, line.activity.position, line.activity_id, line.day)
    )
    first = next(iter(planning.activities.values()))
    receipt = BookingReceipt.objects.create(request=request, submission=order.submission, activity=first)
    for line in answers.lines:
        line.receipt = receipt
    ReceiptLine.objects.bulk_create(answers.lines)
    # First, so that a day whose formula changes has at no instant two active bookings.
    if answers.to_cancel:
        _cancel(answers.to_cancel, order, receipt)
    if answers.to_book:
        for booking in answers.to_book:
            booking.receipt = receipt
        Booking.objects.bulk_create(answers.to_book)
        _end_waits(planning, order, answers.to_book)
    return receipt


def _cancel(bookings: Collection[Booking], order: Order, receipt: BookingReceipt) -> None:
    Booking.objects.filter(pk__in=[booking.pk for booking in bookings], status=Booking.Status.ACTIVE).update(
        status=Booking.Status.CANCELLED, cancelled_at=order.at, cancelled_by=order.user, cancel_receipt=receipt
    )


def _end_waits(planning: Planning, order: Order, booked: Collection[Booking]) -> None:
    """Take off the waiting list those who have just got the day that they waited for."""
    counted = {row.site_id for rows in planning.enrolments.values() for row in rows if row.site.places is not None}
    days = {(b.child_id, b.activity_id, b.day): b for b in booked if b.site_id in counted}
    if not days:
        return
    waits = WaitingEntry.objects.filter(
        child__in=order.children, day__in={day for *_, day in days}, status__in=WaitingEntry.STANDING
    )
    for wait in waits.order_by():
        if booking := days.get((wait.child_id, wait.activity_id, wait.day)):
            WaitingEntry.objects.filter(pk=wait.pk).update(
                status=WaitingEntry.Status.TAKEN, ended_at=order.at, booking=booking
            )
