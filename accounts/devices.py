"""The cookie by which a browser is recognised. Necessary to sign-in, so it asks no consent; it follows nobody elsewhere."""

import secrets
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.rules.devices import device_words

COOKIE = "espace_appareil"
MONTHS_13 = 395 * 24 * 3600  # the longest that the CNIL admits for a cookie (délibération 2020-091)
LEAST_SECRET = 30


def secret_of(request: HttpRequest) -> str:
    """Return the secret that a browser carries, or an empty text."""
    secret = request.COOKIES.get(COOKIE, "")
    return secret if LEAST_SECRET <= len(secret) <= 100 else ""


def secret_to_keep(request: HttpRequest) -> str:
    """Return the browser's secret; one that has none receives it with the answer to this request."""
    secret = secret_of(request) or str(getattr(request, "new_device_secret", "")) or secrets.token_urlsafe(32)
    request.new_device_secret = secret  # type: ignore[attr-defined]  # read by DeviceCookie
    return secret


def digest_of(secret: str) -> str:
    """Return what the database keeps of a browser's secret."""
    return salted_hmac("accounts.devices", secret, algorithm="sha256").hexdigest()


def label_of(request: HttpRequest) -> str:
    """Name the device that asks, in French words."""
    return device_words(request.META.get("HTTP_USER_AGENT", ""))


def address_of(request: HttpRequest) -> str:
    """Return the network address that asks, an IPv6 one without its last half; empty when nobody knows."""
    try:
        return truncate_ip(get_adapter().get_client_ip(request))
    except (KeyError, PermissionDenied):
        return ""


class DeviceCookie:
    """Hand out the secret that a sign-in has made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        secret = getattr(request, "new_device_secret", "")
        if secret:
            response.set_cookie(
                COOKIE,
                secret,
                max_age=MONTHS_13,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response
