"""« Certification du dossier »: all of the file in one page, one sentence to confirm."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.forms.certification import CertificationForm
from families.queries.certification import file_state
from families.services.certification import certify_file


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certification(request: HttpRequest) -> HttpResponse:
    """Show the household's file, and keep that it was certified."""
    if request.family is None:
        return redirect("families:attach")
    at = clock.now()
    form = CertificationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = certify_file(
                family=request.family,
                guardian=request.guardian,
                user=request.user,
                seal=form.cleaned_data["seal"],
                at=at,
            )
        except Refusal as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, "Votre dossier est certifié. L’accusé de réception vous est aussi envoyé.")
            return redirect("families:request", row.request.number)
    state = file_state(request.family, today=at.date())
    return render(request, "families/certification.html", {"state": state, "form": form})
