"""« Rendre un jour »: too late to cancel, a family leaves its place to another."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.models import FamilyRequest
from reservations import services
from reservations.forms import new_submission
from reservations.forms.waiting import LateDaysForm
from reservations.models import BookingReceipt
from reservations.queries.late_days import late_days_page
from reservations.views.household import household_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The days that may be given back, those that have been, and what the invoice will do; then what was ticked."""
    if request.method == "POST":
        return _send(request, services.give_back_late_days, "C’est noté : la place est proposée aux autres familles.")
    family, _ = household_of(request)
    context = {"page": late_days_page(family, at=clock.now()), "submission": new_submission()}
    return render(request, "reservations/late_days/index.html", context)


@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Make a day ours again while nobody has taken its place."""
    return _send(request, services.take_back_late_days, "C’est noté : le jour est de nouveau à vous.")


def _send(request: HttpRequest, deed: Callable[..., BookingReceipt], said: str) -> HttpResponse:
    family, guardian = household_of(request)
    form = LateDaysForm.read(request.POST)
    try:
        receipt = deed(
            family=family,
            guardian=guardian,
            user=request.user,
            bookings=form.bookings,
            submission=form.submission,
            at=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("reservations:late_days")
    if receipt.request.status != FamilyRequest.Status.REFUSED:
        messages.success(request, f"{said} Vous recevez aussi ce reçu par courriel.")
    return redirect("families:request", receipt.request.number)
