"""Deleting the files that are past their time, kind by kind, with a report; and the files that no row knows.

What a paper was, who saw it and what was decided stay as a row: the file, its name and its digest go.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from castres_portal.base.clock import in_paris
from documents.models import Attachment, DocumentKind, PurgeLine, PurgeReport, SupportingDocument
from documents.rules.supporting import delete_on
from documents.services.erasing import erase, remove_file
from families.models import FamilyRequest

log = logging.getLogger(__name__)
BATCH = 100
FOLDER = "pieces"
# A file without a row is perhaps being written: it must be older than any request that could still be running.
ORPHAN_SECONDS = 24 * 3600


@dataclass
class Tally:
    """What a purge deletes, or would delete, of one kind."""

    erased: int = 0
    erased_bytes: int = 0
    kept: int = 0


@dataclass
class Preview:
    """What a purge would do: per kind, and the files that no row knows."""

    kinds: dict[DocumentKind, Tally] = field(default_factory=dict)
    orphans: int = 0
    orphan_bytes: int = 0


def preview_purge(*, at: datetime) -> Preview:
    """Say what a purge would delete at an instant, and touch nothing."""
    preview = Preview()
    for document in _due(at):
        tally = preview.kinds.setdefault(document.kind, Tally())
        if document.is_needed:  # type: ignore[attr-defined]
            tally.kept += 1
        else:
            tally.erased += 1
            tally.erased_bytes += document.size
    for _, size in _orphans():
        preview.orphans += 1
        preview.orphan_bytes += size
    return preview


def purge(*, at: datetime) -> PurgeReport:
    """Delete what is past its time, a hundred files to a transaction, and return the report. Safe to run again."""
    report = PurgeReport.objects.create(started_at=at)
    kept: dict[int, int] = {}
    due: list[int] = []
    for document in _due(at):
        if document.is_needed:  # type: ignore[attr-defined]
            kept[document.kind_id] = kept.get(document.kind_id, 0) + 1
        else:
            due.append(document.pk)
    for start in range(0, len(due), BATCH):
        _purge_some(report=report, ids=due[start : start + BATCH], at=at)
    for kind, number in kept.items():
        PurgeLine.objects.get_or_create(report=report, kind_id=kind)
        PurgeLine.objects.filter(report=report, kind_id=kind).update(kept=number)
    for name, size in _orphans():
        remove_file(name)
        PurgeReport.objects.filter(pk=report.pk).update(orphans=F("orphans") + 1, orphan_bytes=F("orphan_bytes") + size)
    PurgeReport.objects.filter(pk=report.pk).update(finished_at=at)
    report.refresh_from_db()
    return report


@transaction.atomic(durable=True)
def _purge_some(*, report: PurgeReport, ids: list[int], at: datetime) -> None:
    """Delete some files and count them in the same transaction; what another worker holds is left to it."""
    rows = SupportingDocument.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    done: dict[int, Tally] = {}
    for document in _needed(rows.filter(pk__in=ids, erased_at=None).select_related("kind")):
        if document.is_needed or not _is_due(document, at):  # type: ignore[attr-defined]
            continue
        tally = done.setdefault(document.kind_id, Tally())
        tally.erased += 1
        tally.erased_bytes += document.size
        erase(document, at=at)
        document.save(update_fields=["file", "name", "digest", "erased_at"])
    for kind, tally in done.items():
        line, _ = PurgeLine.objects.get_or_create(report=report, kind_id=kind)
        PurgeLine.objects.filter(pk=line.pk).update(
            erased=F("erased") + tally.erased, erased_bytes=F("erased_bytes") + tally.erased_bytes
        )


def _due(at: datetime) -> Iterator[SupportingDocument]:
    """Yield the papers past their time, those that an open request needs included (``is_needed``)."""
    rows = SupportingDocument.objects.filter(reviewed_at__isnull=False, erased_at=None).select_related("kind")
    for document in _needed(rows.order_by("pk")).iterator():
        if _is_due(document, at):
            yield document


def _is_due(document: SupportingDocument, at: datetime) -> bool:
    day = delete_on(
        status=document.status,
        valid_until=document.valid_until,
        decided_on=in_paris(document.reviewed_at).date() if document.reviewed_at else None,
        retention_days=document.kind.retention_days,
    )
    return day is not None and day <= in_paris(at).date()


def _needed(rows: QuerySet[SupportingDocument]) -> QuerySet[SupportingDocument]:
    open_ones = Attachment.objects.filter(document=OuterRef("pk"), request__status__in=FamilyRequest.OPEN)
    return rows.annotate(is_needed=Exists(open_ones))


def _orphans() -> list[tuple[str, int]]:
    """Return the stored files that no row knows, with their size; those of the last day are perhaps being written.

    Their age is told by the machine's clock, as the disk does, not by the portal's.
    """
    found = []
    for folder in _folders():
        names = [str(PurePosixPath(folder, name)) for name in default_storage.listdir(folder)[1]]
        known = set(SupportingDocument.objects.filter(file__in=names).values_list("file", flat=True))
        for name in names:
            if name in known:
                continue
            try:
                if time.time() - default_storage.get_modified_time(name).timestamp() > ORPHAN_SECONDS:
                    found.append((name, default_storage.size(name)))
            except FileNotFoundError:  # removed meanwhile
                continue
    return found


def _folders() -> Iterator[str]:
    waiting = [FOLDER]
    while waiting:
        folder = waiting.pop()
        try:
            inside = default_storage.listdir(folder)[0]
        except FileNotFoundError:
            continue
        waiting += [str(PurePosixPath(folder, name)) for name in inside]
        yield folder
