"""Mails of the reservations: what was asked and what became of it. They name children and days, never health."""

from reservations.emails.absences import queue_absence_receipt
from reservations.emails.addresses import address_of
from reservations.emails.appointments import queue_appointment, queue_cancellation, queue_reminder
from reservations.emails.late_days import queue_day_resold, queue_late_days_receipt
from reservations.emails.receipts import queue_booking_receipt, queue_enrolment_receipt
from reservations.emails.waiting import queue_offer, queue_wait_ended, queue_waiting_receipt

__all__ = [
    "address_of",
    "queue_absence_receipt",
    "queue_appointment",
    "queue_booking_receipt",
    "queue_cancellation",
    "queue_day_resold",
    "queue_enrolment_receipt",
    "queue_late_days_receipt",
    "queue_offer",
    "queue_reminder",
    "queue_wait_ended",
    "queue_waiting_receipt",
]
