"""« L’histoire de ce jour »: of every child and activity, or of one."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from reservations.queries.day_story import day_page
from reservations.views.household import household_of


@require_safe
def day(request: HttpRequest, day: date) -> HttpResponse:
    """A day of all the children in all their activities."""
    return _day(request, day)


@require_safe
def slot_day(request: HttpRequest, child: int, activity: str, day: date) -> HttpResponse:
    """A day of one child in one activity."""
    return _day(request, day, child, activity)


def _day(request: HttpRequest, day: date, child: int | None = None, activity: str = "") -> HttpResponse:
    family, _ = household_of(request)
    page = day_page(family, day, reader=request.user, at=clock.now(), child=child, activity=activity)
    if page is None:
        raise Http404
    return render(request, "reservations/day.html", {"page": page, "one": page.stories[0] if child else None})
