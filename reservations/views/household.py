"""Whose pages these are."""

from django.http import Http404, HttpRequest

from families.models import Family, Guardian


def household_of(request: HttpRequest) -> tuple[Family, Guardian]:
    """Return the chosen household and who asks; an account without one finds nothing here."""
    if request.family is None:  # type: ignore[attr-defined]
        raise Http404
    return request.family, request.guardian  # type: ignore[attr-defined]
