"""Mails about the corrections of invoices."""

from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from billing.models import CreditNote
from castres_portal.base.mail import Enclosure, Letter
from families.models import Guardian


def credit_note_ready(note: CreditNote, guardian: Guardian, *, spare: Decimal) -> Letter:
    """Tell an account holder that a credit note is made, and what becomes of it; ``spare`` (euros) is on no invoice yet."""
    assert guardian.user, "only account holders are written to"
    return Letter(
        "billing/mail/credit_note_ready",
        guardian.user.email,
        {
            "guardian": guardian,
            "note": note,
            "invoice": note.invoice,
            "used": note.total - spare,
            "spare": spare,
            "note_url": settings.SITE_URL + reverse("billing:credit_note", args=[note.number]),
        },
    )


def credit_note_for_body(note: CreditNote, contact: Guardian, paper: bytes, *, spare: Decimal) -> Letter:
    """Send an organisation its credit note; the children are named in the paper alone. ``spare`` (euros) is on no invoice yet."""
    return Letter(
        "billing/mail/credit_note_for_body",
        contact.email,
        {
            "guardian": contact,
            "note": note,
            "invoice": note.invoice,
            "used": note.total - spare,
            "spare": spare,
        },
        enclosures=(Enclosure(f"avoir-{note.number}.pdf", paper, "application/pdf"),),
    )
