"""Handing out a file that the caller may read: the only way by which one leaves."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from documents.models import SupportingDocument

NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# The browsers' own PDF reader does not start in a sandbox; it is one itself, and a PDF with a script is never kept.
READER_ONLY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)


def paper_response(document: SupportingDocument, *, inline: bool) -> HttpResponse:
    """Answer with a paper, to be saved or (``inline``) shown by the browser; nothing on the way keeps a copy.

    Raises Http404 when the file is no longer kept, or still waits for the antivirus.
    """
    if document.erased_at or document.status == SupportingDocument.Status.SCANNING:
        raise Http404
    try:
        with default_storage.open(document.file.name or "") as file:
            content = file.read()  # some megabytes at most: what settings.DOCUMENTS lets in
    except FileNotFoundError as error:
        raise Http404 from error
    shown_by_reader = inline and not document.is_image
    return HttpResponse(
        content,
        content_type=document.media_type,
        headers={
            "Content-Disposition": content_disposition_header(not inline, document.name),
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": READER_ONLY if shown_by_reader else NOTHING_RUNS,
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
