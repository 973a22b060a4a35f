"""The papers about families."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from castres_portal.base.pdf import render_pdf
from families import request_kinds
from families.models import Family, FamilyContact, FamilyRequest, Guardian
from families.queries.health import Sheet
from families.rules import codes
from families.rules.requests import silence_day


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


def acknowledgement(request: FamilyRequest) -> bytes:
    """Return the acknowledgement of a request (CRPA L112-11, R112-11-1), always the same for the same request."""
    context = {
        "asked": request,
        "kind": request_kinds.kind_of(request),
        "silence_on": silence_day(request.received_at),
        "page": f"{settings.SITE_URL}{reverse('families:request', args=[request.number])}" if request.family_id else "",
    }
    return render_pdf("families/pdf/acknowledgement.html", context)


def health_sheet(sheet: Sheet, people: list[FamilyContact], family: Family, *, at: datetime) -> bytes:
    """Return a child's sheet to print, with one household's people to call; made on demand and kept nowhere."""
    context = {"sheet": sheet, "child": sheet.child, "people": people, "family": family, "printed_at": at}
    return render_pdf("families/pdf/health_sheet.html", context)
