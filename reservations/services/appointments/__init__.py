"""What families and agents do with appointments: one verb each, in one transaction."""

from reservations.services.appointments.booking import AppointmentRefused, Asked, SlotTaken, book_appointment
from reservations.services.appointments.changing import cancel_appointment, move_appointment
from reservations.services.appointments.following import mark_appointment, note_appointment
from reservations.services.appointments.forgetting import forget_appointments
from reservations.services.appointments.opening import open_slots, withdraw_slots
from reservations.services.appointments.reminding import remind

__all__ = [
    "AppointmentRefused",
    "Asked",
    "SlotTaken",
    "book_appointment",
    "cancel_appointment",
    "forget_appointments",
    "mark_appointment",
    "move_appointment",
    "note_appointment",
    "open_slots",
    "remind",
    "withdraw_slots",
]
