"""The invoices of a family: the list, one invoice as a page, and its paper."""

from django.http import HttpRequest, HttpResponse


def invoice_list(request: HttpRequest) -> HttpResponse:
    """« Mes factures »."""
    raise NotImplementedError


def invoice_page(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice."""
    raise NotImplementedError


def invoice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Its paper."""
    raise NotImplementedError
