"""Numbering and writing the invoices of a chunk, under the lock of the month's numbers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from billing.models import BillingRun, Invoice, InvoiceLine, InvoicePdf, PaymentWindow
from billing.rules.periods import invoice_number, number_series
from billing.rules.windows import window_for
from billing.services.corrections.spending import spend_credit_notes
from billing.services.papers import new_file_name
from billing.services.rows import insert_rows
from billing.services.runs.carrying import carry_small_sums, settle_carried_months
from billing.services.runs.covering import share_with_payers, write_covered_lines
from billing.services.runs.drafting import Household, leave_out_absences
from billing.services.windows import window_policy
from castres_portal.base import clock
from castres_portal.base.numbering import take_numbers
from families.models import Family
from reservations.services.tariffs import freeze_tariffs

LINE_FIELDS = (
    "invoice",
    "booking",
    "attendance",
    "completes",
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
    "tariff",
    "explanation",
    "is_resident",
    "sibling_rank",
    "supplement",
)
WINDOW_FIELDS = ("invoice", "opens_at", "closes_at", "due_on", "reason")


def issue(run: BillingRun, households: Sequence[Household], at: datetime) -> list[Invoice]:
    """Number and write the invoices. From here to the end of the transaction, nobody else numbers this month."""
    if not households:
        return []
    series = number_series(run.month)
    take_numbers(series, 0)
    invoiced = _already_invoiced(run, households)
    households = [household for household in households if household.family_id not in invoiced]
    households = leave_out_absences(run.month, households)
    households = share_with_payers(run.month, carry_small_sums(run, households, at))
    first = take_numbers(series, len(households))
    invoices = [_invoice(run, household, first + rank, at) for rank, household in enumerate(households)]
    Invoice.objects.bulk_create(invoices)
    settle_carried_months(invoices)
    insert_rows(InvoiceLine, LINE_FIELDS, _lines(invoices, households))
    write_covered_lines(invoices, households)
    freeze_tariffs(tariffs=_tariffs(households), at=at)
    open_for_payment(run, invoices, at)
    return invoices


def open_for_payment(run: BillingRun, invoices: Sequence[Invoice], at: datetime) -> None:
    """Give new invoices their window and the paper to be made, and put on them what credit notes still hold."""
    insert_rows(PaymentWindow, WINDOW_FIELDS, _windows(run, invoices, at))
    insert_rows(InvoicePdf, ("invoice", "file"), [(invoice.pk, new_file_name(run.month)) for invoice in invoices])
    spend_credit_notes(invoices)


def _already_invoiced(run: BillingRun, households: Sequence[Household]) -> set[int]:
    """Look again, now that nobody else can number: another run may have issued theirs since the drafts were read."""
    family_ids = [household.family_id for household in households]
    rows = Invoice.objects.filter(month=run.month, family_id__in=family_ids, for_others=False)
    return set(rows.values_list("family_id", flat=True))


def _invoice(run: BillingRun, household: Household, rank: int, at: datetime) -> Invoice:
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
        payer_address=address_of(payer.family),
        regie=str(settings.TOWN["regie"]),
        total=draft.total - draft.covered,
        covered=draft.covered,
        note=draft.note,
    )


def address_of(family: Family) -> str:
    """Return the address of a file, on as many lines as a letter has."""
    return "\n".join(filter(None, [family.street, family.street_more, f"{family.postcode} {family.city}"]))


def _lines(invoices: Sequence[Invoice], households: Sequence[Household]) -> Iterator[tuple[Any, ...]]:
    """The values of LINE_FIELDS for each booked day."""
    for invoice, household in zip(invoices, households, strict=True):
        assert household.draft, "only households with a draft are issued one"
        for line in household.draft.lines:
            booked, priced, price = line.booked, line.priced, line.priced.price
            yield (
                invoice.pk,
                booked.booking_id or None,
                booked.attendance_id,
                booked.fixed.supplement_line if booked.fixed else None,
                booked.child_id,
                booked.child_name,
                booked.activity_name,
                booked.day,
                priced.quotient,
                price.band,
                InvoiceLine.Rule.SUPPLEMENT.value if booked.fixed else price.rule.value,
                priced.deliberation,
                price.care_part,
                price.food_part,
                price.total,
                priced.tariff,
                priced.explanation,
                priced.resident,
                priced.rank,
                price.supplement,
            )


def _tariffs(households: Sequence[Household]) -> set[int]:
    return {
        line.priced.tariff
        for household in households
        if household.draft
        for line in household.draft.lines
        if line.priced.tariff is not None
    }


def _windows(run: BillingRun, invoices: Sequence[Invoice], at: datetime) -> list[tuple[Any, ...]]:
    """The values of WINDOW_FIELDS for each invoice."""
    window = window_for(run.month, issued_at=at, policy=window_policy())
    return [(invoice.pk, window.opens_at, window.closes_at, window.due_on, "") for invoice in invoices]
