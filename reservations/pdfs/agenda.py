"""The week of the petite enfance service on paper."""

from datetime import datetime

from castres_portal.base.pdf import render_pdf
from reservations.queries.appointments import AgendaWeek


def agenda_pdf(week: AgendaWeek, *, at: datetime) -> bytes:
    """Return a week of appointments as a paper for those who receive."""
    return render_pdf("reservations/pdf/agenda.html", {"week": week, "printed_at": at})
