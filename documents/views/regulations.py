"""The règlements in force, to read, to print, and when the family accepted them."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.base.pdf import render_pdf
from documents.models import RegulationVersion
from documents.queries.regulations import acceptances_of, published_version, version_in_force
from documents.rules.regulations import blocks

PAPER_SECONDS = 3600


@login_not_required
@require_safe
def regulation(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """Show one version of a règlement as a page; anybody may read the one in force."""
    found = _version(slug, version)
    if not _may_read(request, found):
        return redirect_to_login(request.get_full_path())
    family = request.family  # type: ignore[attr-defined]
    accepted = [row for row in acceptances_of(family) if row.version_id == found.pk] if family else []
    context = {"version": found, "blocks": blocks(found.body), "acceptances": accepted}
    return render(request, "documents/regulation.html", context)


@login_not_required
@require_safe
def regulation_pdf(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """Give the same text as a tagged PDF, made once and kept for a while: anybody may ask for it."""
    found = _version(slug, version)
    if not _may_read(request, found):
        return redirect_to_login(request.get_full_path())
    digest = hashlib.sha256(f"{found}\n{found.in_force_on}\n{found.body}".encode()).hexdigest()
    key = f"regulation-pdf:{found.pk}:{digest}"
    paper = cache.get(key)
    if paper is None:
        paper = render_pdf("documents/pdf/regulation.html", {"version": found, "blocks": blocks(found.body)})
        cache.set(key, paper, PAPER_SECONDS)
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="reglement-{slug}-version-{version}.pdf"'
    return response


def _version(slug: str, number: int) -> RegulationVersion:
    found = published_version(slug, number, clock.today())
    if found is None:
        raise Http404
    return found


def _may_read(request: HttpRequest, version: RegulationVersion) -> bool:
    """Say whether this person may read a version: the one in force is everybody's, the old ones are the families'."""
    if request.user.is_authenticated:
        return True
    current = version_in_force(version.regulation_id, clock.today())
    return current is not None and current.pk == version.pk
