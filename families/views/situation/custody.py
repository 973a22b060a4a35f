"""The coming weeks of a child, and the exchanges of days between her two households."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families import child_changes
from families.forms.situation.exchanges import ExchangeForm
from families.models import Child, WeekExchange
from families.queries.situation import custody_page, lost_words
from families.rules.weeks import days_between, period_words
from families.services.situation.exchanges import (
    answer_exchange,
    exchange_refusal,
    other_home_of,
    periods_of,
    propose_exchange,
)
from families.views.situation.household import own_child


@never_cache
@require_safe
def weeks(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a child is in the coming weeks, in words."""
    if request.family is None:
        return redirect("families:attach")
    child = own_child(request.family, pk)
    page = custody_page(request.family, child, today=clock.today())
    return render(request, "families/situation/weeks.html", {"child": child, "page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_days(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to exchange days: filled, read again with what it does to bookings, then sent."""
    if request.family is None:
        return redirect("families:attach")
    child = own_child(request.family, pk)
    form = ExchangeForm(request.POST or None, initial=_weeks_chosen(request))
    context: dict[str, Any] = {"child": child, "form": form, "review": None}
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                return _sent(request, child, form)
            context["review"] = _review(request, child, form) if "edit" not in request.POST else None
        except Refusal as refusal:
            form.add_error(None, refusal.message)
    return render(request, "families/situation/exchange_form.html", context)


def _weeks_chosen(request: HttpRequest) -> dict[str, date]:
    """Read the weeks that a link of the calendar names by their Monday."""
    chosen = {}
    for name, side in (("laisser", "gives"), ("prendre", "takes")):
        try:
            monday = date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            continue
        chosen[f"{side}_from"] = max(monday, clock.today())
        chosen[f"{side}_to"] = monday + timedelta(days=6)
    return chosen


def _review(request: HttpRequest, child: Child, form: ExchangeForm) -> dict[str, Any]:
    """Check the days, and say what the household has reserved on those that it gives. Raises Refusal."""
    gives, takes = form.periods()
    today = clock.today()
    other = other_home_of(child, request.family, today=today)
    if why := exchange_refusal(child, request.family, other, gives, takes, today=today):
        raise Refusal(why)
    days = days_between(*gives) if gives else []
    return {
        "gives": period_words(*gives) if gives else "",
        "takes": period_words(*takes) if takes else "",
        "lost": child_changes.days_lost(child=child, family=request.family, days=days),
    }


def _sent(request: HttpRequest, child: Child, form: ExchangeForm) -> HttpResponse:
    gives, takes = form.periods()
    exchange = propose_exchange(
        family=request.family,
        guardian=request.guardian,
        user=request.user,  # type: ignore[arg-type]
        child=child,
        gives=gives,
        takes=takes,
        submission=form.cleaned_data["submission"],
        at=clock.now(),
    )
    messages.success(request, "Votre proposition est envoyée à l’autre parent, qui répond en ligne.")
    return redirect("families:request", exchange.request.number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """Show to the other household the days that are proposed; on POST, accept or decline."""
    if request.family is None:
        return redirect("families:attach")
    rows = WeekExchange.objects.filter(other_family=request.family).select_related("child", "request")
    row = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        agreed = request.POST.get("answer") == "oui"
        try:
            answer_exchange(exchange=row, guardian=request.guardian, user=request.user, agreed=agreed, at=clock.now())  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "C’est d’accord : les jours sont échangés." if agreed else "Vous avez décliné.")
        return redirect("families:exchange", row.pk)
    gives, takes = periods_of(row)
    context = {
        "exchange": row,
        # What the other household gives, this one takes.
        "takes": period_words(*gives) if gives else "",
        "gives": period_words(*takes) if takes else "",
        "lost": lost_words(row, request.family) if row.request.is_open else [],
    }
    return render(request, "families/situation/exchange.html", context)
