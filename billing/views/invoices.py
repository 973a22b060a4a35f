"""The invoices of a family: the list, one invoice as a page, and its paper."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.models import Invoice
from billing.providers import open_providers
from billing.queries import invoices as queries
from billing.queries.corrections import credit_notes_of
from billing.queries.coverage import coverages_of, split_of
from billing.queries.credit import credit_of
from billing.queries.instalments import offered, plan_of
from billing.queries.payments import undecided_attempt
from billing.queries.till import till_policy
from billing.rules.till import means_in_words
from billing.sepa.config import creditor
from billing.services import papers
from castres_portal.base import clock

PER_PAGE = 12


@never_cache
@require_safe
def invoice_list(request: HttpRequest) -> HttpResponse:
    """« Mes factures »: what was billed, what is paid, what is owed."""
    if request.family is None:
        return redirect("dashboard")
    only_unpaid = request.GET.get("etat") == "a-regler"
    found = queries.invoices_of(request.family)
    page = Paginator(queries.unpaid(found) if only_unpaid else found, PER_PAGE).get_page(request.GET.get("page"))
    at = clock.now()
    # All of them, once, for the balance and for what can be paid; the page shows some.
    everything = queries.sheets_of(found.order_by("month", "number"), at=at)
    payable = [sheet for sheet in everything if sheet.can_be_paid]
    is_helped = any(sheet.invoice.covered for sheet in everything)
    context = {
        "page_obj": page,
        "sheets": queries.sheets_of(page, at=at),
        "payable": payable,
        "payable_total": sum(sheet.payable for sheet in payable),
        "credit_notes": list(credit_notes_of(request.family)[:6]),
        "balance": queries.balance_from(
            (sheet.invoice.total, sheet.paid, sheet.is_at_treasury, sheet.planned) for sheet in everything
        ),
        "only_unpaid": only_unpaid,
        "coverages": coverages_of(request.family, today=clock.in_paris(at).date()) if is_helped else [],
        "takes_debits": creditor() is not None,
        "credit": credit_of(request.family),
    }
    return render(request, "billing/invoices.html", context)


@never_cache
@require_safe
def invoice_page(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice: who pays, how much, until when, for which days, and what was paid."""
    invoice = get_object_or_404(queries.invoices_of(request.family), number=number)
    at = clock.now()
    sheet = queries.sheet_of(invoice, at=at)
    context = {
        "sheet": sheet,
        "invoice": invoice,
        "bill": queries.bill_of(invoice),
        "split": split_of(invoice),
        "allocations": queries.allocations_of(invoice),
        "attempt": undecided_attempt([invoice.pk], at=at) if sheet.owed else None,
        "ways": open_providers() if sheet.owed else [],
        "plan": plan_of(invoice) if invoice.has_plan else None,  # type: ignore[attr-defined]  # annotated
        "offered": offered(sheet.payable, today=clock.in_paris(at).date())
        if sheet.can_be_paid and not sheet.planned
        else [],
        "words": settings.INVOICE_WORDS,
        "credit": credit_of(request.family) if sheet.owed else None,
        "counter": means_in_words(till_policy()),
        "takes_debits": creditor() is not None,
    }
    return render(request, "billing/invoice.html", context)


@never_cache
@require_safe
def invoice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Its paper, made now if it is not there yet."""
    invoice = get_object_or_404(Invoice, family=request.family, number=number)
    return pdf_response(invoice)


def pdf_response(invoice: Invoice) -> HttpResponse:
    """Hand out the paper of an invoice that the caller may read; nothing on the way keeps a copy."""
    return HttpResponse(
        papers.paper_of(invoice, at=clock.now()),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="facture-{invoice.number}.pdf"',
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        },
    )
