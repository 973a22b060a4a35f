"""The credit notes of a family: one as a page, and its paper."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing import pdfs
from billing.models import CreditNote
from billing.queries.corrections import credit_notes_of, credited_lines, uses_of
from billing.rules.grouping import group_lines


@never_cache
@require_safe
def credit_note_page(request: HttpRequest, number: str) -> HttpResponse:
    """One credit note: why, for which days, and what became of it."""
    note = get_object_or_404(credit_notes_of(request.family), number=number)
    context = {"note": note, "bill": group_lines(credited_lines(note)), "uses": uses_of(note)}
    return render(request, "billing/credit_note.html", context)


@never_cache
@require_safe
def credit_note_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Its paper, made each time: a confirmed credit note never changes."""
    return credit_note_file(get_object_or_404(credit_notes_of(request.family), number=number))


def credit_note_file(note: CreditNote) -> HttpResponse:
    """Hand out the paper of a credit note that the caller may read; nothing on the way keeps a copy."""
    return HttpResponse(
        pdfs.credit_note_pdf(note),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="avoir-{note.number}.pdf"',
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        },
    )
