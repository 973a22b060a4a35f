"""« Édition de documents »: what can be delivered, what was, each paper, and the public page that confirms one."""

from http import HTTPStatus

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from documents import paper_kinds
from documents.forms.papers import CheckForm
from documents.models import IssuedPaper
from documents.pdfs import issued_paper_pdf
from documents.queries.papers import Verdict, papers_of, verdict_of_number, verdict_of_token
from documents.queries.regulations import regulation_sheets
from documents.services.papers import issue_paper

PER_PAGE = 10
UNKNOWN = "Ce document n’est pas reconnu. Vérifiez le numéro et le code, lettre par lettre."


@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """List what a family can have, the règlements, and the papers that she already has."""
    context = {"sheets": regulation_sheets(request.family, clock.today()), "kinds": [], "page_obj": None}
    if request.family is not None:
        page = Paginator(papers_of(request.family), PER_PAGE).get_page(request.GET.get("page"))
        context |= {"kinds": paper_kinds.all_kinds(), "page_obj": page}
    return render(request, "documents/editions.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask what the paper is about, then deliver it."""
    known = paper_kinds.kind_named(kind)
    if known is None or request.family is None:
        raise Http404
    at = clock.now()
    form = known.make_form(request.family, at.date(), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            paper = issue_paper(
                kind=known,
                family=request.family,
                guardian=request.guardian,
                user=request.user,
                answers=form.cleaned_data,
                submission=form.cleaned_data["submission"],
                at=at,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"Votre document est prêt, sous le n° {paper.number}.")
            return redirect("documents:paper", paper.number)
    return render(request, "documents/ask_paper.html", {"kind": known, "form": form})


@require_safe
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """Show a paper of the household: when, by whom, whether it still holds, and the PDF."""
    return render(request, "documents/paper.html", {"paper": _own(request, number)})


@require_safe
def paper_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give a paper of the household as a PDF."""
    return pdf_response(_own(request, number))


def pdf_response(found: IssuedPaper) -> HttpResponse:
    """Return the PDF of a paper."""
    response = HttpResponse(issued_paper_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.kind}-{found.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _own(request: HttpRequest, number: str) -> IssuedPaper:
    if request.family is None:
        raise Http404
    return get_object_or_404(papers_of(request.family), number=number)


# --- For whoever receives a paper -------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Confirm a paper by its number and its check code."""
    posted = request.POST if request.method == "POST" else None
    form = CheckForm(posted)
    if posted is None or not form.is_valid():
        return _page(request, form, None)
    if not ratelimit.consume(request, action="paper_check"):
        return _discreet(render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS))
    verdict = verdict_of_number(form.cleaned_data["number"], form.cleaned_data["code"])
    if verdict is None:
        form.add_error(None, UNKNOWN)
    return _page(request, form, verdict)


@login_not_required
@never_cache
@require_safe
def check_token(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a paper by the link of its QR code; any other link has one and the same answer."""
    if not ratelimit.consume(request, action="paper_check"):
        return _discreet(render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS))
    verdict = verdict_of_token(token)
    return _page(request, CheckForm(), verdict, unknown=verdict is None)


def _page(request: HttpRequest, form: CheckForm, verdict: Verdict | None, *, unknown: bool = False) -> HttpResponse:
    context = {"form": form, "verdict": verdict, "unknown": unknown}
    status = HTTPStatus.NOT_FOUND if unknown else HTTPStatus.OK
    return _discreet(render(request, "documents/check.html", context, status=status))


def _discreet(response: HttpResponse) -> HttpResponse:
    """Keep a page out of search engines.

    The site's own referrer policy (same-origin) keeps its address out of other sites' logs; a stricter one would make browsers
    send the form with « Origin: null », which the protection of forms refuses.
    """
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
