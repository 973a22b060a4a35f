"""The numbered receipt of a payment, for the household that paid."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.models import Payment
from billing.till_papers import receipt_pdf


@never_cache
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the receipt of one of the household's payments."""
    found = Payment.objects.select_related("family", "till_entry__taken_by", "till_reversal__payment")
    payment = get_object_or_404(found, family=request.family, number=number, kind=Payment.Kind.PAYMENT)
    return paper_response(receipt_pdf(payment), f"quittance-{payment.number}.pdf")


def paper_response(content: bytes, name: str) -> HttpResponse:
    """Hand out a paper that the caller may read; nothing on the way keeps a copy."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        },
    )
