"""The room before the page of a period: who waits is answered before anything else is read, in about a millisecond."""

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from castres_portal.base import clock
from reservations import waiting_room
from reservations.models import HolidayPeriod
from reservations.queries.planning import span_of
from reservations.waiting_room.room import Standing

Handler = Callable[[HttpRequest], HttpResponse]
PAGE = re.compile(r"^/vacances/([0-9]{1,9})/$")
VIEW = "reservations:holiday_period"
KNOWN_SECONDS = 15.0


class WaitingRoom:
    """Before sessions are read: answer who stands in the queue. Anybody else goes on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.WAITING_ROOM["enabled"] and request.method in ("GET", "HEAD"):
            found = PAGE.match(request.path_info)
            ticket = waiting_room.ticket_of(request) if found else ""
            if found and ticket:
                standing = waiting_room.look(int(found[1]), ticket)
                if standing.waits:
                    return room_page(request, standing)
        return self.get_response(request)


class WaitingRoomDoor:
    """Once it is known who asks: the families come in by rank while a period opens; agents do not wait."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._known: tuple[float, dict[int, tuple[datetime, datetime]]] = (0.0, {})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let in, or give a place in the queue. A form that was handed out is always taken."""
        match = request.resolver_match
        if not settings.WAITING_ROOM["enabled"] or match is None or match.view_name != VIEW:
            return None
        if not request.user.is_authenticated or request.user.is_staff:
            return None
        period = kwargs["period"]
        if not self._opens(period, clock.now()):
            return None
        if request.method == "POST" and waiting_room.holds_pass(request, period):
            return None
        standing = waiting_room.enter(period, waiting_room.ticket_of(request))
        return room_page(request, standing) if standing.waits else None

    def _opens(self, period: int, at: datetime) -> bool:
        read_at, windows = self._known
        if not windows or time.monotonic() - read_at > KNOWN_SECONDS:
            windows = rushes(at)
            self._known = time.monotonic(), windows
        first, last = windows.get(period, (at, at))
        return first <= at < last


def rushes(at: datetime) -> dict[int, tuple[datetime, datetime]]:
    """Return between which instants each coming period may be rushed at: from its opening, for as long as is set; one query."""
    lasts = timedelta(minutes=settings.WAITING_ROOM["minutes"])
    found = {}
    for row in HolidayPeriod.objects.filter(ends_on__gte=at.date()).order_by():
        if rush := span_of(row).rush:
            found[row.pk] = rush[0], min(rush[1], rush[0] + lasts)
    return found


def room_page(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Show one's place in the queue; the browser asks again by itself, with or without JavaScript."""
    context = {"standing": standing, "town": settings.TOWN, "path": request.path_info}
    response = HttpResponse(render_to_string("reservations/holidays/room.html", context))
    response["Refresh"] = f"{standing.refresh}; url={request.path_info}"
    response["Cache-Control"] = "no-store"
    return response
