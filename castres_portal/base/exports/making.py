"""Long lists: asked by an agent, written by a worker, handed out to her alone, deleted after some days."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q

from castres_portal.base import tasks
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.exports.columns import heads_of
from castres_portal.base.exports.lists import CHUNK, page_named, rows_of, table_of
from castres_portal.base.models import ListExport
from castres_portal.base.retention import limit
from castres_portal.base.tables import Value, write_csv, write_workbook

log = logging.getLogger(__name__)
Status, Format = ListExport.Status, ListExport.Format
TAKEN_FOR = timedelta(minutes=3)
MOST_TRIES = 4
AUTHOR = "Espace Famille"


class TakenAway(Exception):
    """Another worker has the export in hand: this one was too slow."""


def ask_list(*, account: int, page: str, query: str, format: str, rows: int, at: datetime) -> ListExport:
    """Ask for a long list; a second click finds the export that the first one asked for."""
    asked = {"account": account, "page": page, "query": query, "format": format}
    try:
        return _ask(asked, rows, at)
    except IntegrityError:
        return ListExport.objects.get(**asked, status=Status.WAITING)


@transaction.atomic(durable=True)
def _ask(asked: dict[str, Any], rows: int, at: datetime) -> ListExport:
    export = ListExport.objects.create(**asked, rows=rows, asked_at=at)
    enqueue_after_commit(tasks.make_list_exports)
    return export


def make_waiting(now: Callable[[], datetime]) -> int:
    """Write the lists that wait, one after the other; return how many were made. Several workers may do it at once."""
    made = 0
    while export := _take(now()):
        try:
            _make(export, now)
            made += 1
        except TakenAway:
            log.warning("L’export de liste %s a été repris par un autre", export.pk)
        except Exception:
            log.exception("L’export de liste %s a échoué", export.pk)
            _give_up(export)
    return made


def _take(at: datetime) -> ListExport | None:
    """Claim the oldest export that no living worker has; of several workers, the one whose update finds it unclaimed."""
    free = Q(taken_until=None) | Q(taken_until__lt=at)
    waiting = ListExport.objects.filter(free, status=Status.WAITING)
    for export in waiting.order_by("asked_at", "pk"):
        seen = waiting.filter(pk=export.pk, taken_until=export.taken_until)
        export.taken_until, export.tries, export.rows_written = at + TAKEN_FOR, export.tries + 1, 0
        if seen.update(taken_until=export.taken_until, tries=export.tries, rows_written=0):
            return export
    return None


def _make(export: ListExport, now: Callable[[], datetime]) -> None:
    """Write the file outside any transaction, then say that it is there, unless it is no longer ours."""
    page = page_named(export.page)
    user = get_user_model().objects.get(pk=export.account)
    rows = rows_of(page, export.query, user)
    with TemporaryFile() as out:
        write_list(out, page, export.format, _counted(export, table_of(page, rows), now))
        out.seek(0)
        name = default_storage.save(f"listes/{uuid4().hex}.{export.format}", File(out))
    try:
        _hold(export, status=Status.READY, file=name, made_at=now(), taken_until=None)
    except TakenAway:
        default_storage.delete(name)
        raise


def write_list(out: IO[bytes], page: Any, format: str, table: Iterable[list[Value]]) -> None:
    """Write a table of a page to a file, in constant memory."""
    heads = heads_of(page.export_columns)
    if format == Format.CSV:
        write_csv(out, heads, table)  # type: ignore[arg-type]  # IO[bytes] is what BinaryIO is
    else:
        write_workbook(out, list_title(page), heads, table, author=AUTHOR)  # type: ignore[arg-type]


def list_title(page: Any) -> str:
    """« Factures »."""
    return str(page.opts.verbose_name_plural).capitalize()


def _counted(export: ListExport, table: Iterable[list[Value]], now: Callable[[], datetime]) -> Iterator[list[Value]]:
    """Pass rows on, saying every thousand how many there are and that this worker lives."""
    count = 0
    for count, row in enumerate(table, 1):
        if count % CHUNK == 0:
            _hold(export, rows_written=count, taken_until=now() + TAKEN_FOR)
        yield row
    # The list may have grown or shrunk since it was asked for: its length is what was written.
    _hold(export, rows_written=count, rows=count)


def _hold(export: ListExport, **changes: Any) -> None:
    """Change an export that is still this worker's; raise TakenAway otherwise."""
    mine = ListExport.objects.filter(pk=export.pk, status=Status.WAITING, taken_until=export.taken_until)
    if not mine.update(**changes):
        raise TakenAway
    export.taken_until = changes.get("taken_until", export.taken_until)


def _give_up(export: ListExport) -> None:
    """Leave a failed export to the sweep after its claim, or say that it failed for good."""
    if export.tries >= MOST_TRIES:
        waiting = ListExport.objects.filter(pk=export.pk, status=Status.WAITING)
        waiting.update(status=Status.FAILED, taken_until=None)


def purge_lists(at: datetime, dry_run: bool = False) -> int:
    """Delete the exports whose days are over, row and file; return how many there are."""
    old = ListExport.objects.filter(asked_at__lt=limit("listes", at))
    if dry_run:
        return old.count()
    done = list(old)
    for export in done:
        export.delete()
        if export.file:
            default_storage.delete(export.file.name or "")
    return len(done)
