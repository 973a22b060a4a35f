"""The room before the page of a period: who waits is answered before anything else is read, in about a millisecond."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from castres_portal.base import clock
from reservations import waiting_room
from reservations.waiting_room import openings
from reservations.waiting_room.room import Standing

Handler = Callable[[HttpRequest], HttpResponse]
PAGE = re.compile(r"^/vacances/([0-9]{1,9})/$")
VIEW = "reservations:holiday_period"


class WaitingRoom:
    """Before sessions are read: answer who stands in the queue, or has just come back from waiting for the opening."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.WAITING_ROOM["enabled"] and request.method in ("GET", "HEAD"):
            found = PAGE.match(request.path_info)
            ticket = waiting_room.ticket_of(request) if found else ""
            if found and ticket and openings.is_rushed(int(found[1]), clock.now()):
                standing = waiting_room.look(int(found[1]), ticket)
                if standing.waits:
                    return room_page(request, standing)
        return self.get_response(request)


class WaitingRoomDoor:
    """Once it is known who asks: the families come in by rank while a period opens; agents do not wait."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let in, or give a place in the queue. A form that was handed out is always taken."""
        match = request.resolver_match
        if not settings.WAITING_ROOM["enabled"] or match is None or match.view_name != VIEW:
            return None
        if not request.user.is_authenticated or request.user.is_staff:
            return None
        period, at, ticket = kwargs["period"], clock.now(), waiting_room.ticket_of(request)
        if openings.is_near(period, at):
            waiting_room.remember(ticket)
        if not openings.is_rushed(period, at):
            return None
        if request.method == "POST" and waiting_room.holds_pass(request, period):
            return None
        standing = waiting_room.enter(period, ticket)
        return room_page(request, standing) if standing.waits else None


def room_page(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Show one's place in the queue; the browser asks again by itself, with or without JavaScript."""
    context = {"standing": standing, "town": settings.TOWN, "path": request.path_info}
    response = HttpResponse(render_to_string("reservations/holidays/room.html", context))
    response["Refresh"] = f"{standing.refresh}; url={request.path_info}"
    response["Cache-Control"] = "no-store"
    return response
