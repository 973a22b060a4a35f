"""One chunk of a run, done in one transaction or not at all; and the sweep that goes on with what was left."""

import logging
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists

from billing import tasks
from billing.models import Anomaly, BillingChunk, BillingRun, Invoice
from billing.rules.drafts import HOLDING
from billing.rules.periods import number_series
from billing.services.runs.drafting import Household, households_of
from billing.services.runs.issuing import issue
from billing.services.runs.payers import issue_for_payers, parts_to_invoice
from billing.services.runs.previewing import preview_chunk, waiting_previews
from billing.services.runs.starting import waiting_chunks
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.numbering import take_numbers

log = logging.getLogger(__name__)


@transaction.atomic(durable=True)
def run_chunk(chunk_id: int, *, at: datetime) -> BillingChunk | None:
    """Issue the invoices of one chunk; return it, or None when it is done, not validated, or in another worker's hands."""
    chunk = (
        BillingChunk.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("run")
        .filter(pk=chunk_id, done_at=None, run__validated_at__isnull=False)
        .first()
    )
    if chunk is None:
        return None
    households = households_of(chunk)
    _settle_earlier_holds(chunk.run, households, at)
    _hold_back(chunk.run, households, at)
    drafted = [household for household in households if household.draft]
    if not drafted:  # the numbers come before the run's row, in every chunk
        take_numbers(number_series(chunk.run.month), 0)
    invoices = issue(chunk.run, drafted, at)
    _say_done(chunk, invoices, at)
    # The last chunk has the invoices of the other payers too.
    if theirs := _close_if_done(chunk.run, at):
        _say_done(chunk, [*invoices, *theirs], at)
    return chunk


def resume_runs(*, at: datetime) -> None:
    """Go on with every run that is not finished; a chunk that fails is logged, left for later, and stops no other."""
    for run in BillingRun.objects.filter(finished_at=None):
        waiting, work = (waiting_previews, preview_chunk) if run.is_preview else (waiting_chunks, run_chunk)
        for chunk_id in waiting(run):
            try:
                work(chunk_id, at=at)
            except Exception:
                log.exception("Le lot %s de la facturation de %s a échoué", chunk_id, f"{run.month:%m/%Y}")


def _say_done(chunk: BillingChunk, invoices: Sequence[Invoice], at: datetime) -> None:
    chunk.invoices = len(invoices)
    chunk.amount = sum((invoice.total for invoice in invoices), Decimal("0.00"))
    chunk.done_at = at
    chunk.save(update_fields=["invoices", "amount", "done_at"])


def _close_if_done(run: BillingRun, at: datetime) -> list[Invoice]:
    """End the run once no chunk is left, and return what it asks the other payers."""
    # The run's row is locked so that of two last chunks one sees the other.
    run = BillingRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    waiting = Exists(BillingChunk.objects.filter(run=run, done_at=None))
    parts = Exists(parts_to_invoice(run.month))
    goes_on, has_parts = BillingRun.objects.annotate(on=waiting, parts=parts).values_list("on", "parts").get(pk=run.pk)
    if run.finished_at or goes_on:
        return []
    theirs = issue_for_payers(run, at) if has_parts else []
    run.finished_at = at
    run.save(update_fields=["finished_at"])
    enqueue_after_commit(tasks.make_invoice_papers)
    return theirs


def _settle_earlier_holds(run: BillingRun, households: Sequence[Household], at: datetime) -> None:
    """What held a household back in an earlier run of the month is settled, or said anew by this one."""
    earlier = Anomaly.objects.filter(kind__in=HOLDING, run__month=run.month, settled_at=None).exclude(run=run)
    earlier.filter(family_id__in=[household.family_id for household in households]).update(settled_at=at)


def _hold_back(run: BillingRun, households: Sequence[Household], at: datetime) -> None:
    Anomaly.objects.bulk_create(
        [
            Anomaly(kind=reason.kind, message=reason.message, family_id=held.family_id, run=run, noticed_at=at)
            for held in households
            for reason in held.reasons
        ],
        ignore_conflicts=True,
    )
