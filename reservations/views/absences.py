"""« Justifier une absence »: choose the child, the days and the reason, read what becomes of each day, send."""

from typing import Any
from uuid import uuid5

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.models import FamilyRequest
from families.services.requests import write_message
from reservations import services
from reservations.forms.absences import AbsenceForm, seen_of
from reservations.models import Absence
from reservations.queries.absences import Board, board_of, ways_to_announce
from reservations.rules.absences import announce_sentence, proof_deadline, until_text
from reservations.views.household import household_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Which child, which activity."""
    family, _ = household_of(request)
    return render(request, "reservations/absences.html", {"ways": ways_to_announce(family, at=clock.now())})


@never_cache  # « back » shows the days as they are now, not as they were
@require_http_methods(["GET", "HEAD", "POST"])
def announce(request: HttpRequest, child: int, activity: str) -> HttpResponse:
    """Which days and why; then what becomes of each, before sending."""
    family, _ = household_of(request)
    board = board_of(family, child, activity, at=clock.now())
    if board is None:
        raise Http404
    step = request.POST.get("etape", "")
    if step not in ("relire", "envoyer", "modifier"):
        return _choose(request, board, AbsenceForm(board, initial={"days": request.GET.getlist("jour")}))
    form = AbsenceForm(board, request.POST, request.FILES or None, with_papers=step == "envoyer")
    if step == "modifier" or not form.is_valid():
        return (
            _choose(request, board, form) if step != "envoyer" or _typed_wrong(form) else _preview(request, board, form)
        )
    if step == "relire":
        return _preview(request, board, form)
    return _send(request, board, form)


def _typed_wrong(form: AbsenceForm) -> bool:
    """Say whether what is wrong stands in the first step: the days, the reason, the words."""
    return bool({"days", "reason", "words", "submission"} & form.errors.keys())


def _choose(request: HttpRequest, board: Board, form: AbsenceForm) -> HttpResponse:
    at = clock.now()
    ticked = set(form["days"].value() or [])
    days = [
        {"day": day, "ticked": day.isoformat() in ticked, "decision": board.decision(day, at)}
        for day in board.can_be_announced(at)
    ]
    context = {
        "board": board,
        "form": form,
        "days": days,
        "reasons": board.reason_lines,
        "rule": announce_sentence(board.policy),
        "announced": [row for day, row in sorted(board.announced.items()) if day >= at.date()],
    }
    return render(request, "reservations/absence_choose.html", context)


def _preview(request: HttpRequest, board: Board, form: AbsenceForm) -> HttpResponse:
    """Show what becomes of each day; the form carries what is shown."""
    at = clock.now()
    days, reason = form.cleaned_data["days"], form.cleaned_data["reason"]
    effects = board.effects(days, reason, at)
    until = proof_deadline(effects, board.decisions(days, at), board.policy, at)
    sent = AbsenceForm(board, with_papers=True)
    context: dict[str, Any] = {
        "board": board,
        "form": form,
        "reason": board.reasons[reason].get_kind_display(),
        "days": days,
        "effects": list(effects.items()),
        "others": [day for day in days if day not in effects],
        "seen": seen_of(effects),
        "can_send": any(effect.is_absence or effect.effect == "annulation" for effect in effects.values()),
        "proof_until": until_text(until) if until else "",
        "papers": [form[name] if name in form.fields else sent[name] for name in sent.papers] if until else [],
    }
    return render(request, "reservations/absence_preview.html", context)


def _send(request: HttpRequest, board: Board, form: AbsenceForm) -> HttpResponse:
    family, guardian = household_of(request)
    try:
        absence = services.announce_absence(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            child=board.child.pk,
            activity=board.activity.slug,
            days=form.cleaned_data["days"],
            reason=form.cleaned_data["reason"],
            words=form.cleaned_data["words"],
            shown=form.cleaned_data["seen"],
            submission=form.cleaned_data["submission"],
            at=clock.now(),
        )
    except services.UnknownAbsence:
        raise Http404 from None
    except Refusal as refusal:
        messages.warning(request, refusal.message)
        return _preview(request, board, form)
    _say(request, absence, _keep_papers(request, absence, form))
    return redirect("families:request", absence.request.number)


def _keep_papers(request: HttpRequest, absence: Absence, form: AbsenceForm) -> str:
    """Join the proof to the announcement, which stands whatever becomes of the photo; return why it was not taken."""
    answers = form.paper_answers()
    if not answers:
        return ""
    try:
        write_message(
            request=absence.request,
            body="Justificatif de l’absence.",
            submission=uuid5(absence.submission, "justificatif"),
            at=clock.now(),
            guardian=request.guardian,  # type: ignore[attr-defined]
            user=request.user,  # type: ignore[arg-type]
            answers=answers,
        )
    except Refusal as refusal:
        return refusal.message
    return ""


def _say(request: HttpRequest, absence: Absence, paper_refused: str) -> None:
    status = absence.request.status
    if status == FamilyRequest.Status.REFUSED:
        messages.warning(request, "Aucun jour n’a pu être pris en compte : la raison est écrite pour chacun.")
    elif status == FamilyRequest.Status.RECEIVED:
        messages.success(request, "Votre absence est annoncée. Vous recevez aussi ce reçu par courriel.")
    else:
        messages.success(request, "C’est enregistré. Vous recevez aussi ce reçu par courriel.")
    if paper_refused:
        messages.warning(request, f"Le justificatif n’a pas été pris : {paper_refused} Ajoutez-le ci-dessous.")
