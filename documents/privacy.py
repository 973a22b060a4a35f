"""What the documents declare about personal data."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q

from castres_portal.base import retention
from castres_portal.base.retention import PUBLIC_INTEREST, Category
from documents.models import IssuedPaper, RegulationAcceptance, SupportingDocument
from documents.services.erasing import erase
from families import data_export, erasure
from families.data_export import ExportFile, Row, Section, by_whom
from families.erasure import Part, Scope
from families.models import Guardian

Status = SupportingDocument.Status


def acceptance_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the règlements that the household accepted."""
    rows = RegulationAcceptance.objects.filter(family=guardian.family).select_related("version__regulation")
    for row in rows.order_by("accepted_at", "pk"):
        yield {
            "règlement": row.version.regulation.title,
            "version": row.version.number,
            "acceptée le": row.accepted_at,
            "par": by_whom(guardian=guardian, author=row.guardian_id),
        }


def _is_hers(document: SupportingDocument, guardian: Guardian) -> bool:
    """Say whether a paper tells nothing of another guardian: she sent it, and it is not about somebody else."""
    return document.sent_by_id == guardian.pk and document.guardian_id in (None, guardian.pk)


def document_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's papers; of those that another guardian sent, or that are about her, only kind, dates and state."""
    rows = SupportingDocument.objects.filter(family=guardian.family).select_related("kind", "child")
    for row in rows.order_by("sent_at", "pk").iterator(200):
        said: Row = {
            "pièce": row.kind.name,
            "enfant": row.child.full_name if row.child else "",
            "déposée le": row.sent_at,
            "déposée par": by_whom(guardian=guardian, author=row.sent_by_id),
            "état": row.get_status_display(),
            "valable jusqu’au": row.valid_until,
            "fichier supprimé le": row.erased_at,
        }
        if _is_hers(row, guardian):
            said |= {"nom du fichier": row.name, "mot de l’agent": row.words, "dans l’archive": _name_of(row)}
        yield said


def document_files(guardian: Guardian, at: datetime) -> Iterator[ExportFile]:
    """Yield the files that she sent, those being examined for viruses left out."""
    rows = SupportingDocument.objects.filter(family=guardian.family, sent_by=guardian, erased_at=None)
    for row in rows.exclude(status=Status.SCANNING).order_by("sent_at", "pk").iterator(200):
        if _name_of(row):
            yield ExportFile(_name_of(row), partial(default_storage.open, row.file.name or ""))


def _name_of(row: SupportingDocument) -> str:
    """Return the name of a paper in the archive: ours, whatever she called it; nothing when it is not there."""
    if row.status == Status.SCANNING or not row.file or row.guardian_id not in (None, row.sent_by_id):
        return ""
    return f"piece-{row.pk}{PurePosixPath(row.file.name or '').suffix}"


def erase_papers(scope: Scope, at: datetime) -> Iterable[tuple[str, int]]:
    """Make the files of a household go, or those that a guardian sent or that are about her."""
    rows = SupportingDocument.objects.filter(erased_at=None)
    if scope.whole_household:
        rows = rows.filter(family=scope.family)
    else:
        rows = rows.filter(Q(sent_by__in=scope.guardians) | Q(guardian__in=scope.guardians), family=scope.family)
    done = 0
    for row in rows:
        erase(row, at=at)
        SupportingDocument.objects.filter(pk=row.pk).update(
            file=row.file.name or "", name="", digest="", erased_at=at, words=row.words and "Effacé"
        )
        done += 1
    return [("Pièces justificatives", done)]


def issued_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the papers that the portal delivered to the household; those of another guardian without their subject."""
    for row in IssuedPaper.objects.filter(family=guardian.family).defer("content").order_by("issued_at"):
        hers = row.guardian_id == guardian.pk
        yield {
            "numéro": row.number,
            "document": row.title if hers else "",
            "délivré le": row.issued_at,
            "délivré à": by_whom(guardian=guardian, author=row.guardian_id),
        }


def erase_issued(scope: Scope, at: datetime) -> Iterable[tuple[str, int]]:
    """Forget the papers delivered to a household, or to a guardian: they hold their content."""
    rows = IssuedPaper.objects.filter(family=scope.family)
    if not scope.whole_household:
        rows = rows.filter(guardian__in=scope.guardians)
    return [("Documents délivrés", rows.delete()[0])]


def erase_all(scope: Scope, at: datetime) -> Iterable[tuple[str, int]]:
    """Erase what the documents hold of a scope."""
    return [*erase_papers(scope, at), *erase_issued(scope, at)]


def kept_days() -> str:
    """Say how long a delivered paper can be verified: it is a setting of its own."""
    return f"{settings.PAPERS['kept_days'] // 365}\u00a0ans"


def by_kind() -> str:
    """Say that each kind of paper has its own time, which agents set."""
    return "Selon la pièce,"


def declare() -> None:
    """Fill the registries."""
    retention.register(
        Category(
            slug="pieces",
            label="Pièces justificatives",
            data="attestations, avis d’imposition, assurances, jugements que vous déposez",
            purpose="vérifier un droit ou un tarif",
            basis=PUBLIC_INTEREST,
            starts="de quelques jours à un an après leur examen ou leur fin de validité",
            then="le fichier est supprimé ; il reste qui l’a vu, quand, et la décision",
            source="ancienne norme NS-058 de la CNIL, à titre de bonne pratique",
            applied_by="documents.services.purging.purge",
            nightly=False,  # documents.tasks.purge_documents
            position=14,
            says=by_kind,
        ),
        Category(
            slug="papiers",
            label="Documents délivrés",
            data="attestations et récapitulatifs que vous avez édités, leur numéro et leur contenu (chiffré)",
            purpose="confirmer à un tiers qu’un document est authentique",
            basis=PUBLIC_INTEREST,
            starts="après leur délivrance",
            then="effacés",
            source="démonstration : durée à confirmer par la Ville",
            applied_by="documents.services.papers.forget_papers",
            nightly=False,  # documents.tasks.forget_old_papers
            position=18,
            says=kept_days,
        ),
    )
    data_export.register(
        Section("pieces", "Les pièces justificatives", document_rows, document_files, position=65),
        Section("papiers", "Les documents délivrés", issued_rows, position=68),
        Section("reglements", "Les règlements acceptés", acceptance_rows, position=70),
    )
    erasure.register(Part("documents", erase=erase_all))
