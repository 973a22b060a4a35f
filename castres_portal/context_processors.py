"""What every page may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from castres_portal.base import clock
from castres_portal.queries.legal import accessibility_status


def portal(request: HttpRequest) -> dict[str, Any]:
    """The town, how accessible its portal is, the hour that the portal believes in, and whether this is a demonstration."""
    return {
        "accessibility_status": SimpleLazyObject(lambda: accessibility_status(clock.today())),
        "town": settings.TOWN,
        "clock_now": clock.now(),
        "demo": settings.DEMO,
    }
