"""The tools of the week: a pattern, a month copied, a child copied to another, days cleared. A form, a preview of every day, one
validation. The preview is a page whose address holds the form; what it shows is what is sent, and every day is decided again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from reservations import services
from reservations.forms import new_submission
from reservations.forms.patterns import (
    ClearForm,
    CopyToForm,
    MonthCopyForm,
    PatternForm,
    ToolForm,
)
from reservations.forms.previews import PreviewForm, write_shown
from reservations.models import BookingReceipt, ReceiptLine
from reservations.queries.outlook import asked_again, outlook
from reservations.queries.patterns import Plan, desk_of
from reservations.rules.changes import DayChanges
from reservations.services.booking import foresee_days
from reservations.views.household import at_counter, household_of


@dataclass(frozen=True)
class Tool:
    """One of the pages: its address, its words, its form."""

    name: str
    title: str
    tab: str
    icon: str
    form: type[ToolForm]


PATTERN = Tool("week_pattern", "Réserver par semaine type", "Semaine type", "calendar-days", PatternForm)
MONTH_COPY = Tool("copy_month", "Copier le mois précédent", "Copier un mois", "document-duplicate", MonthCopyForm)
COPY_TO = Tool("copy_to", "Copier vers un frère ou une sœur", "Frère, sœur", "user-group", CopyToForm)
CLEAR = Tool("clear_days", "Effacer une plage de jours", "Effacer", "trash", ClearForm)
TOOLS = (PATTERN, MONTH_COPY, COPY_TO, CLEAR)


def _page(tool: Tool) -> Callable[[HttpRequest], HttpResponse]:
    @never_cache  # « back » shows the days as they are now, not as they were
    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest) -> HttpResponse:
        return _serve(request, tool)

    page.__name__, page.__doc__ = tool.name, tool.title
    return page


week_pattern = _page(PATTERN)
copy_month = _page(MONTH_COPY)
copy_to = _page(COPY_TO)
clear_days = _page(CLEAR)


def _serve(request: HttpRequest, tool: Tool) -> HttpResponse:
    family, _ = household_of(request)
    desk = desk_of(family, at=clock.now())
    form = tool.form(desk, request.GET if request.GET else tool.form.first_data(desk))
    asked = "apercu" in request.GET
    context: dict[str, Any] = {"tool": tool, "tools": TOOLS, "desk": desk, "form": form, "asked": asked}
    if not asked or not form.is_valid():
        return render(request, f"reservations/patterns/{tool.name}.html", context)
    plan = form.plan()
    try:
        if request.method == "POST":
            return _book(request, plan)
        return _preview(request, plan, context)
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return render(request, f"reservations/patterns/{tool.name}.html", context)


def _preview(request: HttpRequest, plan: Plan, context: dict[str, Any]) -> HttpResponse:
    """Show what becomes of each day; the form of the page carries what it promises."""
    family, _ = household_of(request)
    foreseen = foresee_days(family=family, changes=plan.changes, at=clock.now(), at_desk=at_counter(request))
    back = request.GET.copy()
    del back["apercu"]
    context |= {
        "plan": plan,
        "outlook": outlook(family, foreseen),
        "shown": write_shown(asked_again(foreseen)),
        "submission": new_submission(),
        "back": back.urlencode(),
        "late": foreseen.late if foreseen else 0,
    }
    return render(request, "reservations/patterns/preview.html", context)


def _book(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Book what the preview showed. What has become possible since is told, not taken."""
    family, guardian = household_of(request)
    at, at_desk = clock.now(), at_counter(request)
    form = PreviewForm.read(request.POST)
    possible = asked_again(foresee_days(family=family, changes=plan.changes, at=at, at_desk=at_desk))
    try:
        receipt = services.book_days(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            changes=form.changes,
            submission=form.submission,
            at=at,
            at_desk=at_desk,
            late_reason=form.late_reason if at_desk else "",
        )
    except services.UnknownChild:
        raise Http404 from None
    except services.LateReasonNeeded as refusal:
        messages.error(request, refusal.message)
        return redirect(request.get_full_path())
    except services.NothingToChange:
        messages.info(request, "Il n’y avait aucun jour à enregistrer.")
        return redirect(request.get_full_path())
    say_what_became(request, receipt, new=_new(possible, form.changes))
    return redirect("families:request", receipt.request.number)


Changes = dict[tuple[int, str], DayChanges]


def _new(possible: Changes, shown: Changes) -> set[date]:
    """Return the days that could be had now and that the preview did not show."""
    nothing = DayChanges()
    return {
        day
        for wanted, asked in possible.items()
        for day in (asked.additions - shown.get(wanted, nothing).additions)
        | (asked.removals - shown.get(wanted, nothing).removals)
    }


def say_what_became(
    request: HttpRequest, receipt: BookingReceipt, new: set[date] | frozenset[date] = frozenset()
) -> None:
    """Say what was saved, and what was no longer as the preview said."""
    outcomes = [line.outcome for line in receipt.lines.all()]
    done = sum(outcome in (ReceiptLine.Outcome.BOOKED, ReceiptLine.Outcome.CANCELLED) for outcome in outcomes)
    other = len(outcomes) - done
    if done:
        plural = "s" if done > 1 else ""
        messages.success(
            request, f"C’est enregistré\u00a0: {done} jour{plural}. Vous recevez aussi ce reçu par courriel."
        )
    if other:
        said = "Un jour a changé" if other == 1 else f"{other} jours ont changé"
        messages.warning(request, f"{said} depuis l’aperçu\u00a0: la raison est écrite ci-dessous.")
    if new:
        said = "Un jour est devenu possible" if len(new) == 1 else f"{len(new)} jours sont devenus possibles"
        messages.info(
            request, f"{said} depuis l’aperçu, et n’est pas demandé ici\u00a0: refaites l’aperçu si vous le voulez."
        )
