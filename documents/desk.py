"""Papers of the requests' threads: what ``families.attachments`` asks of who keeps them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse

from accounts.models import User
from documents.forms.uploads import ExaminedFilesField
from documents.models import Attachment, DocumentKind, SupportingDocument
from documents.services.erasing import erase
from documents.services.supporting import attach, keep_examined
from families.attachments import AttachmentLink
from families.models import Child, FamilyRequest, Guardian, RequestMessage

FIELD = "papers"
OF_MESSAGES = "document-joint"
WHOSE = ("kind", "child", "guardian")


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


@dataclass(frozen=True)
class Nature:
    """What the papers of a request are: the slug of a kind, and the child whom they concern."""

    kind: str
    child: Child | None = None


# What the papers of each kind of request (its slug) are, filled by the applications that own it: None says nothing special.
_natures: dict[str, Callable[[FamilyRequest], Nature | None]] = {}


def say_nature(request_kind: str, nature: Callable[[FamilyRequest], Nature | None]) -> None:
    """Let an application say what the papers of its requests are: a certificate is confidential from its arrival."""
    _natures[request_kind] = nature


def _nature(request: FamilyRequest) -> tuple[DocumentKind, Child | None]:
    said = _natures.get(request.kind, lambda request: None)(request)
    kind = DocumentKind.objects.filter(slug=said.kind).first() if said else None
    if said and kind:
        return kind, said.child if kind.subject == DocumentKind.Subject.CHILD else None
    return kind_of_messages(), None


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
        kind, child = _nature(request)
        documents = keep_examined(
            examined=examined,
            family=request.family,
            kind=kind,
            child=child,
            guardian=guardian,
            entered_by=None if guardian else user,
            at=at,
        )
        attach(request=request, documents=documents, at=at, message=message)

    def papers_of(self, request: FamilyRequest) -> list[AttachmentLink]:
        """Return the papers of a request, the oldest first; two queries, one when it has none, like most."""
        rows = list(Attachment.objects.filter(request=request))
        prefetch_related_objects(rows, Prefetch("document", SupportingDocument.objects.select_related(*WHOSE)))
        return [_link(row) for row in rows]

    def forget(self, request: FamilyRequest, *, at: datetime) -> None:
        """Erase the files of a request's papers once it is decided, unless another open request needs them; the rows stay.

        Part of the caller's transaction. A paper that still waited for an agent was examined with the request.
        """
        others = Attachment.objects.filter(request__status__in=FamilyRequest.OPEN).exclude(request=request)
        rows = SupportingDocument.objects.filter(attachments__request=request, erased_at=None).distinct()
        papers = rows.exclude(pk__in=others.values("document"))
        locked = SupportingDocument.objects.select_for_update(of=("self",), no_key=True).filter(
            pk__in=papers.values("pk")
        )
        for document in locked.order_by("pk"):
            if document.reviewed_at is None:
                document.status, document.reviewed_at = SupportingDocument.Status.ACCEPTED, at
                document.words = f"Examinée avec la demande n° {request.number}."
            erase(document, at=at)
            document.save()


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
        return "(fichier supprimé : il n’avait plus à être conservé)"
    if document.kind.slug == OF_MESSAGES and document.status == SupportingDocument.Status.ACCEPTED:
        return ""
    return f"({document.get_status_display().lower()})"
