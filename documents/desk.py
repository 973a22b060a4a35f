"""Papers of the requests' threads: what ``families.attachments`` asks of who keeps them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from accounts.models import User
from documents.forms.uploads import ExaminedFilesField
from documents.models import Attachment, DocumentKind, SupportingDocument
from documents.services.supporting import attach, keep_examined
from families.attachments import AttachmentLink
from families.models import FamilyRequest, Guardian, RequestMessage

FIELD = "papers"
OF_MESSAGES = "document-joint"


def kind_of_messages() -> DocumentKind:
    """Return the kind of what is joined to a message: anything, read by whoever answers."""
    return DocumentKind.objects.get_or_create(
        slug=OF_MESSAGES,
        defaults={
            "name": "Document joint à un message",
            "subject": DocumentKind.Subject.FAMILY,
            "retention_days": 365,
            "needs_review": False,
            "is_shipped": True,
            "is_offered": False,
            "rank": 1000,
        },
    )[0]


class Desk:
    """The supporting documents as the requests see them."""

    def fields(self, request: FamilyRequest) -> Mapping[str, forms.Field]:
        """Return a field for files; nobody without a household sends any: they would have no file to lie in."""
        if request.family_id is None:
            return {}
        return {FIELD: ExaminedFilesField(label="Joindre des documents", required=False)}

    def keep(
        self,
        *,
        request: FamilyRequest,
        message: RequestMessage,
        answers: Mapping[str, Any],
        guardian: Guardian | None,
        user: User | None,
        at: datetime,
    ) -> None:
        """Keep what came with a message, inside its transaction; raises Refusal."""
        examined = answers.get(FIELD) or []
        if not examined or request.family is None:
            return
        documents = keep_examined(
            examined=examined,
            family=request.family,
            kind=kind_of_messages(),
            guardian=guardian,
            entered_by=None if guardian else user,
            at=at,
        )
        attach(request=request, documents=documents, at=at, message=message)

    def papers_of(self, request: FamilyRequest) -> list[AttachmentLink]:
        """Return the papers of a request, the oldest first; one query."""
        rows = Attachment.objects.filter(request=request).select_related("document__kind", "document__child")
        return [_link(row) for row in rows.select_related("document__guardian")]


def _link(row: Attachment) -> AttachmentLink:
    document = row.document
    readable = not document.erased_at and document.status != SupportingDocument.Status.SCANNING
    return AttachmentLink(
        name=document.name if document.kind.slug == OF_MESSAGES and document.name else str(document),
        note=_note(document),
        family_url=reverse("documents:piece_file", args=[document.key]) if readable else reverse("documents:pieces"),
        agent_url=reverse("admin:documents_supportingdocument_change", args=[document.pk]),
        message=row.message_id,
    )


def _note(document: SupportingDocument) -> str:
    if document.erased_at:
        return "(fichier supprimé, sa durée de conservation est passée)"
    if document.kind.slug == OF_MESSAGES and document.status == SupportingDocument.Status.ACCEPTED:
        return ""
    return f"({document.get_status_display().lower()})"
