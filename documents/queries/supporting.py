"""Reads of the supporting documents: a household's own, what it is asked for, what an agent may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import User
from documents import expectations
from documents.models import Attachment, DocumentKind, SupportingDocument
from families.models import Child, Family, FamilyRequest, Guardian
from families.queries.households import children_of

Status = SupportingDocument.Status
SENSITIVE = "documents.read_sensitive_document"
VIEW = "documents.view_supportingdocument"
REVIEW = "documents.change_supportingdocument"


def documents_of(family: Family) -> QuerySet[SupportingDocument]:
    """Return a household's papers, the latest first; those of the child's other household are not hers."""
    return SupportingDocument.objects.filter(family=family).select_related("kind", "child", "guardian", "sent_by")


def documents_for(user: User) -> QuerySet[SupportingDocument]:
    """Return the papers that an agent may see: none without the right, no confidential one without its own."""
    if not user.has_perm(VIEW):
        return SupportingDocument.objects.none()
    rows = SupportingDocument.objects.select_related("family", "kind", "child", "guardian", "sent_by", "reviewed_by")
    return rows if user.has_perm(SENSITIVE) else rows.filter(kind__is_sensitive=False)


def documents_to_review(user: User) -> QuerySet[SupportingDocument]:
    """Return what waits for an agent's decision, the oldest first."""
    return documents_for(user).filter(status=Status.SUBMITTED, erased_at=None).order_by("sent_at", "pk")


def usable_documents(
    family: Family, kind: DocumentKind, *, child: Child | None = None, guardian: Guardian | None = None, today: date
) -> QuerySet[SupportingDocument]:
    """Return a household's papers of a kind that can serve again: neither refused, expired nor deleted; latest first."""
    return (
        documents_of(family)
        .filter(kind=kind, child=child, guardian=guardian, erased_at=None)
        .exclude(status=Status.REFUSED)
        .filter(Q(valid_until=None) | Q(valid_until__gte=today))
    )


def documents_of_request(request: FamilyRequest) -> list[SupportingDocument]:
    """Return the papers joined to a request, in the order they were; one query. The caller may see the request."""
    rows = Attachment.objects.filter(request=request).select_related("document__kind", "document__child")
    return [row.document for row in rows.select_related("document__guardian")]


@dataclass(frozen=True)
class Subject:
    """The household, a child or a guardian, with its kinds of paper: what a choice of the deposit form means."""

    label: str
    child: Child | None = None
    guardian: Guardian | None = None
    kinds: list[DocumentKind] = field(default_factory=list)

    def value(self, kind: DocumentKind) -> str:
        """Return the text that a form sends for a kind and this person: ``assurance``, ``assurance/e12``."""
        person = f"/e{self.child.pk}" if self.child else f"/r{self.guardian.pk}" if self.guardian else ""
        return f"{kind.slug}{person}"


def subjects_of(family: Family, today: date) -> list[Subject]:
    """Return whom a household can send papers about, and which; three queries."""
    kinds: dict[str, list[DocumentKind]] = defaultdict(list)
    for kind in DocumentKind.objects.filter(is_offered=True):
        kinds[kind.subject].append(kind)
    subjects = [Subject("Votre foyer", kinds=kinds[DocumentKind.Subject.FAMILY])]
    for child in children_of(family, on=today):
        subjects.append(Subject(child.full_name, child=child, kinds=kinds[DocumentKind.Subject.CHILD]))
    for guardian in Guardian.objects.filter(family=family):
        subjects.append(Subject(str(guardian), guardian=guardian, kinds=kinds[DocumentKind.Subject.GUARDIAN]))
    return [subject for subject in subjects if subject.kinds]


@dataclass(frozen=True)
class ExpectedDocument:
    """A paper that a household is asked for or has sent: the latest that counts, where it stands, what to do.

    ``state``: ``manquante``, ``analyse``, ``deposee``, ``acceptee``, ``bientot`` (accepted, ends soon), ``refusee`` or
    ``expiree``.
    """

    kind: DocumentKind
    subject: Subject
    state: str
    document: SupportingDocument | None
    reasons: tuple[str, ...]
    older: list[SupportingDocument]
    is_expected: bool

    @property
    def value(self) -> str:
        """What the deposit form calls it."""
        return self.subject.value(self.kind)

    @property
    def must_act(self) -> bool:
        """Whether the family has something to send."""
        return self.state in ("refusee", "expiree", "bientot") or (self.is_expected and self.state == "manquante")


def expected_documents(family: Family, today: date) -> list[ExpectedDocument]:
    """Return what a household is asked for or has sent, subject by subject; constant number of queries.

    Asked for: the kinds that every family gives, and what other applications expect (``documents.expectations``).
    """
    wanted: dict[tuple[str, int | None, int | None], list[str]] = defaultdict(list)
    for expected in expectations.expectations_of(family, today):
        wanted[expected.kind, expected.child, expected.guardian].append(expected.reason)
    sent: dict[tuple[str, int | None, int | None], list[SupportingDocument]] = defaultdict(list)
    for document in documents_of(family):
        sent[document.kind.slug, document.child_id, document.guardian_id].append(document)
    found = []
    for subject in subjects_of(family, today):
        for kind in subject.kinds:
            key = (
                kind.slug,
                subject.child.pk if subject.child else None,
                subject.guardian.pk if subject.guardian else None,
            )
            asked = kind.is_asked or key in wanted
            if asked or sent[key]:
                found.append(_standing(kind, subject, sent[key], wanted.get(key, []), asked, today))
    return found


def _standing(
    kind: DocumentKind,
    subject: Subject,
    documents: Sequence[SupportingDocument],
    reasons: Iterable[str],
    asked: bool,
    today: date,
) -> ExpectedDocument:
    def best(*states: str) -> SupportingDocument | None:
        return next((row for row in documents if row.state_on(today) in states), None)

    accepted = [row for row in documents if row.state_on(today) == Status.ACCEPTED]
    counted = max(accepted, key=lambda row: row.valid_until or date.max, default=None)
    state = "acceptee"
    if counted and counted.valid_until and counted.valid_until - today <= timedelta(days=_soon()):
        state = "bientot"
    if counted is None or state == "bientot":
        waiting = best(Status.SCANNING, Status.SUBMITTED)
        if waiting:
            counted, state = waiting, waiting.status
        elif counted is None:
            counted = next(iter(documents), None)
            state = counted.state_on(today) if counted else "manquante"
    older = [row for row in documents if row is not counted]
    return ExpectedDocument(
        kind, subject, state, counted, tuple(dict.fromkeys(reason for reason in reasons if reason)), older, asked
    )


def _soon() -> int:
    return int(max(settings.DOCUMENTS["reminder_days"], default=0))
