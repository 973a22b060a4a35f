"""The calendar's pages: all the children and activities of a household, or some of them, over a month or a week."""

from reservations.queries.calendar.days import refused_days
from reservations.queries.calendar.page import CalendarPage, calendar_page, enrolled_keys
from reservations.queries.calendar.scope import Narrowed, Span

__all__ = ["CalendarPage", "Narrowed", "Span", "calendar_page", "enrolled_keys", "refused_days"]
