"""The papers about families."""

from datetime import datetime

from django.conf import settings

from castres_portal.base.pdf import render_pdf
from families.models import Guardian
from families.rules import codes


def activation_letter(guardian: Guardian, clear_code: str, *, expires_at: datetime, at: datetime) -> bytes:
    """Return the letter that brings a code (PDF, window envelope); the clear code lives nowhere else."""
    context = {
        "guardian": guardian,
        "family": guardian.family,
        "code": codes.written(clear_code),
        "spelled": " ".join(codes.written(clear_code).replace("-", "")),
        "expires_at": expires_at,
        "written_at": at,
        "site": settings.SITE_URL.partition("//")[2],
    }
    return render_pdf("families/pdf/activation_letter.html", context)
