"""Middleware of the whole site."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from castres_portal.base import workload

Handler = Callable[[HttpRequest], HttpResponse]


class CountedWork:
    """Count what this process is at work on, static files left out."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with workload.at_work.counted():
            return self.get_response(request)


class AdminContentSecurityPolicy:
    """Unfold's Alpine components evaluate expressions and write styles: allow that under /admin/ and nowhere else."""

    LOOSER = {
        "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
        "style-src": ["'self'", "'unsafe-inline'"],
    }

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_update = self.LOOSER  # type: ignore[attr-defined]  # read by csp.middleware
        return response
