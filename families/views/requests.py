"""« Mes dernières demandes »: what a household asked, where each stands, and what was written about it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families import request_kinds
from families.forms.requests import MessageForm
from families.models import FamilyRequest
from families.outsiders import number_in
from families.pdfs import acknowledgement
from families.queries.requests import STATES, file_of, kinds_used_by, requests_of
from families.rules.requests import silence_day
from families.services.requests import mark_read_by_family, withdraw_request, write_message

PER_PAGE = 20


def request_list(request: HttpRequest) -> HttpResponse:
    """Show the household's requests, the latest first, all of them or those of a state or a kind."""
    if request.family is None:
        return redirect("families:attach")
    state, kind = request.GET.get("etat", ""), request.GET.get("demarche", "")
    rows = requests_of(request.family, state=state, kind=kind)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(row, request_kinds.kind_of(row)) for row in page],
        "states": STATES.items(),
        "state": state,
        "kinds": kinds_used_by(request.family),
        "kind": kind,
    }
    return render(request, "families/requests.html", context)


def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request: what was asked and decided, its thread, its acknowledgement. On POST, add a message."""
    if request.family is None:
        return redirect("families:attach")
    asked = _own(request, number)
    form = MessageForm(request.POST or None, request.FILES or None, asked=asked)
    if request.method == "POST" and form.is_valid() and _written(request, form, asked):
        return redirect("families:request", number)
    mark_read_by_family(asked)
    return render(
        request, "families/request.html", {**_page(asked, form), **request_kinds.kind_of(asked).load_detail(asked)}
    )


@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a request back."""
    asked = _own(request, number)
    try:
        withdraw_request(request=asked, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"La demande n° {number} est retirée.")
    return redirect("families:request", number)


@require_safe
def acknowledgement_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the acknowledgement as a tagged PDF."""
    response = HttpResponse(acknowledgement(_own(request, number)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="accuse-de-reception-{number}.pdf"'
    return response


@never_cache
@login_not_required
def follow(request: HttpRequest, key: str) -> HttpResponse:
    """Show to who wrote without an account where the request stands, and take her answer. The link is the key."""
    asked = get_object_or_404(FamilyRequest, number=number_in(key), family=None)
    form = MessageForm(request.POST or None, request.FILES or None, asked=asked)
    if request.method == "POST" and form.is_valid() and _written(request, form, asked):
        return redirect("families:follow", key)
    mark_read_by_family(asked)
    kind = request_kinds.kind_of(asked)
    response = render(request, "families/request_followed.html", {**_page(asked, form), **kind.load_detail(asked)})
    response["X-Robots-Tag"] = "noindex"
    return response


def _own(request: HttpRequest, number: str) -> FamilyRequest:
    if request.family is None:
        raise Http404
    return get_object_or_404(requests_of(request.family).select_related("handler", "decided_by"), number=number)


def _written(request: HttpRequest, form: MessageForm, asked: FamilyRequest) -> bool:
    """Send the message; say why when it cannot be, leaving the form as it was typed."""
    user = request.user if request.user.is_authenticated else None
    try:
        write_message(
            request=asked,
            body=form.cleaned_data["body"],
            submission=form.cleaned_data["submission"],
            at=clock.now(),
            guardian=request.guardian if asked.family_id else None,
            user=user,
            answers=form.answers(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, f"Votre message est envoyé : {asked.service} vous répondra ici.")
    return True


def _page(asked: FamilyRequest, form: MessageForm) -> dict[str, Any]:
    return {
        "asked": asked,
        "kind": request_kinds.kind_of(asked),
        "file": file_of(asked),
        "form": form,
        "silence_on": silence_day(asked.received_at),
        "late": asked.is_late(clock.today()),
    }
