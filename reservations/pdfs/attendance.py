"""Attendance sheets on paper, to be ticked by hand."""

from collections.abc import Sequence
from datetime import datetime

from castres_portal.base.pdf import render_pdf
from reservations.queries.attendance.paper import PaperSheet

BLANK_LINES = range(4)  # for who comes without a booking


def attendance_pdf(sheets: Sequence[PaperSheet], *, at: datetime, confidential: bool) -> bytes:
    """Return sheets, each on a page of its own; ``confidential`` when allergies are written beside the names."""
    context = {"sheets": sheets, "printed_at": at, "confidential": confidential, "blank_lines": BLANK_LINES}
    return render_pdf("reservations/pdf/attendance.html", context)
