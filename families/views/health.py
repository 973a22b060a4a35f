"""« Fiche sanitaire » of a child: read, changed, confirmed, printed by her parents. Never a word of health in an address."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from families import pdfs
from families.forms.health import AuthorisationsForm as AnswerForm
from families.forms.health import (
    HealthForm,
    PlanForm,
    VersionForm,
    answered_form,
    shown_form,
)
from families.models import Child
from families.queries.certification import campaign_on
from families.queries.health import SheetState, child_of, contacts_of, sheet_of, states_of
from families.queries.readings import readings_of
from families.rules.certification import Campaign, is_to_confirm
from families.rules.health import LABELS
from families.services import health as services
from families.services.health_plans import propose_plan

PER_PAGE = 20
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _child(request: HttpRequest, pk: int, today: date) -> Child:
    """Return a child of the chosen household; any other does not exist."""
    child = child_of(request.family, pk, today=today) if request.family else None
    if child is None:
        raise Http404
    return child


@require_safe
@never_cache
def sheets(request: HttpRequest) -> HttpResponse:
    """« Fiches sanitaires »: one line a child."""
    if request.family is None:
        return redirect("families:attach")
    today = clock.today()
    campaign = campaign_on(today)
    rows = [_row(state, campaign) for state in states_of(request.family, today=today)]
    return render(request, "families/health/list.html", {"rows": rows})


def _row(state: SheetState, campaign: Campaign | None) -> dict[str, object]:
    """Say where a sheet stands, without a word of what it holds."""
    row: dict[str, object] = {"child": state.child, "confirmed_at": state.confirmed_at}
    if not state.is_told:
        return row | {"tone": "due", "label": "À remplir"}
    if is_to_confirm(state.confirmed_at, campaign):
        return row | {"tone": "waiting", "label": "À confirmer"}
    return row | {"tone": "done", "label": "À jour"}


@require_safe
@never_cache
def sheet(request: HttpRequest, child: int) -> HttpResponse:
    """One child's sheet, as it stands."""
    today = clock.today()
    found = _child(request, child, today)
    stored, campaign = sheet_of(found, today=today), campaign_on(today)
    context = {
        "child": found,
        "sheet": stored,
        "campaign": campaign,
        "to_confirm": stored.confirmed_at is not None and is_to_confirm(stored.confirmed_at, campaign),
        "contacts": contacts_of(found, request.family),
    }
    return render(request, "families/health/sheet.html", context)


@never_cache
@sensitive_post_parameters()
@form_methods
def edit(request: HttpRequest, child: int) -> HttpResponse:
    """Change the child's part; someone else's change meanwhile is shown beside what was typed."""
    at = clock.now()
    found = _child(request, child, at.date())
    moved = None
    if request.method == "POST":
        form = HealthForm(request.POST)
        if form.is_valid():
            try:
                services.change_sheet(
                    child=found,
                    guardian=request.guardian,
                    sheet=form.sheet,
                    version=form.cleaned_data["version"],
                    at=at,
                )
            except services.SheetMoved as refusal:
                moved, form = refusal, shown_form(refusal.sheet, refusal.version)
            else:
                messages.success(request, f"La fiche {of_name(found.first_name)} est enregistrée.")
                return redirect("families:health", found.pk)
    else:
        stored = sheet_of(found, today=at.date())
        form = shown_form(stored.content, stored.version)
    taken = [LABELS[name] for name in moved.taken] if moved else []
    context = {"child": found, "form": form, "moved": moved, "taken": taken}
    return render(request, "families/health/edit.html", context)


@require_POST
@never_cache
def confirm(request: HttpRequest, child: int) -> HttpResponse:
    """« Rien n’a changé »: the sheet is told again for the new school year."""
    at = clock.now()
    found, form = _child(request, child, at.date()), VersionForm(request.POST)
    if not form.is_valid():
        return redirect("families:health", found.pk)
    try:
        services.confirm_sheet(child=found, guardian=request.guardian, version=form.cleaned_data["version"], at=at)
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"La fiche {of_name(found.first_name)} est confirmée.")
    return redirect("families:health", found.pk)


@never_cache
@sensitive_post_parameters()
@form_methods
def authorisations(request: HttpRequest, child: int) -> HttpResponse:
    """What this guardian authorises."""
    at = clock.now()
    found = _child(request, child, at.date())
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if form.is_valid():
            services.answer_authorisations(child=found, guardian=request.guardian, answers=form.answers, at=at)
            messages.success(request, "Vos réponses sont enregistrées.")
            return redirect("families:health", found.pk)
    else:
        known = sheet_of(found, today=at.date()).authorisations
        form = answered_form(known.of(request.guardian))
    return render(request, "families/health/authorisations.html", {"child": found, "form": form})


@never_cache
@sensitive_post_parameters()
@form_methods
def plan(request: HttpRequest, child: int) -> HttpResponse:
    """Ask the service to put a PAI in force."""
    at = clock.now()
    found = _child(request, child, at.date())
    form = PlanForm(request.POST if request.method == "POST" else None, today=at.date())
    if request.method == "POST" and form.is_valid():
        try:
            asked = propose_plan(
                child=found,
                family=request.family,
                guardian=request.guardian,
                user=request.user,
                content=form.content,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Votre demande est envoyée : un agent la valide et vous répond ici.")
            return redirect("families:request", asked.number)
    return render(request, "families/health/plan.html", {"child": found, "form": form})


@require_safe
@never_cache
def paper(request: HttpRequest, child: int) -> HttpResponse:
    """The sheet to print."""
    at = clock.now()
    found = _child(request, child, at.date())
    content = pdfs.health_sheet(
        sheet_of(found, today=at.date()), contacts_of(found, request.family), request.family, at=at
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="fiche-{found.pk}.pdf"'
    return response


@require_safe
@never_cache
def readings(request: HttpRequest) -> HttpResponse:
    """« Qui a consulté le dossier »."""
    if request.family is None:
        return redirect("families:attach")
    page = Paginator(readings_of(request.family), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "families/readings.html", {"page_obj": page})
