"""Mails of the reservations: what was asked and what became of it. They name children and days, never health."""

from reservations.emails.absences import queue_absence_receipt
from reservations.emails.addresses import address_of
from reservations.emails.appointments import queue_appointment, queue_cancellation, queue_reminder
from reservations.emails.closures import queue_closure_notices
from reservations.emails.enrolling import queue_carried, queue_ending, queue_enrolments, queue_move
from reservations.emails.holidays import queue_allocations, queue_wishes_receipt
from reservations.emails.kitchen import queue_kitchen_order
from reservations.emails.late_days import queue_day_resold, queue_late_days_receipt
from reservations.emails.receipts import queue_booking_receipt
from reservations.emails.waiting import queue_offer, queue_wait_ended, queue_waiting_receipt

__all__ = [
    "address_of",
    "queue_absence_receipt",
    "queue_allocations",
    "queue_appointment",
    "queue_booking_receipt",
    "queue_cancellation",
    "queue_closure_notices",
    "queue_day_resold",
    "queue_enrolment_receipt",
    "queue_kitchen_order",
    "queue_carried",
    "queue_ending",
    "queue_enrolments",
    "queue_move",
    "queue_day_resold",
    "queue_late_days_receipt",
    "queue_offer",
    "queue_reminder",
    "queue_wait_ended",
    "queue_waiting_receipt",
    "queue_wishes_receipt",
]
