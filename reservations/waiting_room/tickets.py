"""What binds a place in the room, and a form handed out, to a session."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

SIGNS = 24


def ticket_of(request: HttpRequest) -> str:
    """Return the ticket of a browser's session, which tells nothing of it; empty without a session."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return salted_hmac("reservations.waiting_room.ticket", key).hexdigest()[:SIGNS] if key else ""


def pass_for(request: HttpRequest, period: int) -> str:
    """Return what a form carries to say that it was handed out to this session for this period (id)."""
    return salted_hmac("reservations.waiting_room.pass", f"{ticket_of(request)}|{period}").hexdigest()[:SIGNS]


def holds_pass(request: HttpRequest, period: int) -> bool:
    """Say whether a form that is sent was handed out to this session for this period (id)."""
    return constant_time_compare(request.POST.get("passage", ""), pass_for(request, period))
