"""What people do with supporting documents: a family sends them, an agent accepts or refuses them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum

from accounts.models import User
from castres_portal.base.clock import in_paris, midnight
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from castres_portal.base.mail import queue_mails
from documents import tasks
from documents.emails import supporting as emails
from documents.examination import Unfit
from documents.models import Attachment, DocumentKind, SupportingDocument
from documents.rules.supporting import computed_validity
from documents.rules.uploads import clean_name, refusal_of
from documents.services.examining import MEGABYTE, Examined, examine_file
from families.models import Child, Family, FamilyRequest, Guardian, RequestMessage
from families.queries.households import children_of, mail_recipients
from families.services.access_log import record_reading
from families.services.rights import refuse_who_may_not

Status = SupportingDocument.Status


@dataclass(frozen=True)
class Outcome:
    """What became of one file: kept (``document``), or refused with a sentence; ``repeated``: it was there already."""

    name: str
    document: SupportingDocument | None = None
    refusal: str = ""
    repeated: bool = False

    @property
    def state(self) -> str:
        """Where the paper stands, empty when it is not kept."""
        return self.document.status if self.document else ""


@dataclass(frozen=True)
class ChosenDocuments:
    """What a person joined: papers that the household had sent before, and new files, examined."""

    known: list[SupportingDocument] = field(default_factory=list)
    new: list[Examined] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.known or self.new)


@dataclass(frozen=True)
class Sending:
    """Whose paper, of which kind, sent by whom and when."""

    family: Family
    kind: DocumentKind
    child: Child | None
    guardian: Guardian | None
    sent_by: Guardian | None
    entered_by: User | None
    issued_on: date | None
    valid_until: date | None
    at: datetime


def store_documents(
    *,
    family: Family,
    kind: DocumentKind,
    files: "Sequence[UploadedFile[bytes]]",
    at: datetime,
    child: Child | None = None,
    about: Guardian | None = None,
    guardian: Guardian | None = None,
    entered_by: User | None = None,
    issued_on: date | None = None,
    valid_until: date | None = None,
) -> list[Outcome]:
    """Keep the files that a household sends, each in a transaction of its own; return what became of each, in order.

    ``guardian`` sends them (``entered_by`` for an agent who does it for her); the paper concerns ``child`` or the
    guardian ``about`` when its kind says so. The same file sent again for the same paper returns the first. Raises
    Refusal when nothing of the send can be taken (kind, person, dates, number of files).
    """
    refuse_who_may_not(guardian, entered_by)
    _refuse_wrong_send(family, kind, child, about, len(files), issued_on, valid_until, in_paris(at).date())
    sending = Sending(family, kind, child, about, guardian, entered_by, issued_on, valid_until, at)
    return [_store(file, sending) for file in files]


def _refuse_wrong_send(
    family: Family,
    kind: DocumentKind,
    child: Child | None,
    about: Guardian | None,
    count: int,
    issued_on: date | None,
    valid_until: date | None,
    today: date,
) -> None:
    if child and not children_of(family, on=today).filter(pk=child.pk).exists():
        raise Refusal("Cet enfant n’est pas dans votre foyer.")
    if about and about.family_id != family.pk:
        raise Refusal("Ce responsable n’est pas dans votre foyer.")
    try:
        SupportingDocument(family=family, kind=kind, child=child, guardian=about).clean()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error
    if not count:
        raise Refusal("Choisissez au moins un fichier, ou prenez une photo.")
    if count > settings.DOCUMENTS["files_per_send"]:
        raise Refusal(f"Envoyez au plus {settings.DOCUMENTS['files_per_send']} fichiers à la fois.")
    if issued_on and issued_on > today:
        raise Refusal("La date de la pièce est dans le futur.")
    if issued_on and valid_until and valid_until < issued_on:
        raise Refusal("La fin de validité précède la date de la pièce.")


def keep_examined(
    *,
    examined: Sequence[Examined],
    family: Family,
    kind: DocumentKind,
    at: datetime,
    child: Child | None = None,
    about: Guardian | None = None,
    guardian: Guardian | None = None,
    entered_by: User | None = None,
) -> list[SupportingDocument]:
    """Keep files that a form has examined, all or none; return their papers, the first of those sent twice.

    Part of the caller's transaction: a démarche is recorded with its papers. Raises Refusal, the file named.
    """
    if examined:
        refuse_who_may_not(guardian, entered_by)
        _refuse_wrong_send(family, kind, child, about, len(examined), None, None, in_paris(at).date())
    sending = Sending(family, kind, child, about, guardian, entered_by, None, None, at)
    kept = []
    for one in examined:
        try:
            outcome = _keep(one, sending)
        except Unfit as unfit:
            raise Refusal(refusal_of(one.name, unfit.reason, settings.DOCUMENTS)) from unfit
        assert outcome.document is not None
        kept.append(outcome.document)
    return kept


def _store(file: "UploadedFile[bytes]", sending: Sending) -> Outcome:
    try:
        return _keep_alone(examine_file(file), sending)
    except Unfit as unfit:
        name = clean_name(file.name or "")
        return Outcome(name, refusal=refusal_of(name, unfit.reason, settings.DOCUMENTS))


def _first_of(sending: Sending, digest: str) -> SupportingDocument | None:
    rows = SupportingDocument.objects.filter(family=sending.family, kind=sending.kind, digest=digest)
    rows = rows.filter(child=sending.child, guardian=sending.guardian).exclude(status=Status.REFUSED)
    return rows.select_related("kind", "child", "guardian").first()


@transaction.atomic(durable=True)
def _keep_alone(examined: Examined, sending: Sending) -> Outcome:
    return _keep(examined, sending)


def _keep(examined: Examined, sending: Sending) -> Outcome:
    """Write the row and its file. The household's row is locked: a double click waits here and finds the first."""
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=sending.family.pk)
    if first := _first_of(sending, examined.digest):
        return Outcome(examined.name, first, repeated=True)
    _refuse_beyond_the_day(sending, examined.size)
    document = SupportingDocument(
        family=sending.family,
        kind=sending.kind,
        child=sending.child,
        guardian=sending.guardian,
        sent_by=sending.sent_by,
        entered_by=sending.entered_by,
        sent_at=sending.at,
        name=examined.name,
        media_type=examined.media_type,
        pages=examined.pages,
        size=examined.size,
        digest=examined.digest,
        issued_on=sending.issued_on,
        valid_until=sending.valid_until,
        status=Status.SCANNING,
    )
    try:
        with examined.path.open("rb") as content:
            # The file first: a process killed here leaves a file that no row knows, which the night removes.
            document.file.save(examined.name, File(content), save=False)
        if settings.CLAMAV_URL:
            document.save()
            enqueue_after_commit(tasks.scan_documents)
        else:
            leave_quarantine(document, at=sending.at)
    except BaseException:
        default_storage.delete(document.file.name or "")
        raise
    return Outcome(document.name, document)


def _refuse_beyond_the_day(sending: Sending, size: int) -> None:
    today = midnight(in_paris(sending.at).date())
    tomorrow = midnight(in_paris(sending.at).date() + timedelta(days=1))
    sent = SupportingDocument.objects.filter(family=sending.family, sent_at__gte=today, sent_at__lt=tomorrow)
    count, total = sent.aggregate(count=Count("pk"), total=Sum("size")).values()
    if count >= settings.DOCUMENTS["files"]:
        raise Unfit("too_many_today")
    if (total or 0) + size > settings.DOCUMENTS["day_megabytes"] * MEGABYTE:
        raise Unfit("too_much_today")


def leave_quarantine(document: SupportingDocument, *, at: datetime) -> None:
    """Save a clean paper as given to the agents, or accepted at once when its kind needs no review.

    Part of the caller's transaction.
    """
    kind = document.kind
    document.status = Status.SUBMITTED
    if not kind.needs_review:
        document.status, document.reviewed_at = Status.ACCEPTED, at
        if document.valid_until is None:
            day = document.issued_on or in_paris(document.sent_at).date()
            document.valid_until = computed_validity(kind.validity, kind.validity_months, day)
    document.save()


# --- The agent ---------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def accept_document(
    *,
    document: SupportingDocument,
    by: User,
    at: datetime,
    issued_on: date | None = None,
    valid_until: date | None = None,
    words: str = "",
) -> SupportingDocument:
    """Accept a paper until a day (None: without limit) and tell the household. Raises Refusal.

    ``valid_until`` is what the agent reads on the paper; the form proposes what the kind computes.
    """
    row = _to_decide(document)
    today = in_paris(at).date()
    if valid_until is None and row.kind.validity == DocumentKind.Validity.DATE:
        raise Refusal("Indiquez jusqu’à quelle date cette pièce est valable : elle est écrite dessus.")
    if issued_on and issued_on > today:
        raise Refusal("La date de la pièce est dans le futur.")
    if issued_on and valid_until and valid_until < issued_on:
        raise Refusal("La fin de validité précède la date de la pièce.")
    if valid_until and valid_until < today:
        raise Refusal("À cette date la pièce est déjà expirée : refusez-la et dites-le à la famille.")
    row.issued_on, row.valid_until = issued_on or row.issued_on, valid_until
    _decide(row, Status.ACCEPTED, by, at, words)
    queue_mails(emails.document_accepted(row, guardian) for guardian in mail_recipients(row.family))
    return row


@transaction.atomic(durable=True)
def refuse_document(*, document: SupportingDocument, by: User, reason: str, at: datetime) -> SupportingDocument:
    """Refuse a paper with a reason that the household reads, and tell it. Raises Refusal."""
    if not reason.strip():
        raise Refusal("Dites pourquoi : la famille doit savoir quoi envoyer à la place.")
    row = _to_decide(document)
    _decide(row, Status.REFUSED, by, at, reason.strip())
    queue_mails(emails.document_refused(row, guardian) for guardian in mail_recipients(row.family))
    return row


def _to_decide(document: SupportingDocument) -> SupportingDocument:
    """Lock a paper that waits for a decision; raise Refusal when it no longer does."""
    rows = SupportingDocument.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("kind", "family", "child", "guardian", "reviewed_by").get(pk=document.pk)
    if row.status == Status.SCANNING:
        raise Refusal("Cette pièce est encore en cours d’analyse par l’antivirus.")
    if row.status != Status.SUBMITTED:
        who = f" par {row.reviewed_by}" if row.reviewed_by else ""
        raise Refusal(
            f"Cette pièce a déjà été examinée{who} le {moment(row.reviewed_at)} : {row.get_status_display().lower()}."
        )
    return row


def _decide(row: SupportingDocument, status: str, by: User, at: datetime, words: str) -> None:
    row.status, row.reviewed_by, row.reviewed_at, row.words = status, by, at, words[:300]
    row.save(update_fields=["status", "reviewed_by", "reviewed_at", "words", "issued_on", "valid_until"])


@transaction.atomic(durable=True)
def note_reading(*, document: SupportingDocument, by: User, at: datetime) -> None:
    """Write that an agent opens a paper, before it is shown; the household reads it in « Qui a consulté le dossier »."""
    record_reading(by=by, subject=f"Pièce : {document}", family=document.family, about=document, at=at)


# --- Requests ----------------------------------------------------------------------------------------------------------


def attach(
    *,
    request: FamilyRequest,
    documents: Iterable[SupportingDocument],
    at: datetime,
    message: RequestMessage | None = None,
) -> list[Attachment]:
    """Join papers of the household to one of its requests; joined twice, they are joined once.

    Part of the caller's transaction. Raises Refusal for another household's paper, or one that was deleted.
    """
    rows = []
    for document in documents:
        if document.family_id != request.family_id:
            raise Refusal("Cette pièce n’est pas dans le dossier de cette famille.")
        if document.erased_at:
            raise Refusal(f"Le fichier de la pièce {document} n’est plus conservé : déposez-la de nouveau.")
        given = {"attached_at": at, "message": message}
        rows.append(Attachment.objects.get_or_create(request=request, document=document, defaults=given)[0])
    return rows


def kept_documents(
    chosen: ChosenDocuments,
    *,
    family: Family,
    kind: DocumentKind,
    at: datetime,
    child: Child | None = None,
    about: Guardian | None = None,
    guardian: Guardian | None = None,
    entered_by: User | None = None,
) -> list[SupportingDocument]:
    """Return the papers that a DocumentsField brought, its new files kept (see ``keep_examined``). Raises Refusal."""
    new = keep_examined(
        examined=chosen.new,
        family=family,
        kind=kind,
        child=child,
        about=about,
        guardian=guardian,
        entered_by=entered_by,
        at=at,
    )
    return [*chosen.known, *new]
