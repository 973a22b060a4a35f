"""Beginning a run: which households have days to invoice, cut into chunks that are done one by one."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from django.db import IntegrityError, transaction

from accounts.models import User
from billing import tasks
from billing.models import BillingChunk, BillingRun
from billing.rules.periods import MonthNotOver, check_month_is_over, month_of
from billing.services.runs.drafting import bookings_to_invoice
from castres_portal.base import clock
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal

CHUNK_HOUSEHOLDS = 200


class CannotInvoice(Refusal):
    """A month that cannot be invoiced now."""


def start_run(*, month: date, by: User | None, at: datetime, wake_workers: bool = True) -> BillingRun:
    """Begin to invoice a month, or join the run of that month that is under way; wake a worker for each chunk.

    ``month`` is any day of it. Raises CannotInvoice while the month is not over.
    """
    month = month_of(month)
    try:
        check_month_is_over(month, today=clock.in_paris(at).date())
    except MonthNotOver as early:
        raise CannotInvoice(early.message) from early
    run = _run_under_way(month) or _new_run(month, by, at)
    if wake_workers:
        for chunk_id in waiting_chunks(run):
            enqueue_after_commit(tasks.run_chunk, chunk_id)
    return run


def waiting_chunks(run: BillingRun) -> list[int]:
    """Return the chunks of a run that are still to be done."""
    return list(run.chunks.filter(done_at=None).order_by("first_family").values_list("pk", flat=True))


def _run_under_way(month: date) -> BillingRun | None:
    return BillingRun.objects.filter(month=month, finished_at=None).first()


def _new_run(month: date, by: User | None, at: datetime) -> BillingRun:
    try:
        with transaction.atomic(durable=True):
            return _write_run(month, by, at)
    except IntegrityError:  # somebody began the same month meanwhile: one run at a time
        return BillingRun.objects.get(month=month, finished_at=None)


def _write_run(month: date, by: User | None, at: datetime) -> BillingRun:
    run = BillingRun.objects.create(month=month, started_by=by, started_at=at)
    chunks = [
        BillingChunk(run=run, first_family=ids[0], last_family=ids[-1], households=len(ids))
        for ids in _batches(_families_to_invoice(month), CHUNK_HOUSEHOLDS)
    ]
    BillingChunk.objects.bulk_create(chunks)
    run.households = sum(chunk.households for chunk in chunks)
    if not chunks:
        run.finished_at = at
    run.save(update_fields=["households", "finished_at"])
    return run


def _families_to_invoice(month: date) -> Iterator[int]:
    ids = bookings_to_invoice(month).order_by("family_id").values_list("family_id", flat=True).distinct()
    return ids.iterator(chunk_size=2000)


def _batches(ids: Iterator[int], size: int) -> Iterator[list[int]]:
    while batch := list(islice(ids, size)):
        yield batch
