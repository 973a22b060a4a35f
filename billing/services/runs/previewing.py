"""Previewing a month: what would be issued, computed as rows and without a number, for an agent to validate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.models import User
from billing import tasks
from billing.models import (
    BillingChunk,
    BillingRun,
    Invoice,
    PreviewedActivity,
    PreviewedHousehold,
    PreviewedPayer,
    PreviewFinding,
)
from billing.rules.periods import previous_month
from billing.rules.previews import Finding, Limits, carried, findings_of, gone
from billing.services.runs.carrying import carried_of
from billing.services.runs.covering import share_with_payers
from billing.services.runs.drafting import Household, households_of, leave_out_absences
from billing.services.runs.starting import (
    CannotInvoice,
    check_may_start,
    cut_into_chunks,
    lock_chunks,
    new_run,
    run_under_way,
)
from billing.services.runs.state import state_of_month
from castres_portal.base import clock
from castres_portal.base.enqueue import enqueue_after_commit

ZERO = Decimal("0.00")
CHANGED = (
    "Des réservations, des absences, des quotients ou des tarifs ont changé depuis l’aperçu : il est recalculé. Relisez-le "
    "avant de valider."
)


def start_preview(*, month: date, by: User | None, at: datetime, wake_workers: bool = True) -> BillingRun:
    """Begin to preview a month, or join what is under way for it; wake a worker for each chunk.

    ``month`` is any day of it. Raises CannotInvoice while the month is not over.
    """
    month = check_may_start(month, at=at)
    run = run_under_way(month) or new_run(month, by, at, validated=False)
    if run.is_preview and wake_workers:
        _wake(run)
    return run


def preview_if_due(*, at: datetime) -> BillingRun | None:
    """From a settings' day of the month on, preview the month before unless somebody has; return the run, if any."""
    first_day: int = settings.BILLING["preview_day"]
    today = clock.in_paris(at).date()
    month = previous_month(today)
    if not first_day or today.day < first_day or BillingRun.objects.filter(month=month).exists():
        return None
    return start_preview(month=month, by=None, at=at)


def waiting_previews(run: BillingRun) -> list[int]:
    """Return the chunks of a run that are still to be previewed."""
    return list(run.chunks.filter(previewed_at=None).order_by("first_family").values_list("pk", flat=True))


@transaction.atomic(durable=True)
def preview_chunk(chunk_id: int, *, at: datetime) -> BillingChunk | None:
    """Count one chunk; return it, or None when it is counted, validated, or in another worker's hands."""
    chunk = (
        BillingChunk.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("run")
        .filter(pk=chunk_id, previewed_at=None, run__validated_at=None)
        .first()
    )
    if chunk is None:
        return None
    run = chunk.run
    households = households_of(chunk)
    kept = leave_out_absences(run.month, households)
    small = carried_of(run.month, kept)
    ids = {household.family_id for household in small}
    shared = share_with_payers(run.month, [row for row in kept if row.family_id not in ids])
    _write(chunk, households, {row.family_id: row for row in shared})
    _write_findings(run, ((row.family_id, carried(row.draft.total)) for row in small if row.draft))
    chunk.previewed_at = at
    chunk.save(update_fields=["previewed_at"])
    _close_preview(run.pk, at)
    return chunk


@transaction.atomic(durable=True)
def validate_run(*, run: BillingRun, seen: datetime | None, by: User, at: datetime) -> BillingRun:
    """Let a previewed month be issued: who, when; wake a worker for each chunk.

    ``seen`` is when the preview that the agent has read was finished. When what it counts has changed since, it is counted
    again instead: the run that is returned is then not validated. Raises CannotInvoice when it cannot be validated at all.
    """
    run = _lock(run)
    if run.validated_at:  # a double click, or a colleague was quicker
        return run
    if run.previewed_at is None:
        raise CannotInvoice("L’aperçu n’est pas terminé.")
    if seen != run.previewed_at:
        raise CannotInvoice("L’aperçu a été recalculé depuis que cette page est ouverte. Relisez-le avant de valider.")
    if state_of_month(run.month) != run.state:
        _preview_again(run)
        return run
    run.validated_at, run.validated_by = at, by
    run.save(update_fields=["validated_at", "validated_by"])
    for chunk_id in run.chunks.filter(done_at=None).values_list("pk", flat=True):
        enqueue_after_commit(tasks.run_chunk, chunk_id)
    return run


@transaction.atomic(durable=True)
def preview_again(*, run: BillingRun) -> BillingRun:
    """Count a finished preview anew, from the first chunk; raises CannotInvoice while it is counted and once it is validated."""
    run = _lock(run)
    _refuse_validated(run)
    if run.previewed_at is None:
        raise CannotInvoice("L’aperçu est en train d’être calculé.")
    _preview_again(run)
    return run


@transaction.atomic(durable=True)
def abandon_preview(*, run: BillingRun) -> None:
    """Forget a preview: nothing of it was numbered. Raises CannotInvoice once it is validated."""
    lock_chunks(run)
    run = _lock(run)
    _refuse_validated(run)
    run.delete()


# --- One run ----------------------------------------------------------------------------------------------------------


def _lock(run: BillingRun) -> BillingRun:
    found = BillingRun.objects.select_for_update(of=("self",), no_key=True).filter(pk=run.pk).first()
    if found is None:
        raise CannotInvoice("Cet aperçu a été abandonné.")
    return found


def _refuse_validated(run: BillingRun) -> None:
    if not run.is_preview:
        raise CannotInvoice("Cette facturation est déjà validée.")


def _wake(run: BillingRun) -> None:
    for chunk_id in waiting_previews(run):
        enqueue_after_commit(tasks.preview_chunk, chunk_id)


def _preview_again(run: BillingRun) -> None:
    run.findings.all().delete()
    run.previewed.all().delete()
    run.chunks.all().delete()
    run.previewed_at = None
    cut_into_chunks(run)
    run.save(update_fields=["state", "previewed_at", "households", "finished_at"])
    _wake(run)


def _close_preview(run_id: int, at: datetime) -> None:
    # The run's row is locked so that of two last chunks one sees the other.
    run = BillingRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    if run.previewed_at is None and not run.chunks.filter(previewed_at=None).exists():
        _find_the_gone(run)
        run.previewed_at = at
        run.save(update_fields=["previewed_at"])


def _find_the_gone(run: BillingRun) -> None:
    """Say which households were invoiced the month before and have nothing this month, whatever their chunk."""
    here = Invoice.objects.filter(month=run.month, for_others=False).values("family")
    seen = run.findings.values("family")
    rows = (
        Invoice.objects.filter(month=previous_month(run.month), for_others=False)
        .exclude(family__in=here)
        .exclude(family__in=run.previewed.values("family"))
        .exclude(family__in=seen)
    )
    _write_findings(run, ((family_id, gone(total)) for family_id, total in rows.values_list("family_id", "total")))


# --- One chunk --------------------------------------------------------------------------------------------------------


def _write(chunk: BillingChunk, households: Sequence[Household], kept: dict[int, Household]) -> None:
    run, limits = chunk.run, limits_of_previews()
    own = Invoice.objects.filter(family__in=[household.family_id for household in households], for_others=False)
    before = dict(own.filter(month=previous_month(run.month)).values_list("family_id", "total"))
    known = set(own.values_list("family_id", flat=True).distinct())
    found: list[tuple[int, Finding]] = []
    rows = []
    activities: dict[str, list[Decimal]] = defaultdict(list)
    payers: dict[int, list[Decimal]] = defaultdict(list)
    for household in households:
        draft = kept[household.family_id].draft if household.family_id in kept else None
        lines = list(draft.lines) if draft else []
        total = draft.total - draft.covered if draft else ZERO
        if draft:
            rows.append(
                PreviewedHousehold(
                    run=run,
                    family_id=household.family_id,
                    days=len(lines),
                    total=total,
                    before=before.get(household.family_id),
                )
            )
        for line in lines:
            activities[line.booked.activity_name].append(line.priced.price.total)
            for part in line.covered:
                payers[part.payer].append(part.amount)
        found += (
            (household.family_id, finding)
            for finding in findings_of(
                lines=lines,
                reasons=list(household.reasons),
                total=total,
                before=before.get(household.family_id),
                known=household.family_id in known,
                limits=limits,
            )
        )
    PreviewedHousehold.objects.bulk_create(rows)
    _write_findings(run, found)
    PreviewedActivity.objects.bulk_create(
        PreviewedActivity(chunk=chunk, name=name, days=len(amounts), amount=sum(amounts, ZERO))
        for name, amounts in activities.items()
    )
    PreviewedPayer.objects.bulk_create(
        PreviewedPayer(chunk=chunk, payer_id=payer, days=len(amounts), amount=sum(amounts, ZERO))
        for payer, amounts in payers.items()
    )


def _write_findings(run: BillingRun, found: Iterable[tuple[int, Finding]]) -> None:
    PreviewFinding.objects.bulk_create(
        PreviewFinding(run=run, family_id=family_id, kind=finding.kind, message=finding.message)
        for family_id, finding in found
    )


def limits_of_previews() -> Limits:
    """Return from where the town looks at an amount."""
    chosen = settings.BILLING
    return Limits(Decimal(chosen["abnormal"]), Decimal(chosen["gap"]), int(chosen["gap_percent"]))
