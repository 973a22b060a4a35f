"""The papers of the reservations."""

from reservations.pdfs.agenda import agenda_pdf
from reservations.pdfs.attendance import attendance_pdf
from reservations.pdfs.kitchen import kitchen_day_pdf, kitchen_week_pdf

__all__ = ["agenda_pdf", "attendance_pdf", "kitchen_day_pdf", "kitchen_week_pdf"]
