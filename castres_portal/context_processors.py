"""What every page may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from castres_portal.base import clock


def portal(request: HttpRequest) -> dict[str, Any]:
    """The town, the hour that the portal believes in, and whether this is a demonstration."""
    return {
        "town": settings.TOWN,
        "clock_now": clock.now(),
        "demo": settings.DEMO,
    }
