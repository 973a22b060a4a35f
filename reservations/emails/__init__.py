"""Mails of the reservations: what was asked and what became of it. They name children and days, never health."""

from reservations.emails.addresses import address_of
from reservations.emails.receipts import queue_booking_receipt, queue_enrolment_receipt

__all__ = ["address_of", "queue_booking_receipt", "queue_enrolment_receipt"]
