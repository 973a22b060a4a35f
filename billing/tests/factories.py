"""Households with booked days, tariffs and invoices, in sentences: ``book(household(quotient=850))``, ``issue()``."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from billing.models import Allocation, BillingRun, Invoice, Payment
from billing.services import runs
from castres_portal.base.clock import PARIS
from families.models import Child, Family
from families.tests.factories import ChildFactory, FamilyFactory, GuardianFactory, QuotientRecordFactory
from reservations.models import Activity, Booking, Tariff, TariffBand
from reservations.tests.factories import ActivityFactory, EnrolmentFactory

OCTOBER = date(2026, 10, 1)
ISSUED_AT = datetime(2026, 11, 8, 6, 0, tzinfo=PARIS)
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
WEEK = [date(2026, 10, day) for day in (5, 6, 8, 9)]
# Label, quotient from, below (excluded), care, food (euros).
Bands = Sequence[tuple[str, int, int | None, str, str]]
BANDS: Bands = [
    ("A", 0, 500, "0.30", "0.70"),
    ("B", 500, 900, "0.90", "2.10"),
    ("C", 900, None, "1.35", "3.15"),
]


class TariffFactory(DjangoModelFactory):
    """The prices of the canteen: A up to 499 (1 €), B up to 899 (3 €), C above (4,50 €)."""

    class Meta:
        model = Tariff
        skip_postgeneration_save = True

    activity = factory.SubFactory(ActivityFactory)
    starts_on = date(2026, 1, 1)
    deliberation = "délibération du 1er janvier 2026 (démonstration)"

    @factory.post_generation
    def bands(self, create: bool, bands: Bands | None, **kwargs: Any) -> None:
        """Three bands without gap, unless the test gives others."""
        for label, start, below, care, food in BANDS if bands is None else bands:
            TariffBand.objects.create(
                tariff=self,
                label=label,
                quotient_from=start,
                quotient_below=below,
                care_part=Decimal(care),
                food_part=Decimal(food),
            )


def evening_care() -> Activity:
    """Make a second activity, with care only."""
    activity = ActivityFactory(slug="garderie-du-soir", name="Garderie du soir")
    TariffFactory(activity=activity, bands=[("A", 0, 900, "1.10", "0"), ("B", 900, None, "1.65", "0")])
    return activity


def household(name: str = "Martin", *, quotient: int | None = 850, pays: bool = True) -> Family:
    """Make a household whose guardian has a space and, unless said otherwise, receives the invoices."""
    family = FamilyFactory(name=name)
    GuardianFactory(family=family, last_name=name, pays=pays, with_space=True)
    if quotient is not None:
        QuotientRecordFactory(family=family, value=quotient, starts_on=date(2026, 1, 1))
    return family


def book(
    family: Family, child: Child | str = "Léa", days: Iterable[date] = WEEK, activity: Activity | None = None
) -> list[Booking]:
    """Book days for a child (named, she is made); she is enrolled if need be."""
    if isinstance(child, str):
        child = ChildFactory(first_name=child, last_name=family.name, at_home=family)
    activity = activity or ActivityFactory()
    enrolment = child.enrolments.filter(family=family, activity=activity).first() or EnrolmentFactory(
        child=child, family=family, activity=activity
    )
    return Booking.objects.bulk_create(
        [
            Booking(
                enrolment=enrolment,
                child=child,
                family=family,
                activity=activity,
                site=enrolment.site,
                day=day,
                booked_at=datetime(2026, 9, 1, 20, 0, tzinfo=PARIS),
            )
            for day in days
        ]
    )


def households_at_the_canteen(count: int, *, days: Iterable[date] = WEEK) -> list[Family]:
    """Make households of one child who eats there on some days."""
    families = [household() for _ in range(count)]
    for family in families:
        book(family, "Léa", days)
    return families


def issue(month: date = OCTOBER, *, at: datetime = ISSUED_AT) -> BillingRun:
    """Invoice a month, all of it, here and now."""
    run = runs.start_run(month=month, by=None, at=at, wake_workers=False)
    for chunk in runs.waiting_chunks(run):
        runs.run_chunk(chunk, at=at)
    run.refresh_from_db()
    return run


def invoice_of(family: Family, *, month: date = OCTOBER, at: datetime = ISSUED_AT) -> Invoice:
    """Invoice a month and return this household's invoice."""
    issue(month, at=at)
    return Invoice.objects.select_related("window", "pdf").get(family=family, month=month)


def pay(
    invoice: Invoice, amount: Decimal | str | None = None, *, at: datetime = NOON, means: str = Payment.Means.CARD
) -> Payment:
    """Put money on an invoice (all of it unless said otherwise), as the bank's message would."""
    euros = invoice.total if amount is None else Decimal(amount)
    payment = Payment.objects.create(
        number=f"Q{Payment.objects.count() + 1:08d}",
        family=invoice.family,
        kind=Payment.Kind.PAYMENT,
        means=means,
        amount=euros,
        received_at=at,
        authorised_at=at,
    )
    Allocation.objects.create(payment=payment, invoice=invoice, amount=euros)
    return payment
