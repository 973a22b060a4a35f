"""« Pointage »: the sheets of a day, one sheet, what a tablet sends, the papers; and what a family reads of it."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries.factors import has_strong_factor
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import clock_time
from reservations.forms.attendance import DayForm, SheetForm, read_sending, shown_of
from reservations.models import ActivitySite, Attendance
from reservations.pdfs import attendance_pdf
from reservations.queries.attendance.household import household_attendance, noted
from reservations.queries.attendance.paper import PaperSheet, paper_sheets, say_prohibitions, week_of
from reservations.queries.attendance.scope import may_take, sees_all, sites_of, window_of
from reservations.queries.attendance.sheet import Sheet, search, sheet_of, sheets_of, states_of
from reservations.rules.attendance import why_not
from reservations.services.attendance import Outcome, read_alerts, take_attendance
from reservations.views.household import household_of

PER_PAGE = 40
View = Callable[..., HttpResponse]


def for_takers(view: View) -> View:
    """Open a page to who fills sheets, with a second factor as for the back office; families find nothing here."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        if not may_take(request.user):
            raise PermissionDenied
        if not has_strong_factor(request.user.pk):
            messages.warning(
                request,
                "Le pointage demande une double authentification\u00a0: activez une application d’authentification ou une "
                "clé d’accès.",
            )
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return never_cache(opened)


@for_takers
@require_safe
def days(request: HttpRequest) -> HttpResponse:
    """The sheets of a day, today unless asked otherwise."""
    today = clock.today()
    day = DayForm(request.GET).day(today)
    context = {
        "day": day,
        "today": today,
        "before": date.fromordinal(day.toordinal() - 1),
        "after": date.fromordinal(day.toordinal() + 1),
        "places": sheets_of(request.user, day, today=today),
        "sees_all": sees_all(request.user),
    }
    return render(request, "reservations/attendance/days.html", context)


@for_takers
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, site: int, day: date) -> HttpResponse:
    """A sheet; without JavaScript, an ordinary form that saves what was changed on it."""
    found = sheet_of(_site(request, site), day)
    if request.method != "POST":
        return _show(request, found)
    at = clock.now()
    form = SheetForm(found, request.POST)
    touches = form.touches(at=at)
    if form.errors or "chercher" in request.POST:
        return _show(request, found, form)
    answers = take_attendance(user=request.user, touches=touches, tablet_now=at, at=at)
    kept = sum(answer.outcome == Outcome.KEPT for answer in answers)
    for reason in sorted({answer.reason for answer in answers if answer.reason}):
        messages.warning(request, reason)
    if kept or not answers:
        messages.success(request, f"Feuille enregistrée\u00a0: {kept} pointage{'s' if kept > 1 else ''}.")
    return redirect("reservations:attendance_sheet", site, day)


def _site(request: HttpRequest, site: int) -> ActivitySite:
    found = sites_of(request.user, today=clock.today()).filter(pk=site).first()
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, found: Sheet, form: SheetForm | None = None) -> HttpResponse:
    at = clock.now()
    today = at.date()
    # An agent who checks a figure has no need of health; she asks for it, and the families are told.
    with_health = found.day == today and (not sees_all(request.user) or "sante" in request.GET)
    if with_health:
        alerts = read_alerts(user=request.user, site=found.site, children=[line.child for line in found.lines], at=at)
        for line in found.lines:
            line.alert = alerts.get(line.child.pk, line.alert)
    words = request.POST.get("mots", "")
    typed = form.typed if form else {}
    context = {
        "sheet": found,
        "rows": [
            {
                "line": line,
                "said": typed.get(line.child.pk)
                or dict(zip(("etat", "arrivee", "depart"), shown_of(line).split("|"), strict=True)),
                "shown": shown_of(line),
                "error": form.errors.get(line.child.pk, "") if form else "",
            }
            for line in found.lines
        ],
        "today": today,
        "closed": why_not(found.day, today, today, window_of(request.user)),
        "may_ask_health": found.day == today and sees_all(request.user) and not with_health,
        "with_health": with_health,
        "submission": form.submission if form else uuid4(),
        "words": words,
        "found": search(found, words),
        "candidates": [[one.pk, one.name, one.class_label] for one in found.candidates],
    }
    return render(request, "reservations/attendance/sheet.html", context)


@for_takers
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Take what a tablet kept while it had no network, and say what is known of these sheets now."""
    at = clock.now()
    try:
        sending = read_sending(request.body)
    except Refusal as refusal:
        return JsonResponse({"message": refusal.message}, status=400)
    answers = take_attendance(user=request.user, touches=sending.touches, tablet_now=sending.now, at=at)
    said = [{"key": str(one.key), "outcome": one.outcome, "reason": one.reason} for one in answers]
    said += [
        {"key": key, "outcome": Outcome.REFUSED, "reason": "Ce pointage est illisible."} for key in sending.unreadable
    ]
    mine = set(sites_of(request.user, today=at.date()).values_list("pk", flat=True))
    sheets = {(touch.site, touch.day) for touch in sending.touches if touch.site in mine}
    return JsonResponse({"answers": said, "states": [_state(row) for row in states_of(sheets)]})


def _state(row: Attendance) -> dict[str, Any]:
    return {
        "site": row.site_id,
        "day": row.day.isoformat(),
        "child": row.child_id,
        "state": row.state,
        "at": row.touched_at.isoformat(),
        "hour": clock_time(row.touched_at),
        "arrived": f"{row.arrived_at:%H:%M}" if row.arrived_at else "",
        "left": f"{row.left_at:%H:%M}" if row.left_at else "",
        "by": row.by.get_full_name(),
    }


# --- Without network --------------------------------------------------------------------------------------------------


@for_takers
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: it must stand beside the pages that it serves when there is no network."""
    path = finders.find("portal/js/attendance-worker.js")
    with open(str(path), encoding="utf-8") as file:
        return HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")


@for_takers
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown without network for a page that this tablet has not kept."""
    return render(request, "reservations/attendance/offline.html")


# --- Papers -----------------------------------------------------------------------------------------------------------


@for_takers
@require_safe
def sheet_pdf(request: HttpRequest, site: int, day: date) -> HttpResponse:
    """A sheet on paper, of a day or of its week."""
    week = request.GET.get("periode") == "semaine"
    found = _site(request, site)
    sheets = paper_sheets([found], week_of(day) if week else [day])
    name = f"pointage-{found.activity.slug}-{'semaine-' if week else ''}{day}"
    return _paper(request, sheets or [PaperSheet(found, week_of(day) if week else [day])], name)


@for_takers
@require_safe
def day_pdf(request: HttpRequest, day: date) -> HttpResponse:
    """All the sheets of a day that a person may fill, those of one activity if she says so."""
    sites = sites_of(request.user, today=clock.today())
    if activity := request.GET.get("activite"):
        sites = sites.filter(activity__slug=activity)
    sheets = paper_sheets(sorted(sites, key=lambda site: (site.place_name, site.activity.position)), [day])
    if not sheets:
        messages.info(request, "Aucun enfant n’est réservé ce jour-là\u00a0: il n’y a pas de feuille à imprimer.")
        return redirect("reservations:attendance_days")
    return _paper(request, sheets, f"pointage-{day}")


def _paper(request: HttpRequest, sheets: list[PaperSheet], name: str) -> HttpResponse:
    at = clock.now()
    confidential = request.GET.get("allergies") == "oui" and sheets[0].days[-1] >= at.date()
    if confidential:
        say_prohibitions(sheets)
        for printed in sheets:
            alerts = read_alerts(
                user=request.user, site=printed.site, children=[line.child for line in printed.lines], at=at
            )
            for line in printed.lines:
                line.alert = alerts.get(line.child.pk)
    response = HttpResponse(attendance_pdf(sheets, at=at, confidential=confidential), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


# --- Families ---------------------------------------------------------------------------------------------------------


@require_safe
def presences(request: HttpRequest) -> HttpResponse:
    """What the sheets say of the household's days, the latest first."""
    family, _ = household_of(request)
    page = Paginator(household_attendance(family), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, noted(row)) for row in page.object_list]
    return render(request, "reservations/attendance/household.html", {"page_obj": page, "rows": rows})
