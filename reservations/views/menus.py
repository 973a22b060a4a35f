"""The menus of the canteen, for everybody."""

from datetime import date, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from reservations.queries.menus import menus_between, weeks_around
from reservations.rules.calendar import days_between
from reservations.rules.menus import monday_of

FRIDAY = timedelta(days=4)
WEEK = timedelta(days=7)


@login_not_required
@require_safe
def menus(request: HttpRequest) -> HttpResponse:
    """A week of menus, with allergens in words; at the week-end, the week to come."""
    today = clock.today()
    monday = monday_of(_asked(request.GET.get("semaine", "")) or today + timedelta(days=2))
    found = menus_between(monday, monday + FRIDAY)
    before, after = weeks_around(monday)
    context = {
        "monday": monday,
        "friday": monday + FRIDAY,
        "days": [(day, found.get(day, [])) for day in days_between(monday, monday + FRIDAY)],
        "written": bool(found),
        "is_demo": any(menu.is_demo for menus in found.values() for menu in menus),
        "before": monday - WEEK if before else None,
        "after": monday + WEEK if after else None,
        "today": today,
    }
    return render(request, "reservations/menus.html", context)


def _asked(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
