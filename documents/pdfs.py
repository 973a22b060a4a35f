"""The papers that the town delivers, as PDF/UA."""

from django.conf import settings
from django.urls import reverse

from castres_portal.base.pdf import render_pdf
from castres_portal.base.qr import qr_drawing
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
