"""What a chunk's households booked in the month, priced: the draft of each invoice, or what holds it back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import BillingChunk, Invoice, InvoiceLine
from billing.rules.drafts import NO_PAYER, BookedDay, Draft, Reason, draft_invoice
from billing.rules.periods import last_day_of
from families.models import Guardian
from reservations.models import Booking
from reservations.pricing import HouseholdPrices, PricedDay, WantedDay
from reservations.queries.absences import excused_bookings
from reservations.rules.formulas import formula_label

NAME_LENGTH = InvoiceLine._meta.get_field("activity_name").max_length
Price = Callable[[BookedDay, bool], PricedDay]  # of a day, excused or not


@dataclass(slots=True)
class Household:
    """A household of the chunk: who pays, its days and how they are priced, and its draft or what holds it back."""

    family_id: int
    payer: Guardian | None
    days: Sequence[BookedDay]
    price: Price
    draft: Draft | None
    reasons: Sequence[Reason]


def bookings_to_invoice(month: date) -> QuerySet[Booking]:
    """Return the active bookings of a month in the households that have no invoice of it yet."""
    invoiced = Invoice.objects.filter(family_id=OuterRef("family_id"), month=month)
    return Booking.objects.filter(
        ~Exists(invoiced), status=Booking.Status.ACTIVE, day__gte=month, day__lte=last_day_of(month)
    )


def households_of(chunk: BillingChunk) -> list[Household]:
    """Read the chunk's bookings, payers, quotients and prices, and draft each household's invoice; six queries, and one for each
    of residence, siblings and baskets that a tariff looks at.

    Absences are looked at later, once nobody else can number: see issuing.
    """
    month = chunk.run.month
    rows = list(
        bookings_to_invoice(month)
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
            "late_reason",
            "unannounced",
        )
    )
    family_ids = {row[0] for row in rows}
    payers = _payers(family_ids)
    children, activities = {row[2] for row in rows}, {row[5] for row in rows}
    prices = HouseholdPrices.load(family_ids, children, activities, month, last_day_of(month))
    return [
        _household(family_id, [_booked_day(row) for row in of_family], payers.get(family_id), prices)
        for family_id, of_family in groupby(rows, key=itemgetter(0))
    ]


def _booked_day(row: tuple[Any, ...]) -> BookedDay:
    _, booking_id, child_id, first_name, last_name, activity_id, activity_name, day, formula, late, unannounced = row
    name = f"{activity_name}, {formula_label(formula).lower()}"[:NAME_LENGTH] if formula else activity_name
    return BookedDay(
        booking_id,
        child_id,
        f"{first_name} {last_name.upper()}",
        activity_id,
        name,
        day,
        formula,
        bool(late),
        unannounced,
    )


def _payers(family_ids: Iterable[int]) -> dict[int, Guardian]:
    payers = Guardian.objects.filter(family_id__in=family_ids, pays=True).select_related("family")
    return {guardian.family_id: guardian for guardian in payers}


def _household(family_id: int, days: list[BookedDay], payer: Guardian | None, prices: HouseholdPrices) -> Household:
    def price(booked: BookedDay, excused: bool) -> PricedDay:
        wanted = WantedDay(
            booked.child_id, booked.activity_id, booked.day, booked.formula, booked.late, booked.unannounced
        )
        return prices.price(family_id, wanted, excused=excused)

    draft, reasons = draft_invoice(days, lambda booked: price(booked, False))
    if draft and payer is None:
        draft, reasons = None, [NO_PAYER]
    return Household(family_id, payer, days, price, draft, reasons)


def leave_out_absences(month: date, households: Sequence[Household]) -> list[Household]:
    """Price at nothing the days whose absence was granted; a household that owes nothing more has no invoice.

    Before issuing, read under the lock of the month's numbers, which an agent who grants an absence takes too
    (services.absences): a day is either left out here, or told as granted after the invoice.
    """
    family_ids = [household.family_id for household in households]
    excused = excused_bookings(family_ids, month, last_day_of(month))
    kept = []
    for household in households:
        if any(booked.booking_id in excused for booked in household.days):
            household = replace(household, draft=_draft_without(household, excused))
        if household.draft:
            kept.append(household)
    return kept


def _draft_without(household: Household, excused: Collection[int]) -> Draft | None:
    def price(booked: BookedDay) -> PricedDay:
        return household.price(booked, booked.booking_id in excused)

    return draft_invoice(household.days, price)[0]
