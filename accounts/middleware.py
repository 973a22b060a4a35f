"""How long a silence may last before the portal asks who is there."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

REFRESH_SECONDS = 60


class SessionIdleTime:
    """End a session after 30 minutes of silence (15 for agents), writing it at most once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "_auth_user_id" in request.session:
            now = timezone.now().timestamp()
            if now - request.session.get("seen", 0) > REFRESH_SECONDS:
                request.session["seen"] = int(now)
                minutes = settings.AGENT_IDLE_MINUTES if request.user.is_staff else settings.FAMILY_IDLE_MINUTES
                request.session.set_expiry(minutes * 60)
        return self.get_response(request)
