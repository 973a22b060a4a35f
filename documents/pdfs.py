"""The papers that the town delivers, as PDF/UA."""

import io
from base64 import b64encode

import segno
from django.conf import settings
from django.urls import reverse

from castres_portal.base.pdf import DRAWING, render_pdf
from documents.models import IssuedPaper
from documents.rules.papers import written_code


def check_address(paper: IssuedPaper) -> str:
    """Return the public address that confirms a paper: what its QR code holds."""
    return str(settings.SITE_URL) + reverse("documents:check_token", args=[paper.token])


def issued_paper_pdf(paper: IssuedPaper) -> bytes:
    """Return a paper as it was delivered: the same words whenever it is made again."""
    context = {
        "paper": paper,
        "content": paper.content,
        "qr": qr_drawing(check_address(paper)),
        "code": written_code(paper.check_code),
        "check_page": (str(settings.SITE_URL) + reverse("documents:check")).partition("//")[2],
    }
    return render_pdf("documents/pdf/issued_paper.html", context)


def qr_drawing(text: str) -> str:
    """Return a QR code that holds a text, as the address of a drawing that a paper may show."""
    drawing = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawing, kind="svg", scale=4, border=2, dark="#0c2b45")
    return DRAWING + b64encode(drawing.getvalue()).decode()
