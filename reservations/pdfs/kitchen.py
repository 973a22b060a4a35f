"""The kitchen's papers: a day and a week."""

from datetime import datetime

from castres_portal.base.pdf import render_pdf
from reservations.queries.kitchen.day import KitchenDay
from reservations.queries.kitchen.week import KitchenWeek


def kitchen_day_pdf(page: KitchenDay, *, at: datetime) -> bytes:
    """Return a day of the kitchen as a paper to pin up."""
    return render_pdf("reservations/pdf/kitchen_day.html", {"page": page, "printed_at": at})


def kitchen_week_pdf(week: KitchenWeek, *, at: datetime) -> bytes:
    """Return a week of the kitchen as a paper."""
    return render_pdf("reservations/pdf/kitchen_week.html", {"week": week, "printed_at": at})
