"""What a chunk's households booked in the month, priced: the draft of each invoice, or what holds it back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import BillingChunk, CarriedMonth, Coverage, Invoice
from billing.rules.drafts import NO_PAYER, BookedDay, Draft, Reason, draft_invoice, fixed_price
from billing.rules.periods import last_day_of
from billing.services.runs.days import FIELDS, booked_day
from billing.services.runs.other_days import Families, other_days
from families.models import Guardian
from reservations.models import Booking
from reservations.pricing import HouseholdPrices, PricedDay, WantedDay
from reservations.queries.absences import excused_bookings

Price = Callable[[BookedDay, bool], PricedDay]  # of a day, excused or not


@dataclass(slots=True)
class Household:
    """A household of the chunk: who pays, its days and how they are priced, and its draft or what holds it back.

    ``helped``: others pay, or paid, a part of its days.
    """

    family_id: int
    payer: Guardian | None
    days: Sequence[BookedDay]
    price: Price
    draft: Draft | None
    reasons: Sequence[Reason]
    helped: bool = False


def bookings_to_invoice(month: date) -> QuerySet[Booking]:
    """Return the active bookings of a month in the households that have no invoice of it and did not have it carried over."""
    invoiced = Invoice.objects.filter(family_id=OuterRef("family_id"), month=month, for_others=False)
    carried = CarriedMonth.objects.filter(family_id=OuterRef("family_id"), month=month)
    return _active(month).filter(~Exists(invoiced), ~Exists(carried))


def households_of(chunk: BillingChunk) -> list[Household]:
    """Read the chunk's days, payers, quotients and prices, and draft each household's invoice; a dozen queries, however many.

    Absences are looked at later, once nobody else can number: see issuing.
    """
    month, within = chunk.run.month, Families(chunk.first_family, chunk.last_family)
    closed = _closed(month, within)
    # Household by household it is closed or not: asked of each booking, PostgreSQL compares it with each invoice of the month.
    rows = list(
        _active(month)
        .filter(**within.of("family"))
        .exclude(family__in=closed)
        .order_by("family_id", "child_id", "day", "pk")
        .values_list(*FIELDS)
    )
    days: dict[int, list[BookedDay]] = {
        family_id: [booked_day(row) for row in of_family] for family_id, of_family in groupby(rows, key=itemgetter(0))
    }
    for family_id, found in other_days(month, within).items():
        if family_id not in closed:
            days.setdefault(family_id, []).extend(found)
    return price_days(month, days)


def price_days(month: date, days: dict[int, list[BookedDay]]) -> list[Household]:
    """Price the days of households (by id), up to the end of a month, and draft each one's invoice; a few queries."""
    payers = _payers(days)
    every = [day for of_family in days.values() for day in of_family]
    first = min((day.day for day in every), default=month)
    children, activities = {day.child_id for day in every}, {day.activity_id for day in every}
    prices = HouseholdPrices.load(list(days), children, activities, first, last_day_of(month))
    return [_household(family_id, days[family_id], payers.get(family_id), prices) for family_id in sorted(days)]


def _active(month: date) -> QuerySet[Booking]:
    return Booking.objects.filter(status=Booking.Status.ACTIVE, day__gte=month, day__lte=last_day_of(month))


def _closed(month: date, within: Families) -> set[int]:
    """Return the households that have their invoice of the month, or had it carried over; one query."""
    invoiced, carried = (
        rows.filter(month=month, **within.of("family")).order_by().values_list("family_id", flat=True)
        for rows in (Invoice.objects.filter(for_others=False), CarriedMonth.objects.all())
    )
    return set(invoiced.union(carried))


def _payers(family_ids: Iterable[int]) -> dict[int, Guardian]:
    helped = Exists(Coverage.objects.filter(family=OuterRef("family")))
    payers = Guardian.objects.filter(family_id__in=family_ids, pays=True).select_related("family")
    payers = payers.annotate(is_helped=helped)
    return {guardian.family_id: guardian for guardian in payers}


def _household(family_id: int, days: list[BookedDay], payer: Guardian | None, prices: HouseholdPrices) -> Household:
    def price(booked: BookedDay, excused: bool) -> PricedDay:
        if booked.fixed:
            return fixed_price(booked.fixed)
        wanted = WantedDay(
            booked.child_id,
            booked.activity_id,
            booked.day,
            booked.formula,
            late=booked.late,
            unannounced=booked.attendance_id is not None,
        )
        return prices.price(family_id, wanted, excused=excused)

    draft, reasons = draft_invoice(days, lambda booked: price(booked, False))
    if draft and payer is None:
        draft, reasons = None, [NO_PAYER]
    return Household(family_id, payer, days, price, draft, reasons, helped=getattr(payer, "is_helped", False))


def leave_out_absences(month: date, households: Sequence[Household]) -> list[Household]:
    """Price at nothing the days whose absence was granted; a household that owes nothing more has no invoice.

    Before issuing, read under the lock of the month's numbers, which an agent who grants an absence takes too
    (services.absences): a day is either left out here, or told as granted after the invoice.
    """
    family_ids = [household.family_id for household in households]
    first = min((booked.day for household in households for booked in household.days), default=month)
    excused = excused_bookings(family_ids, first, last_day_of(month))
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
