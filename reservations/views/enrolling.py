"""« Inscriptions »: what is open to each child, one form for as many as wanted, and ending one."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from reservations import services
from reservations.forms.enrolling import EndForm, EnrolForm
from reservations.models import Enrolment
from reservations.queries.enrolling import Choice, choices_by_key, choices_for, choices_of
from reservations.queries.enrolments import ending_preview, running_enrolment
from reservations.services.enrolling import Outcome
from reservations.views.household import at_counter, household_of


@never_cache
@require_safe
def enrol(request: HttpRequest) -> HttpResponse:
    """Each child, each activity, each open year."""
    family, _ = household_of(request)
    children = choices_of(family, today=clock.today(), at_desk=at_counter(request))
    several = sum(choice.offer.is_open for row in children for choice in row.choices) > 1
    return render(request, "reservations/enrol.html", {"children": children, "several": several})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_child(request: HttpRequest, child: int, activity: str) -> HttpResponse:
    """The form for one child and one activity; two lines when two years are open."""
    family, _ = household_of(request)
    choices = choices_for(family, child, activity, today=clock.today(), at_desk=at_counter(request))
    if not choices:
        raise Http404
    year = request.GET.get("annee", "")
    ticked = [c.key for c in choices if c.offer.is_open and c.year.label == year]
    return _form(request, choices, ticked or [c.key for c in choices if c.offer.is_open][:1])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_several(request: HttpRequest) -> HttpResponse:
    """The form for all that was ticked on the list."""
    family, _ = household_of(request)
    known = choices_by_key(family, today=clock.today(), at_desk=at_counter(request))
    # What the form showed, which a second send may have unticked, and what it sends.
    shown = [*request.GET.getlist("choix"), *request.POST.getlist("choix")]
    ticked = [key for key in dict.fromkeys(shown) if key in known]
    choices = [choice for key, choice in known.items() if key in ticked]
    if not choices:
        messages.info(request, "Cochez d’abord une inscription ou plusieurs, puis continuez.")
        return redirect("reservations:enrol")
    return _form(request, choices, ticked)


def _form(request: HttpRequest, choices: Sequence[Choice], ticked: Sequence[str]) -> HttpResponse:
    form = EnrolForm(choices, request.POST if request.method == "POST" else None, initial={"choix": list(ticked)})
    if request.method == "POST" and form.is_valid():
        family, guardian = household_of(request)
        try:
            outcomes = services.enrol_children(
                family=family,
                guardian=guardian,
                user=request.user,  # type: ignore[arg-type]
                asked=form.wished(),
                accepted={int(pk) for pk in form.cleaned_data["accepted"]},
                at=clock.now(),
                at_desk=at_counter(request),
            )
        except services.EnrolmentRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            return _say(request, outcomes)
    children = {choice.child.pk for choice in choices}
    context = {
        "form": form,
        "choices": choices,
        "child": choices[0].child if len(children) == 1 else None,
        "lines": form.lines(),
        "papers": any(choice.papers for choice in form.open),
        "by_agent": any(choice.by_agent for choice in form.open) and not at_counter(request),
    }
    return render(request, "reservations/enrol_form.html", context)


def _say(request: HttpRequest, outcomes: Sequence[Outcome]) -> HttpResponse:
    """Say what was done, all of it, and lead to the acknowledgement or back to the list."""
    for outcome in outcomes:
        if outcome.refusal:
            messages.warning(request, outcome.refusal)
    done = [outcome.request for outcome in outcomes if outcome.request]
    made = sum(outcome.enrolment is not None for outcome in outcomes)
    asked = sum(outcome.demand is not None for outcome in outcomes)
    if made:
        messages.success(
            request, "L’inscription est enregistrée." if made == 1 else f"{made} inscriptions enregistrées."
        )
    if asked:
        messages.success(
            request,
            "La demande est envoyée\u00a0: un agent va vous répondre."
            if asked == 1
            else f"{asked} demandes envoyées\u00a0: un agent va vous répondre.",
        )
    if len(done) == 1:
        return redirect("families:request", done[0].number)
    numbers = ", ".join(row.number for row in done)
    messages.info(request, f"Numéros de vos accusés\u00a0: {numbers}. Un courriel les reprend tous.")
    return redirect("reservations:enrol")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, enrolment: int) -> HttpResponse:
    """End an enrolment: the last day and why, then what becomes of each day booked, then done."""
    family, guardian = household_of(request)
    at = clock.now()
    row = running_enrolment(family, enrolment, today=at.date())
    if row is None:
        return _ended_already(request, enrolment)
    initial = {"last_day": max(at.date(), row.starts_on), "submission": uuid4()}
    form = EndForm(request.POST if request.method == "POST" else None, initial=initial)
    context: dict[str, Any] = {"form": form, "enrolment": row, "preview": None, "at_desk": at_counter(request)}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if request.POST.get("etape") == "terminer":
            try:
                ending = services.end_enrolment(
                    family=family,
                    guardian=guardian,
                    user=request.user,  # type: ignore[arg-type]
                    enrolment=row.pk,
                    at=at,
                    by_agent=at_counter(request),
                    **data,
                )
            except Refusal as refusal:
                form.add_error("last_day", refusal.message)
            else:
                messages.success(request, "L’inscription est terminée. Vous recevez aussi cet accusé par courriel.")
                return redirect("families:request", ending.request.number)
        elif data["last_day"] > row.ends_on or (data["last_day"] < at.date() and not at_counter(request)):
            form.add_error("last_day", "Choisissez un jour entre aujourd’hui et la fin de l’inscription.")
        else:
            preview = ending_preview(row, data["last_day"], at=at, by_agent=at_counter(request))
            context["preview"] = None if request.POST.get("etape") == "modifier" else preview
    return render(request, "reservations/enrolment_end.html", context)


def _ended_already(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Lead to what was answered the first time; an enrolment that is not the household's does not exist."""
    family, _ = household_of(request)
    row = Enrolment.objects.filter(family=family, pk=enrolment).select_related("end_request").first()
    if row is None or row.end_request is None:
        raise Http404
    return redirect("families:request", row.end_request.number)
