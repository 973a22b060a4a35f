"""Issuing a month's invoices: a run, cut into chunks of households, each done in one transaction or not at all.

A run may be started twice, shared by several workers, or killed: a household has one invoice per month, and the numbers
of a month have no gap (decision 4).
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from billing import tasks
from billing.models import Anomaly, BillingChunk, BillingRun, Invoice, InvoiceLine, InvoicePdf, PaymentWindow
from billing.rules.drafts import HOLDING, NO_PAYER, BookedDay, Draft, Reason, draft_invoice
from billing.rules.periods import (
    MonthNotOver,
    check_month_is_over,
    invoice_number,
    last_day_of,
    month_of,
    number_series,
)
from billing.rules.windows import window_for
from billing.services.papers import new_file_name
from billing.services.rows import insert_rows
from billing.services.windows import window_policy
from castres_portal.base import clock
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal
from castres_portal.base.numbering import take_numbers
from families.models import Family, Guardian
from reservations.models import Booking
from reservations.pricing import PricedDay, PriceList, QuotientBook
from reservations.queries.absences import excused_bookings
from reservations.rules.formulas import formula_label

log = logging.getLogger(__name__)
CHUNK_HOUSEHOLDS = 200
NAME_LENGTH = InvoiceLine._meta.get_field("activity_name").max_length
LINE_FIELDS = (
    "invoice",
    "booking",
    "child",
    "child_name",
    "activity_name",
    "day",
    "quotient",
    "band",
    "rule",
    "deliberation",
    "care_part",
    "food_part",
    "amount",
)
Price = Callable[[BookedDay, bool], PricedDay]  # of a day, excused or not
WINDOW_FIELDS = ("invoice", "opens_at", "closes_at", "due_on", "reason")


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


@transaction.atomic(durable=True)
def run_chunk(chunk_id: int, *, at: datetime) -> BillingChunk | None:
    """Issue the invoices of one chunk; return it, or None when it is done or another worker has it in hand."""
    chunk = (
        BillingChunk.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("run")
        .filter(pk=chunk_id, done_at=None)
        .first()
    )
    if chunk is None:
        return None
    households = _households(chunk)
    _settle_earlier_holds(chunk.run, households, at)
    _hold_back(chunk.run, households, at)
    invoices = _issue(chunk.run, [household for household in households if household.draft], at)
    chunk.invoices = len(invoices)
    chunk.amount = sum((invoice.total for invoice in invoices), Decimal("0.00"))
    chunk.done_at = at
    chunk.save(update_fields=["invoices", "amount", "done_at"])
    _close_if_done(chunk.run_id, at)
    return chunk


def resume_runs(*, at: datetime) -> None:
    """Go on with every run that is not finished; a chunk that fails is logged, left for later, and stops no other."""
    for run in BillingRun.objects.filter(finished_at=None):
        for chunk_id in waiting_chunks(run):
            try:
                run_chunk(chunk_id, at=at)
            except Exception:
                log.exception("Le lot %s de la facturation de %s a échoué", chunk_id, f"{run.month:%m/%Y}")


# --- The run ----------------------------------------------------------------------------------------------------------


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


def _bookings_to_invoice(month: date) -> QuerySet[Booking]:
    invoiced = Invoice.objects.filter(family_id=OuterRef("family_id"), month=month)
    return Booking.objects.filter(
        ~Exists(invoiced), status=Booking.Status.ACTIVE, day__gte=month, day__lte=last_day_of(month)
    )


def _families_to_invoice(month: date) -> Iterator[int]:
    ids = _bookings_to_invoice(month).order_by("family_id").values_list("family_id", flat=True).distinct()
    return ids.iterator(chunk_size=2000)


def _batches(ids: Iterator[int], size: int) -> Iterator[list[int]]:
    while batch := list(islice(ids, size)):
        yield batch


def _close_if_done(run_id: int, at: datetime) -> None:
    # The run's row is locked so that of two last chunks one sees the other.
    run = BillingRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    if run.finished_at is None and not run.chunks.filter(done_at=None).exists():
        run.finished_at = at
        run.save(update_fields=["finished_at"])
        enqueue_after_commit(tasks.make_invoice_papers)


# --- One chunk --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Household:
    """A household of the chunk: who pays, its days and how they are priced, and its draft or what holds it back."""

    family_id: int
    payer: Guardian | None
    days: Sequence[BookedDay]
    price: Price
    draft: Draft | None
    reasons: Sequence[Reason]


def _households(chunk: BillingChunk) -> list[_Household]:
    """Read the chunk's bookings, prices, quotients and payers, and draft each household's invoice; six queries.

    Absences are looked at later, once nobody else can number: see _leave_out_absences.
    """
    month = chunk.run.month
    rows = list(
        _bookings_to_invoice(month)
        .filter(family_id__gte=chunk.first_family, family_id__lte=chunk.last_family)
        .order_by("family_id", "child_id", "day", "pk")
        .values_list(
            "family_id",
            "pk",
            "child_id",
            "child__first_name",
            "child__last_name",
            "activity_id",
            "activity__name",
            "day",
            "formula",
        )
    )
    family_ids = {row[0] for row in rows}
    payers = _payers(family_ids)
    prices = PriceList.load({row[5] for row in rows}, month, last_day_of(month))
    quotients = QuotientBook.load(family_ids, month, last_day_of(month))
    return [
        _household(family_id, [_booked_day(row) for row in of_family], payers.get(family_id), prices, quotients)
        for family_id, of_family in groupby(rows, key=itemgetter(0))
    ]


def _booked_day(row: tuple[int, int, int, str, str, int, str, date, str]) -> BookedDay:
    _, booking_id, child_id, first_name, last_name, activity_id, activity_name, day, formula = row
    name = f"{activity_name}, {formula_label(formula).lower()}"[:NAME_LENGTH] if formula else activity_name
    return BookedDay(booking_id, child_id, f"{first_name} {last_name.upper()}", activity_id, name, day, formula)


def _payers(family_ids: Iterable[int]) -> dict[int, Guardian]:
    payers = Guardian.objects.filter(family_id__in=family_ids, pays=True).select_related("family")
    return {guardian.family_id: guardian for guardian in payers}


def _household(
    family_id: int, days: list[BookedDay], payer: Guardian | None, prices: PriceList, quotients: QuotientBook
) -> _Household:
    def price(booked: BookedDay, excused: bool) -> PricedDay:
        quotient = quotients.on(family_id, booked.day)
        return prices.price(booked.activity_id, booked.day, quotient, formula=booked.formula, excused=excused)

    draft, reasons = draft_invoice(days, lambda booked: price(booked, False))
    if draft and payer is None:
        draft, reasons = None, [NO_PAYER]
    return _Household(family_id, payer, days, price, draft, reasons)


def _settle_earlier_holds(run: BillingRun, households: Sequence[_Household], at: datetime) -> None:
    """What held a household back in an earlier run of the month is settled, or said anew by this one."""
    earlier = Anomaly.objects.filter(kind__in=HOLDING, run__month=run.month, settled_at=None).exclude(run=run)
    earlier.filter(family_id__in=[household.family_id for household in households]).update(settled_at=at)


def _hold_back(run: BillingRun, households: Sequence[_Household], at: datetime) -> None:
    Anomaly.objects.bulk_create(
        [
            Anomaly(kind=reason.kind, message=reason.message, family_id=held.family_id, run=run, noticed_at=at)
            for held in households
            for reason in held.reasons
        ],
        ignore_conflicts=True,
    )


def _issue(run: BillingRun, households: Sequence[_Household], at: datetime) -> list[Invoice]:
    """Number and write the invoices. From here to the end of the transaction, nobody else numbers this month."""
    if not households:
        return []
    series = number_series(run.month)
    take_numbers(series, 0)
    invoiced = _already_invoiced(run, households)
    households = [household for household in households if household.family_id not in invoiced]
    households = _leave_out_absences(run, households)
    first = take_numbers(series, len(households))
    invoices = [_invoice(run, household, first + rank, at) for rank, household in enumerate(households)]
    Invoice.objects.bulk_create(invoices)
    insert_rows(InvoiceLine, LINE_FIELDS, _lines(invoices, households))
    insert_rows(PaymentWindow, WINDOW_FIELDS, _windows(run, invoices, at))
    insert_rows(InvoicePdf, ("invoice", "file"), [(invoice.pk, new_file_name(run.month)) for invoice in invoices])
    return invoices


def _already_invoiced(run: BillingRun, households: Sequence[_Household]) -> set[int]:
    """Look again, now that nobody else can number: another run may have issued theirs since the drafts were read."""
    family_ids = [household.family_id for household in households]
    return set(Invoice.objects.filter(month=run.month, family_id__in=family_ids).values_list("family_id", flat=True))


def _leave_out_absences(run: BillingRun, households: Sequence[_Household]) -> list[_Household]:
    """Price at nothing the days whose absence was granted; a household that owes nothing more has no invoice.

    Read now, under the lock of the month's numbers, which an agent who grants an absence takes too (services.absences): a day is
    either left out here, or reported to the régisseur as granted after the invoice.
    """
    family_ids = [household.family_id for household in households]
    excused = excused_bookings(family_ids, run.month, last_day_of(run.month))
    kept = []
    for household in households:
        if any(booked.booking_id in excused for booked in household.days):
            household = replace(household, draft=_draft_without(household, excused))
        if household.draft:
            kept.append(household)
    return kept


def _draft_without(household: _Household, excused: Collection[int]) -> Draft | None:
    def price(booked: BookedDay) -> PricedDay:
        return household.price(booked, booked.booking_id in excused)

    return draft_invoice(household.days, price)[0]


def _invoice(run: BillingRun, household: _Household, rank: int, at: datetime) -> Invoice:
    draft, payer = household.draft, household.payer
    assert draft and payer, "only households with a draft are issued one"
    return Invoice(
        number=invoice_number(run.month, rank),
        run=run,
        family_id=household.family_id,
        payer=payer,
        month=run.month,
        issued_on=clock.in_paris(at).date(),
        issued_at=at,
        payer_name=f"{payer.title} {payer.full_name}",
        payer_address=_address(payer.family),
        regie=str(settings.TOWN["regie"]),
        total=draft.total,
        note=draft.note,
    )


def _address(family: Family) -> str:
    return "\n".join(filter(None, [family.street, family.street_more, f"{family.postcode} {family.city}"]))


def _lines(invoices: Sequence[Invoice], households: Sequence[_Household]) -> Iterator[tuple[Any, ...]]:
    """The values of LINE_FIELDS for each booked day."""
    for invoice, household in zip(invoices, households, strict=True):
        assert household.draft, "only households with a draft are issued one"
        for line in household.draft.lines:
            booked, priced, price = line.booked, line.priced, line.priced.price
            yield (
                invoice.pk,
                booked.booking_id,
                booked.child_id,
                booked.child_name,
                booked.activity_name,
                booked.day,
                priced.quotient,
                price.band,
                price.rule.value,
                priced.deliberation,
                price.care_part,
                price.food_part,
                price.total,
            )


def _windows(run: BillingRun, invoices: Sequence[Invoice], at: datetime) -> list[tuple[Any, ...]]:
    """The values of WINDOW_FIELDS for each invoice."""
    window = window_for(run.month, issued_at=at, policy=window_policy())
    return [(invoice.pk, window.opens_at, window.closes_at, window.due_on, "") for invoice in invoices]
