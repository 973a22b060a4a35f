"""Writing a submit down: its numbered request, its receipt with a line a day, its bookings and cancellations."""

from collections.abc import Collection
from datetime import datetime

from castres_portal.base.french import long_day
from families.models import FamilyRequest
from families.services.requests import record_request
from families.services.requests.deciding import add_step
from reservations import emails
from reservations.kinds import BOOKING
from reservations.models import Booking, BookingReceipt, ReceiptLine, WaitingEntry
from reservations.queries.planning import Planning
from reservations.queries.receipts import summary_of
from reservations.services.booking.orders import Answers, Order
from reservations.wakes import wake_waiting_list


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
        _cancel(planning, answers.to_cancel, order, receipt)
    if answers.to_book:
        for booking in answers.to_book:
            booking.receipt = receipt
        Booking.objects.bulk_create(answers.to_book)
        _end_waits(planning, order, answers.to_book)
    if answers.resold:
        free_days_given_back(answers.resold, order.at)
    return receipt


def _cancel(planning: Planning, bookings: Collection[Booking], order: Order, receipt: BookingReceipt) -> None:
    Booking.objects.filter(pk__in=[booking.pk for booking in bookings], status=Booking.Status.ACTIVE).update(
        status=Booking.Status.CANCELLED, cancelled_at=order.at, cancelled_by=order.user, cancel_receipt=receipt
    )
    if {booking.site_id for booking in bookings} & _counted(planning):
        wake_waiting_list()


def _counted(planning: Planning) -> set[int]:
    """Return the sites (ids) whose places are counted."""
    return {row.site_id for rows in planning.enrolments.values() for row in rows if row.site.places is not None}


def free_days_given_back(bookings: Collection[Booking], at: datetime) -> None:
    """Cancel without charge days that families gave back too late, now that others have taken them; tell these families.

    Inside the transaction that gives the places, their days locked. Who took them is told to nobody.
    """
    for booking in bookings:
        freed = Booking.objects.filter(pk=booking.pk, status=Booking.Status.ACTIVE).update(
            status=Booking.Status.CANCELLED, cancelled_at=at, cancel_receipt=booking.give_back_receipt
        )
        if freed and booking.give_back_receipt:
            said = (
                f"{long_day(booking.day).capitalize()} : une autre famille a pris la place, ce jour n’est pas facturé."
            )
            add_step(booking.give_back_receipt.request, at=at, by=None, words=said)
            emails.queue_day_resold(booking)


def _end_waits(planning: Planning, order: Order, booked: Collection[Booking]) -> None:
    """Take off the waiting list those who have just got the day that they waited for."""
    counted = _counted(planning)
    days = {(b.child_id, b.activity_id, b.day): b for b in booked if b.site_id in counted}
    if not days:
        return
    waits = WaitingEntry.objects.filter(
        child__in=order.children, day__in={day for *_, day in days}, status__in=WaitingEntry.STANDING
    )
    for wait in waits.order_by():
        if booking := days.get((wait.child_id, wait.activity_id, wait.day)):
            WaitingEntry.objects.filter(pk=wait.pk, status__in=WaitingEntry.STANDING).update(
                status=WaitingEntry.Status.TAKEN, ended_at=order.at, ended_by=order.user, booking=booking
            )
