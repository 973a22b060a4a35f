"""What the pages of the reservations send."""

from reservations.forms.booking import CalendarForm, new_submission
from reservations.forms.enrolling import EnrolForm

__all__ = ["CalendarForm", "EnrolForm", "new_submission"]
