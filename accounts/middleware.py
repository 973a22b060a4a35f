"""How long a silence may last before the portal asks who is there, and where one comes back to."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import devices
from castres_portal.base import clock

REFRESH_SECONDS = 60


def idle_minutes(request: HttpRequest) -> int:
    """Return how many minutes of silence end the session of who is signed in."""
    return settings.AGENT_IDLE_MINUTES if request.user.is_staff else settings.FAMILY_IDLE_MINUTES


def seconds_left(request: HttpRequest) -> int:
    """Return how many seconds of silence are left before the session ends."""
    seen = request.session.get("seen", 0)
    return max(0, int(seen + idle_minutes(request) * 60 - timezone.now().timestamp()))


class SessionIdleTime:
    """End a session after 30 minutes of silence (15 for agents), writing it at most once a minute.

    Gives each signed-in request ``idle``: what the page tells its script, without anything that names a person or a session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "_auth_user_id" in request.session:
            is_question = request.method == "GET" and request.path_info == reverse("accounts:activity")
            if not is_question:
                self._note(request)
            request.idle = self._idle(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def _note(self, request: HttpRequest) -> None:
        stamp = timezone.now().timestamp()
        is_asked = request.method == "POST" and request.path_info == reverse("accounts:activity")
        if not is_asked and stamp - request.session.get("seen", 0) <= REFRESH_SECONDS:
            return
        seen = {"last_seen_at": clock.now()}
        if "seen" not in request.session:
            seen["created_at"] = seen["last_seen_at"]
        request.session["seen"] = int(stamp)
        request.session.set_expiry(idle_minutes(request) * 60)
        address = devices.address_of(request)
        UserSession.objects.filter(session_key=request.session.session_key).update(
            **seen, **({"ip": address} if address else {})
        )

    def _idle(self, request: HttpRequest) -> dict[str, object]:
        marks = [
            salted_hmac(f"accounts.drafts.{name}", str(value)).hexdigest()[:16]
            for name, value in (("person", request.session["_auth_user_id"]), ("session", request.session.session_key))
        ]
        return {
            "minutes": idle_minutes(request),
            "seconds": seconds_left(request),
            "person": marks[0],
            "session": marks[1],
        }


class SignInFirst(LoginRequiredMiddleware):
    """Django's own, which leads back to the page of a form and not to the address that the form was sent to."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Send to sign in; after a form sent too late, ``next`` is the page where it was being filled."""
        page = urlsplit(request.META.get("HTTP_REFERER", ""))
        if request.method == "POST" and page.netloc == request.get_host() and page.path:
            back = page.path + (f"?{page.query}" if page.query else "")
            return redirect_to_login(back, self.get_login_url(view_func))
        return super().handle_no_permission(request, view_func)
