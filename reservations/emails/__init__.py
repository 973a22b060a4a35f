"""Mails of the reservations: what was asked and what became of it. They name children and days, never health."""

from reservations.emails.absences import queue_absence_receipt
from reservations.emails.addresses import address_of
from reservations.emails.appointments import queue_appointment, queue_cancellation, queue_reminder
from reservations.emails.kitchen import queue_kitchen_order
from reservations.emails.receipts import queue_booking_receipt, queue_enrolment_receipt

__all__ = [
    "address_of",
    "queue_absence_receipt",
    "queue_appointment",
    "queue_booking_receipt",
    "queue_cancellation",
    "queue_enrolment_receipt",
    "queue_kitchen_order",
    "queue_reminder",
]
