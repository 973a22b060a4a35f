"""The règlements in force, to read, to print, and when the family accepted them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.base.pdf import render_pdf
from documents.models import RegulationVersion
from documents.queries.regulations import acceptances_of, published_version
from documents.rules.regulations import blocks


@require_safe
def regulation(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """Show one version of a règlement as a page."""
    found = _version(slug, version)
    family = request.family  # type: ignore[attr-defined]
    accepted = [row for row in acceptances_of(family) if row.version_id == found.pk] if family else []
    context = {"version": found, "blocks": blocks(found.body), "acceptances": accepted}
    return render(request, "documents/regulation.html", context)


@require_safe
def regulation_pdf(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """Give the same text as a tagged PDF."""
    found = _version(slug, version)
    paper = render_pdf("documents/pdf/regulation.html", {"version": found, "blocks": blocks(found.body)})
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="reglement-{slug}-version-{version}.pdf"'
    return response


def _version(slug: str, number: int) -> RegulationVersion:
    found = published_version(slug, number, clock.today())
    if found is None:
        raise Http404
    return found
