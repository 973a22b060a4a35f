"""Reads about what families asked, always scoped by the household."""

from django.db.models import QuerySet

from families.models import Family, FamilyRequest


def requests_of(family: Family) -> QuerySet[FamilyRequest]:
    """Return a household's requests, the latest first."""
    return FamilyRequest.objects.filter(family=family).select_related("guardian")
