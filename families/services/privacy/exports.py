"""Making, handing out and deleting the copy of a person's data."""

import logging
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal
from castres_portal.base.retention import limit
from families import tasks
from families.emails import privacy as emails
from families.models import DataExport
from families.services.privacy.archive import write_archive

log = logging.getLogger(__name__)
Status = DataExport.Status
TAKEN_FOR = timedelta(minutes=15)
MOST_TRIES = 4
ALREADY = "Votre export est déjà en préparation : un courriel vous préviendra dès qu’il sera prêt."


@transaction.atomic(durable=True)
def ask_export(*, user: User, at: datetime) -> DataExport:
    """Ask for a copy of all that a person's account leads to; a ready one is replaced. Raises Refusal while one is being made."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    live = DataExport.objects.filter(user=user, status__in=[Status.WAITING, Status.READY]).first()
    if live and live.status == Status.WAITING:
        raise Refusal(ALREADY)
    if live:
        _delete(live, at)
    export = DataExport.objects.create(user=user, asked_at=at)
    enqueue_after_commit(tasks.make_data_exports)
    return export


def make_waiting_exports(*, at: datetime) -> int:
    """Make the exports that wait, one after the other; return how many were made. Several workers may do it at once."""
    made = 0
    while export := _take(at):
        try:
            made += _make(export, at)
        except Exception:
            log.exception("L’export de données %s a échoué", export.pk)
            _give_up(export)
    return made


@transaction.atomic(durable=True)
def _take(at: datetime) -> DataExport | None:
    """Claim the oldest export to be made."""
    free = Q(taken_until=None) | Q(taken_until__lt=at)
    export = (
        DataExport.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(free, status=Status.WAITING)
        .order_by("asked_at")
        .first()
    )
    if export is None:
        return None
    export.taken_until, export.tries = at + TAKEN_FOR, export.tries + 1
    export.save(update_fields=["taken_until", "tries"])
    return export


def _make(export: DataExport, at: datetime) -> bool:
    """Write the archive to disk, outside any transaction, then say that it is there, unless it is no longer ours."""
    with TemporaryFile() as archive:
        write_archive(archive, user=export.user, at=at)
        size = archive.tell()
        archive.seek(0)
        name = default_storage.save(f"exports/{uuid4().hex}.zip", File(archive))
    if _keep(export, name, size, at):
        return True
    default_storage.delete(name)
    return False


@transaction.atomic(durable=True)
def _keep(export: DataExport, name: str, size: int, at: datetime) -> bool:
    row = DataExport.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=export.pk)
    if row.status != Status.WAITING or row.taken_until != export.taken_until:
        return False
    row.file, row.size = name, size
    row.status, row.made_at, row.taken_until = Status.READY, at, None
    row.expires_at = at + (at - limit("exports", at))
    row.save(update_fields=["file", "size", "status", "made_at", "taken_until", "expires_at"])
    emails.send_export_ready(row)
    return True


@transaction.atomic(durable=True)
def _give_up(export: DataExport) -> None:
    """Leave a failed export to the next sweep after its claim, or say that it failed for good."""
    if export.tries >= MOST_TRIES:
        DataExport.objects.filter(pk=export.pk, status=Status.WAITING).update(status=Status.FAILED, taken_until=None)


def open_export(*, user: User, at: datetime) -> tuple[DataExport, IO[bytes]]:
    """Open a person's own export for download, and count it. Raises Refusal when there is none to download."""
    export = DataExport.objects.filter(user=user, status=Status.READY, expires_at__gt=at).first()
    if export is None or not default_storage.exists(export.file.name or ""):
        raise Refusal("Il n’y a pas d’export à télécharger : il a été effacé. Demandez-en un autre.")
    DataExport.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1)
    return export, default_storage.open(export.file.name or "")


def delete_expired_exports(at: datetime, dry_run: bool = False) -> int:
    """Delete the archives whose seven days are over, file and state; return how many there are."""
    expired = DataExport.objects.filter(status=Status.READY, expires_at__lte=at)
    if dry_run:
        return expired.count()
    for export in expired:
        with transaction.atomic():
            _delete(export, at)
    return len(expired)


def _delete(export: DataExport, at: datetime) -> None:
    """Forget a file: the row first, the file once that is sure."""
    name = export.file.name or ""
    changed = DataExport.objects.filter(pk=export.pk, status=Status.READY).update(
        status=Status.DELETED, file="", deleted_at=at
    )
    if changed and name:
        transaction.on_commit(lambda: default_storage.delete(name))


def delete_exports_of(user: User, at: datetime) -> int:
    """Forget every archive of an account; part of the caller's transaction."""
    DataExport.objects.filter(user=user, status=Status.WAITING).update(status=Status.DELETED, deleted_at=at)
    ready = list(DataExport.objects.filter(user=user, status=Status.READY))
    for export in ready:
        _delete(export, at)
    return len(ready)
