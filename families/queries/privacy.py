"""Reads about a person's own data."""

from typing import Any

from accounts.models import User
from families.models import DataExport, FamilyRequest


def last_export(user: User) -> DataExport | None:
    """Return the last export that an account asked for; one query."""
    return DataExport.objects.filter(user=user).first()


def rights_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what was asked by a right, for the pages of its request."""
    return {"asked_right": request.rights_request}


def erasure_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return a request for erasure with its report, for its pages."""
    return {"erasure": request.erasure_request}
