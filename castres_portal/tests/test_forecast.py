"""The amount that the calendar expects for a month is the total of the invoice of that month."""

from datetime import date, datetime, time

import pytest

from billing.models import Invoice
from billing.tests.factories import issue
from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, FamilyRequestFactory, GuardianFactory, QuotientRecordFactory
from reservations.models import Absence, AbsenceDay, ActivityFormula
from reservations.queries.calendar import Narrowed, Span, calendar_page
from reservations.tests.factories import (
    ActivityFactory,
    BookingFactory,
    EnrolmentFactory,
    TariffBandFactory,
    TariffFactory,
)

pytestmark = pytest.mark.django_db

DECEMBER = Span.of_month(date(2026, 12, 1))
AT = datetime(2026, 11, 19, 12, tzinfo=PARIS)
JANUARY = datetime(2027, 1, 8, 6, tzinfo=PARIS)


@pytest.fixture
def family():
    """Two children at the canteen, one of them at the centre on Wednesdays by formulas; the quotient changes on the 10th."""
    family = GuardianFactory(with_space=True).family
    QuotientRecordFactory(family=family, value=500, starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 9))
    QuotientRecordFactory(family=family, value=900, month=date(2026, 12, 1), starts_on=date(2026, 12, 10))
    centre = ActivityFactory(slug="mercredis", name="Mercredis", is_meal=False, on_wednesday=True)
    for formula in ("journee-repas", "matin"):
        ActivityFormula.objects.create(activity=centre, formula=formula, opens_at=time(8), closes_at=time(18))
    for activity, formula, low, high in (
        (ActivityFactory(), "", "2.35", "4.10"),
        (centre, "journee-repas", "7.25", "11.45"),
        (centre, "matin", "3.05", "5.55"),
    ):
        tariff = TariffFactory(activity=activity) if formula != "matin" else centre.tariffs.get()
        common = {"tariff": tariff, "formula": formula, "care_part": "0.15"}
        TariffBandFactory(**common, label="A", quotient_below=800, food_part=low)
        TariffBandFactory(**common, label="B", quotient_from=800, food_part=high)
    for name in ("Zoé", "Tom"):
        meals = EnrolmentFactory(child=ChildFactory(first_name=name, at_home=family), family=family)
        for day in (7, 8, 10, 11):
            BookingFactory(enrolment=meals, day=date(2026, 12, day))
    days = EnrolmentFactory(child=meals.child, family=family, activity=centre)
    BookingFactory(enrolment=days, day=date(2026, 12, 2), formula="journee-repas")
    BookingFactory(enrolment=days, day=date(2026, 12, 16), formula="matin")
    BookingFactory(enrolment=days, day=date(2026, 12, 9), formula="matin", cancelled=True)
    return family


def expected(family, narrowed=Narrowed(), span=DECEMBER):  # noqa: B008  (frozen)
    return calendar_page(family, span, narrowed, at=AT).totals.amount


def test_the_forecast_is_the_invoice(family):
    forecast = expected(family)
    issue(DECEMBER.first, at=JANUARY)
    assert forecast == Invoice.objects.get(family=family).total > 0


def test_a_granted_absence_is_in_neither(family):
    booking = family.bookings.filter(day=date(2026, 12, 10)).first()
    before = expected(family)
    absence = Absence.objects.create(
        request=FamilyRequestFactory(family=family, kind="absence"), submission="6f4c0a52-1f5d-4f6e-9b55-1d2f0d6a7d11",
        child=booking.child, activity=booking.activity, reason="sortie",
    )  # fmt: skip
    AbsenceDay.objects.create(absence=absence, day=booking.day, booking=booking, outcome="acceptee", effect="non")
    forecast = expected(family)
    issue(DECEMBER.first, at=JANUARY)
    assert before > forecast == Invoice.objects.get(family=family).total


def test_the_parts_of_the_forecast_add_up(family):
    by_activity = sum(expected(family, Narrowed(activity=slug)) for slug in ("restauration", "mercredis"))
    by_child = sum(expected(family, Narrowed(child=row.pk)) for row in {e.child for e in family.enrolments.all()})
    by_week = sum(expected(family, span=Span.of_week(date(2026, 12, day))) for day in (1, 7, 14, 21))
    assert by_activity == by_child == by_week == expected(family)
