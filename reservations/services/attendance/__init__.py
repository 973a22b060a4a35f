"""Attendance sheets: keeping what was touched at the door, charging who came without a booking, and showing health to who looks
after the children."""

from reservations.services.attendance.charging import charge_presences, waive_presences
from reservations.services.attendance.reading import read_alerts
from reservations.services.attendance.taking import Answer, Outcome, take_attendance

__all__ = ["Answer", "Outcome", "charge_presences", "read_alerts", "take_attendance", "waive_presences"]
