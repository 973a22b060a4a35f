"""« Prélèvement automatique »: signing a mandate, its paper, ending it, what was taken and what will be."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.reauthentication import sensitive
from billing.forms.debits import MandateForm
from billing.models import SepaMandate
from billing.pdfs import mandate_pdf
from billing.queries.debits import debits_of, mandate_of
from billing.sepa.config import creditor
from billing.services import debits as services
from castres_portal.base import clock
from castres_portal.base.errors import Refusal

SHOWN = 12


@never_cache
@require_safe
def debits(request: HttpRequest) -> HttpResponse:
    """Show the mandate in force and the debits."""
    if request.family is None or creditor() is None:
        raise Http404
    context = {"mandate": mandate_of(request.family), "debits": debits_of(request.family)[:SHOWN]}
    return render(request, "billing/debits/index.html", context)


@never_cache
@sensitive
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest) -> HttpResponseBase:
    """Sign a mandate, the password asked again."""
    town = creditor()
    if request.family is None or town is None:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = MandateForm(posted, initial={"holder": request.guardian.full_name})
    if form.is_valid():
        try:
            services.sign_mandate(
                family=request.family,
                guardian=request.guardian,
                user=request.user,
                holder=form.cleaned_data["holder"],
                iban=str(form.cleaned_data["iban"]),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Votre mandat est signé. Une copie vous est envoyée, et se télécharge ici.")
            return redirect("billing:debits")
    current = mandate_of(request.family)
    return render(request, "billing/debits/sign.html", {"form": form, "creditor": town, "mandate": current})


@never_cache
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Revoke the mandate."""
    if request.family is None:
        raise Http404
    try:
        services.end_mandate(family=request.family, guardian=request.guardian, user=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Votre mandat est révoqué. Ce qui est déjà remis à la banque sera encore prélevé.")
    return redirect("billing:debits")


@never_cache
@require_safe
def mandate(request: HttpRequest, rum: str) -> HttpResponse:
    """Hand out the copy of a mandate of the household, ended or not."""
    found = get_object_or_404(SepaMandate, family=request.family, rum=rum)
    return mandate_response(found)


def mandate_response(found: SepaMandate) -> HttpResponse:
    """Return the PDF of a mandate that the caller may read."""
    response = HttpResponse(mandate_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="mandat-{found.rum}.pdf"'
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response
