"""Attendance sheets: keeping what was touched at the door, and showing health to who looks after the children."""

from reservations.services.attendance.reading import read_alerts
from reservations.services.attendance.taking import Answer, Outcome, take_attendance

__all__ = ["Answer", "Outcome", "read_alerts", "take_attendance"]
