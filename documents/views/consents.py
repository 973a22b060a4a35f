"""« Règlements et consentements »: what concerns the household, what it accepted, what waits."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from documents.forms.regulations import AcceptForm
from documents.queries.regulations import consents_of
from documents.rules.regulations import blocks
from documents.services.regulations import accept_online


@require_safe
def regulations(request: HttpRequest) -> HttpResponse:
    """List the règlements that concern the household, those to accept first."""
    if request.family is None:
        return redirect("families:attach")
    consents = sorted(consents_of(request.family, clock.today()), key=lambda one: not one.is_to_accept)
    return render(request, "documents/regulations.html", {"consents": consents})


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """Read a version and accept it; an older one leads to the one in force."""
    if request.family is None:
        raise Http404
    at = clock.now()
    consent = next((one for one in consents_of(request.family, at.date()) if one.sheet.regulation.slug == slug), None)
    if consent is None:
        raise Http404
    current = consent.sheet.current
    if version != current.number:
        messages.info(request, "Une autre version est en vigueur : la voici.")
        return redirect("documents:accept", slug, current.number)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            accept_online(version=current, guardian=request.guardian, at=at)
        except Refusal as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, f"{consent.sheet.regulation.title} : votre acceptation est enregistrée.")
        return redirect("documents:regulations")
    context = {
        "consent": consent,
        "version": current,
        "blocks": blocks(current.body),
        "accepted": consent.accepted_by(request.guardian),
        "form": form,
    }
    return render(request, "documents/accept.html", context)
