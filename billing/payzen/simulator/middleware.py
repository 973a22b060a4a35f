"""Headers of every page: no script, nothing from elsewhere, nothing kept."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# No form-action: the return form goes to whatever shop sent the buyer.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


class SafePages:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        # Nothing to the shop; to the bank itself, or a browser calls its own forms foreign ones.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers.setdefault("Cache-Control", "no-store")
        return response
