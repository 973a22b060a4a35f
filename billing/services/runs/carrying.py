"""Months too small to be invoiced by themselves: their days go on the next invoice; the last of the school year has them all."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings

from billing.models import BillingRun, CarriedMonth, Invoice
from billing.rules.periods import last_day_of
from billing.services.runs.drafting import Household
from reservations.models import SchoolYear


def carried_of(month: date, households: Sequence[Household]) -> list[Household]:
    """Return the households whose draft is below the town's least sum, none in the last month of a school year; one query."""
    least = Decimal(settings.BILLING["carry_below"])
    if least <= 0 or not _school_goes_on(month):
        return []
    return [household for household in households if household.draft and household.draft.total < least]


def carry_small_sums(run: BillingRun, households: Sequence[Household], at: datetime) -> list[Household]:
    """Carry over what is too small, and return the households that are invoiced; part of the chunk's transaction."""
    small = carried_of(run.month, households)
    sums = [(household.family_id, _of_this_month(run.month, household)) for household in small]
    CarriedMonth.objects.bulk_create(
        CarriedMonth(family_id=family_id, run=run, month=run.month, amount=amount, carried_at=at)
        for family_id, amount in sums
        if amount  # else nothing but days of before: they wait as they did
    )
    ids = {household.family_id for household in small}
    return [household for household in households if household.family_id not in ids]


def _of_this_month(month: date, household: Household) -> Decimal:
    lines = household.draft.lines if household.draft else ()
    return sum((line.priced.price.total for line in lines if line.booked.day >= month), Decimal("0.00"))


def settle_carried_months(invoices: Sequence[Invoice]) -> None:
    """Name on the carried months the invoice that has their days; two queries at most."""
    by_family = {invoice.family_id: invoice for invoice in invoices}
    rows = list(CarriedMonth.objects.filter(family__in=list(by_family), invoice=None))
    for row in rows:
        row.invoice = by_family[row.family_id]
    CarriedMonth.objects.bulk_update(rows, ["invoice"])


def _school_goes_on(month: date) -> bool:
    last = last_day_of(month)
    return SchoolYear.objects.filter(starts_on__lte=last, ends_on__gt=last).exists()
