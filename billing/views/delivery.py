"""« Facture en ligne »: to join, to leave, and since when."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.forms.delivery import DeliveryForm
from billing.queries.delivery import choice_of
from billing.services.delivery import choose_delivery
from castres_portal.base import clock


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delivery(request: HttpRequest) -> HttpResponse:
    """Show how the household receives its invoices, and change it."""
    if request.family is None:
        return redirect("dashboard")
    choice = choice_of(request.family)
    posted = request.POST if request.method == "POST" else None
    form = DeliveryForm(posted, initial={"online": "oui" if choice and choice.online else "non"})
    if form.is_valid():
        chosen = choose_delivery(
            family=request.family,
            guardian=request.guardian,
            user=request.user,
            online=form.cleaned_data["online"],
            at=clock.now(),
        )
        way = "en ligne seulement" if chosen.online else "par courrier"
        messages.success(request, f"C’est noté : vos prochaines factures arrivent {way}.")
        return redirect("billing:delivery")
    return render(request, "billing/delivery.html", {"form": form, "choice": choice})
