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
from billing.services.runs.other_days import families_with_other_days
from billing.services.runs.state import state_of_month
from castres_portal.base import clock
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal

CHUNK_HOUSEHOLDS = 200


class CannotInvoice(Refusal):
    """A month that cannot be invoiced now."""


def start_run(*, month: date, by: User | None, at: datetime, wake_workers: bool = True) -> BillingRun:
    """Begin to issue a month at once, without a preview that waits for an agent, or join what is under way for it.

    ``month`` is any day of it. Wakes a worker for each chunk. Raises CannotInvoice while the month is not over.
    """
    month = check_may_start(month, at=at)
    run = run_under_way(month) or new_run(month, by, at, validated=True)
    if run.is_preview:
        _validate_unseen(run, by, at)
    if wake_workers:
        for chunk_id in waiting_chunks(run):
            enqueue_after_commit(tasks.run_chunk, chunk_id)
    return run


def check_may_start(month: date, *, at: datetime) -> date:
    """Return the first day of a month that is over; raise CannotInvoice while it is not."""
    month = month_of(month)
    try:
        check_month_is_over(month, today=clock.in_paris(at).date())
    except MonthNotOver as early:
        raise CannotInvoice(early.message) from early
    return month


def waiting_chunks(run: BillingRun) -> list[int]:
    """Return the chunks of a run that are still to be done."""
    return list(run.chunks.filter(done_at=None).order_by("first_family").values_list("pk", flat=True))


def run_under_way(month: date) -> BillingRun | None:
    """Return the run of a month that is not finished, if any."""
    return BillingRun.objects.filter(month=month, finished_at=None).first()


def new_run(month: date, by: User | None, at: datetime, *, validated: bool) -> BillingRun:
    """Write a run and its chunks, or return that which somebody else began meanwhile."""
    try:
        with transaction.atomic(durable=True):
            return write_run(month, by, at, validated=validated)
    except IntegrityError:  # somebody began the same month meanwhile: one run at a time
        return BillingRun.objects.get(month=month, finished_at=None)


def write_run(month: date, by: User | None, at: datetime, *, validated: bool) -> BillingRun:
    """Write a run, to be issued at once (``validated``) or to be previewed; one that has no household is over."""
    run = BillingRun.objects.create(month=month, started_by=by, started_at=at)
    if validated:
        run.validated_at, run.validated_by = at, by
    cut_into_chunks(run)
    if not run.households:
        run.finished_at = at
    run.save()
    return run


def cut_into_chunks(run: BillingRun) -> None:
    """Write the chunks of a run and set how many households they hold; ``state`` says from what they are counted."""
    run.state = "" if run.validated_at else state_of_month(run.month)
    chunks = [
        BillingChunk(run=run, first_family=ids[0], last_family=ids[-1], households=len(ids))
        for ids in _batches(_families_to_invoice(run.month), CHUNK_HOUSEHOLDS)
    ]
    BillingChunk.objects.bulk_create(chunks)
    run.households = sum(chunk.households for chunk in chunks)


def lock_chunks(run: BillingRun) -> None:
    """Wait for the workers that have a chunk in hand, before the run's row: they lock in that order too."""
    list(run.chunks.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


@transaction.atomic(durable=True)
def _validate_unseen(run: BillingRun, by: User | None, at: datetime) -> None:
    """A preview waits and the command is told to issue: it is issued, in chunks cut again."""
    lock_chunks(run)
    run = BillingRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.is_preview:
        run.chunks.all().delete()
        run.validated_at, run.validated_by = at, by
        cut_into_chunks(run)
        run.save()


def _families_to_invoice(month: date) -> Iterator[int]:
    ids = bookings_to_invoice(month).order_by().values_list("family_id", flat=True)
    return ids.union(*families_with_other_days(month)).order_by("family_id").iterator(chunk_size=2000)


def _batches(ids: Iterator[int], size: int) -> Iterator[list[int]]:
    while batch := list(islice(ids, size)):
        yield batch
