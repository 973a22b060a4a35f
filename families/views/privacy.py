"""« Données personnelles »: what is kept and why, and how a person gets hers, corrects them or has them erased."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.reauthentication import sensitive
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.retention import all_categories
from families.forms.privacy import ErasureForm, RightForm
from families.queries.privacy import last_export
from families.services.privacy import asking, exports


@login_not_required
@require_safe
def personal_data(request: HttpRequest) -> HttpResponse:
    """Say what is kept, why, how long and who reads it, from the rows that the purges obey."""
    return render(
        request, "families/privacy/personal_data.html", {"categories": all_categories(), "legal": settings.LEGAL}
    )


@never_cache
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """« Mes données »: the export, and the ways to the other rights."""
    now = clock.now()
    context = {"export": last_export(request.user), "now": now}
    return render(request, "families/privacy/my_data.html", context)


@require_POST
def ask_export(request: HttpRequest) -> HttpResponse:
    """Ask for a copy of one's data; it is made by a worker."""
    if ratelimit.consume(request, app="allauth.account", action="data_export", user=request.user) is None:
        messages.warning(request, "Vous avez déjà demandé plusieurs exports aujourd’hui. Réessayez demain.")
        return redirect("families:my_data")
    try:
        exports.ask_export(user=request.user, at=clock.now())
    except Refusal as refusal:
        messages.info(request, refusal.message)
    else:
        messages.success(request, "Votre export se prépare. Un courriel vous préviendra dès qu’il sera prêt.")
    return redirect("families:my_data")


@never_cache
@require_safe
@sensitive
def download_export(request: HttpRequest) -> HttpResponseBase:
    """Hand out one's own archive, and only that one, once the password has been asked again."""
    try:
        export, file = exports.open_export(user=request.user, at=clock.now())
    except Refusal as refusal:
        messages.warning(request, refusal.message)
        return redirect("families:my_data")
    name = f"mes-donnees-{clock.in_paris(export.made_at):%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Encoding"] = "identity"  # a zip is not worth compressing again as it leaves
    return response


@never_cache
def ask_right(request: HttpRequest) -> HttpResponse:
    """Exercise a right: a démarche, answered within a month."""
    if request.guardian is None:
        return redirect("contact")
    form = RightForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sent = asking.ask_right(guardian=request.guardian, at=clock.now(), **form.cleaned_data)
        messages.success(
            request, f"Votre demande porte le numéro {sent.number}. Une réponse vous est due dans un mois."
        )
        return redirect("families:request", sent.number)
    return render(request, "families/privacy/ask_right.html", {"form": form})


@never_cache
@sensitive
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Ask for one's data to be erased, after reading what the law makes the town keep."""
    if request.guardian is None:
        return redirect("contact")
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = asking.ask_erasure(guardian=request.guardian, body=form.cleaned_data["body"], at=clock.now())
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"Votre demande d’effacement porte le numéro {sent.number}.")
            return redirect("families:request", sent.number)
    kept = [category for category in all_categories() if category.kept_by_law]
    return render(request, "families/privacy/ask_erasure.html", {"form": form, "kept": kept})
