"""« Mes dernières demandes »: what a household asked, and the acknowledgement of each request."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from families import request_kinds
from families.queries.requests import requests_of

PER_PAGE = 20


def request_list(request: HttpRequest) -> HttpResponse:
    """Show the household's requests, the latest first."""
    if request.family is None:
        return redirect("families:attach")
    page = Paginator(requests_of(request.family), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, request_kinds.kind_of(row)) for row in page]
    return render(request, "families/requests.html", {"page_obj": page, "rows": rows})


def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request: its acknowledgement, then what its kind has to say."""
    if request.family is None:
        return redirect("families:attach")
    asked = get_object_or_404(requests_of(request.family), number=number)
    kind = request_kinds.kind_of(asked)
    return render(request, "families/request.html", {"asked": asked, "kind": kind, **kind.load_detail(asked)})
