"""The end of a visit at the counter."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from families import counter


@require_POST
def end_visit(request: HttpRequest) -> HttpResponse:
    """Close the household's pages and go back to its file."""
    visit = request.visit  # type: ignore[attr-defined]
    counter.end(request)
    return redirect("admin:families_family_change", visit.guardian.family_id) if visit else redirect("dashboard")
