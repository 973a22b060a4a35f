"""A booking, as it is read to be invoiced."""

from datetime import date

from billing.models import InvoiceLine
from billing.rules.drafts import BookedDay
from reservations.rules.formulas import formula_label

NAME_LENGTH: int = InvoiceLine._meta.get_field("activity_name").max_length or 0
FIELDS = (
    "family_id",
    "pk",
    "child_id",
    "child__first_name",
    "child__last_name",
    "activity_id",
    "activity__name",
    "day",
    "formula",
    "late_reason",
)


def booked_day(row: tuple[int, int, int, str, str, int, str, date, str, str]) -> BookedDay:
    """Return a booking as it is to be invoiced, from the values of FIELDS."""
    _, booking_id, child_id, first_name, last_name, activity_id, activity_name, day, formula, late = row
    name = f"{activity_name}, {formula_label(formula).lower()}"[:NAME_LENGTH] if formula else activity_name
    child = f"{first_name} {last_name.upper()}"
    return BookedDay(booking_id, child_id, child, activity_id, name, day, formula, late=bool(late))
