"""Mails about the supporting documents: decided, soon to end, infected. A confidential paper is never named in one."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import Letter
from documents.models import SupportingDocument
from families.models import Guardian


def document_accepted(document: SupportingDocument, guardian: Guardian) -> Letter:
    """Tell a guardian that a paper is accepted, and until when it holds."""
    return Letter("documents/mail/document_accepted", guardian.mail_address, _context(document))


def document_refused(document: SupportingDocument, guardian: Guardian) -> Letter:
    """Tell a guardian that a paper is refused and why; the reason of a confidential one stays in her space."""
    return Letter("documents/mail/document_refused", guardian.mail_address, _context(document))


def document_infected(document: SupportingDocument, guardian: Guardian) -> Letter:
    """Tell a guardian, without alarm, that a file carried something dangerous and was deleted."""
    return Letter("documents/mail/document_infected", guardian.mail_address, _context(document))


def document_ends_soon(documents: Sequence[SupportingDocument], guardian: Guardian, today: date) -> Letter:
    """Remind a guardian of the papers of her household that end soon: one mail for all of them."""
    lines = [(_name(document), document.valid_until) for document in documents]
    context = {"lines": lines, "today": today, "pieces_url": _pieces_url()}
    return Letter("documents/mail/document_ends_soon", guardian.mail_address, context)


def agents_warned(document: SupportingDocument) -> Letter:
    """Warn the service that a file was infected; it names the file's household and threat, never its content."""
    path = reverse("admin:documents_supportingdocument_change", args=[document.pk])
    context = {"number": document.family.number, "threat": document.threat, "url": f"{settings.SITE_URL}{path}"}
    return Letter("documents/mail/agents_warned", str(settings.TOWN["email"]), context)


def _context(document: SupportingDocument) -> dict[str, object]:
    return {
        "what": _name(document),
        "is_sensitive": document.kind.is_sensitive,
        "document": document,
        "pieces_url": _pieces_url(),
    }


def _name(document: SupportingDocument) -> str:
    if document.kind.is_sensitive:
        return "Pièce confidentielle"
    return str(document)


def _pieces_url() -> str:
    return f"{settings.SITE_URL}{reverse('documents:pieces')}"
