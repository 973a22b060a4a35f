"""« Pièces justificatives »: what is asked for and where it stands, sending papers, reading one's own."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from documents.forms.deposit import DepositForm
from documents.forms.uploads import too_heavy_for_one_send
from documents.queries.supporting import documents_of, expected_documents, subjects_of
from documents.rules.uploads import refusal_of, said_of
from documents.services.examining import MEGABYTE
from documents.services.supporting import Outcome, store_documents
from documents.serving import paper_response

TOO_HEAVY = "Cet envoi est trop lourd : envoyez moins de fichiers à la fois, ou de plus petits."


@never_cache
@require_safe
def pieces(request: HttpRequest) -> HttpResponse:
    """Show what the household is asked for and has sent, person by person."""
    if request.family is None:
        return redirect("families:attach")
    papers = expected_documents(request.family, clock.today())
    groups: dict[str, list[object]] = {}
    for paper in papers:
        groups.setdefault(paper.subject.label, []).append(paper)
    context = {"groups": groups.items(), "to_do": sum(paper.must_act for paper in papers)}
    return render(request, "documents/pieces.html", context)


def bounded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a send that is too long before any of it is read: looking for its CSRF token would read it all."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if too_heavy_for_one_send(int(request.META.get("CONTENT_LENGTH") or 0)):
            if request.headers.get("Accept", "") == "application/json":
                return JsonResponse({"errors": [TOO_HEAVY]}, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            context = {"words": TOO_HEAVY}
            return render(request, "documents/too_heavy.html", context, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return csrf_protect(view)(request, *args, **kwargs)

    return guarded


@never_cache
@bounded
def deposit(request: HttpRequest) -> HttpResponse:
    """Take the files of a paper; each is kept or refused with a sentence. With JavaScript they come one by one."""
    if request.family is None:
        return redirect("families:attach")
    form = DepositForm(
        request.POST or None,
        request.FILES or None,
        subjects=subjects_of(request.family, clock.today()),
        initial={"paper": request.GET.get("piece", "")},
    )
    outcomes = _sent(request, form) if request.method == "POST" and form.is_valid() else []
    if request.method == "POST" and request.headers.get("Accept", "") == "application/json":
        return _told(form, outcomes)
    if outcomes and all(outcome.document for outcome in outcomes):
        for outcome in outcomes:
            messages.success(request, said_of(outcome.name, outcome.state, repeated=outcome.repeated))
        return redirect("documents:pieces")
    lines = [(outcome, said_of(outcome.name, outcome.state, repeated=outcome.repeated)) for outcome in outcomes]
    limits = settings.DOCUMENTS
    context = {
        "form": form,
        "outcomes": lines,
        "max_bytes": limits["megabytes"] * MEGABYTE,
        "heavy": refusal_of("{name}", "too_heavy", limits),
        "lost": refusal_of("{name}", "lost", limits),
    }
    return render(request, "documents/deposit.html", context)


def _sent(request: HttpRequest, form: DepositForm) -> list[Outcome]:
    subject, kind = form.chosen()
    try:
        return store_documents(
            family=request.family,
            kind=kind,
            child=subject.child,
            about=subject.guardian,
            guardian=request.guardian,
            files=form.cleaned_data["files"],
            issued_on=form.cleaned_data["issued_on"],
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return []


def _told(form: DepositForm, outcomes: list[Outcome]) -> JsonResponse:
    errors = [str(error) for field in form.errors.values() for error in field]
    files = [
        {
            "kept": bool(outcome.document),
            "words": outcome.refusal or said_of(outcome.name, outcome.state, repeated=outcome.repeated),
        }
        for outcome in outcomes
    ]
    return JsonResponse({"errors": errors, "files": files}, status=HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)


@never_cache
@require_safe
def piece_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give the household one of its own papers; any other does not exist."""
    if request.family is None:
        raise Http404
    document = get_object_or_404(documents_of(request.family), key=key)
    return paper_response(document, inline=False)
