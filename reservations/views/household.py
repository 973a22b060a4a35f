"""Whose page it is, and what it was sent."""

from django.http import Http404, HttpRequest, QueryDict

from families.models import Family, Guardian


def household_of(request: HttpRequest) -> tuple[Family, Guardian]:
    """Return the chosen household and who asks; an account without one finds nothing here."""
    if request.family is None:  # type: ignore[attr-defined]
        raise Http404
    return request.family, request.guardian  # type: ignore[attr-defined]


def at_counter(request: HttpRequest) -> bool:
    """Say whether an agent acts for the household: deadlines then give way, and she says why."""
    return request.visit is not None  # type: ignore[attr-defined]


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent, be it nothing at all; None when nothing was sent."""
    return request.POST if request.method == "POST" else None
