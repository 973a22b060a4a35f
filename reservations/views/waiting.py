"""« Liste d’attente »: where the household stands, asking for a full day, answering when a place is offered."""

from collections.abc import Collection
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day
from families.models import FamilyRequest
from reservations import services
from reservations.forms import new_submission
from reservations.forms.waiting import JoinForm, ticked_days
from reservations.models import ReceiptLine, WaitingEntry
from reservations.queries.late_days import has_late_days
from reservations.queries.waiting import join_page, wait_of, waiting_page
from reservations.services import waiting
from reservations.views.household import household_of


@never_cache  # « back » shows the ranks as they are now
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is offered, what is waited for and at which rank, what is over, and which full days may be asked for."""
    family, _ = household_of(request)
    at = clock.now()
    context = {"page": waiting_page(family, at=at), "late_days": has_late_days(family, at=at)}
    return render(request, "reservations/waiting/index.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, child: int, activity: str) -> HttpResponse:
    """The full days of a child in an activity, to be ticked."""
    family, guardian = household_of(request)
    if request.method != "POST":
        return _join_page(request, child, activity, ticked_days(request.GET.get("jours", "")))
    form = JoinForm.read(request.POST)
    try:
        receipt = waiting.join(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            child=child,
            activity=activity,
            days=form.wanted,
            submission=form.submission,
            at=clock.now(),
        )
    except services.UnknownChild:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return _join_page(request, child, activity, form.days, form.formula)
    if receipt.request.status != FamilyRequest.Status.REFUSED:
        messages.success(request, "C’est noté. Vous recevez aussi cet accusé de réception par courriel.")
    return redirect("families:request", receipt.request.number)


def _join_page(
    request: HttpRequest, child: int, activity: str, ticked: Collection[date], formula: str = ""
) -> HttpResponse:
    family, _ = household_of(request)
    page = join_page(family, child, activity, at=clock.now())
    if page is None:
        raise Http404
    context = {"page": page, "ticked": ticked, "formula": formula, "submission": new_submission()}
    return render(request, "reservations/waiting/join.html", context)


@never_cache
@require_safe
def entry(request: HttpRequest, entry: int) -> HttpResponse:
    """One day waited for: the place offered and the two answers, or where it stands. The mail leads here."""
    family, _ = household_of(request)
    found = wait_of(family, entry, at=clock.now())
    if found is None:
        raise Http404
    return render(request, "reservations/waiting/entry.html", {"wait": found})


@require_POST
def accept(request: HttpRequest, entry: int) -> HttpResponse:
    """Take the place that is offered."""
    family, guardian = household_of(request)
    try:
        receipt = waiting.accept_offer(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            entry=entry,
            at=clock.now(),
        )
    except waiting.UnknownWait:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("reservations:waiting_entry", entry)
    if receipt.lines.filter(outcome=ReceiptLine.Outcome.REFUSED).exists():
        messages.error(request, "La place n’a pas pu être réservée. Le reçu dit pourquoi.")
    else:
        messages.success(request, "La place est à vous : le jour est réservé. Vous recevez aussi ce reçu par courriel.")
    return redirect("families:request", receipt.request.number)


@require_POST
def leave(request: HttpRequest, entry: int) -> HttpResponse:
    """Leave the list for a day, or decline the place that is offered."""
    family, guardian = household_of(request)
    try:
        left = waiting.leave(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            entry=entry,
            at=clock.now(),
        )
    except waiting.UnknownWait:
        raise Http404 from None
    day = long_day(left.day)
    if left.status == WaitingEntry.Status.DECLINED:
        messages.success(request, f"Vous refusez la place du {day} : elle est proposée à la famille suivante.")
    elif left.status == WaitingEntry.Status.WITHDRAWN:
        messages.success(request, f"Vous n’êtes plus sur la liste du {day}.")
    else:
        messages.info(request, f"Votre attente du {day} est déjà terminée : {left.get_status_display().lower()}.")
    return redirect("reservations:waiting")
