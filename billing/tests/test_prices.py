"""What an invoice says of its prices: late and unannounced days, a basket, the rank, and a tariff that is frozen from then on."""

from datetime import date, datetime, time
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.tests.factories import UserFactory
from billing.models import InvoiceLine
from billing.queries.invoices import bill_of
from billing.tests.factories import TariffFactory, book, household, invoice_of
from castres_portal.base.clock import PARIS
from families.models import Child
from families.tests.factories import ChildFactory
from reservations.models import Attendance, Booking, Tariff, TariffBand, TariffRule
from reservations.queries.calendar import Narrowed, Span, calendar_page
from reservations.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db

OCTOBER = date(2026, 10, 1)
ORDINARY, LATE, UNANNOUNCED = (date(2026, 10, day) for day in (5, 6, 8))


@pytest.fixture
def family():
    """Léa, the second child, booked a day in time and one late; on a third she came without a booking."""
    tariff = TariffFactory()
    for when, rank, effect, amount in (
        ("fratrie", 2, "pourcent", "-10"),
        ("hors-delai", None, "repas", "2"),
        ("imprevu", None, "prix-fixe", "10"),
    ):
        TariffRule.objects.create(tariff=tariff, when=when, rank_from=rank, effect=effect, amount=Decimal(amount))
    family = household(quotient=850)
    EnrolmentFactory(
        child=ChildFactory(birth_date=date(2015, 5, 1), at_home=family), family=family, activity=tariff.activity
    )
    lea = book(family, "Léa", [ORDINARY, LATE])[0].child
    Child.objects.filter(first_name="Léa").update(birth_date=date(2019, 5, 1))
    Booking.objects.filter(day=LATE).update(late_reason="Téléphone")
    Attendance.objects.create(
        child=lea,
        family=family,
        activity=tariff.activity,
        site=lea.enrolments.get().site,
        day=UNANNOUNCED,
        state=Attendance.State.UNBOOKED,
        touch=uuid4(),
        touched_at=datetime.combine(UNANNOUNCED, time(12), PARIS),
        received_at=datetime.combine(UNANNOUNCED, time(12), PARIS),
        by=UserFactory(),
    )
    return family


def test_each_line_copies_how_its_price_was_reached_and_names_its_tariff(family):
    at = datetime(2026, 10, 20, 12, tzinfo=PARIS)
    forecast = calendar_page(family, Span.of_month(OCTOBER), Narrowed(), at=at).totals.amount

    invoice = invoice_of(family)

    lines = {line.day: line for line in invoice.lines.all()}
    assert {day: line.amount for day, line in lines.items()} == {
        ORDINARY: Decimal("2.70"),
        LATE: Decimal("4.70"),
        UNANNOUNCED: Decimal("10.00"),
    }
    assert invoice.total == Decimal("17.40")
    assert forecast == Decimal("7.40")  # what is booked
    assert {day: line.supplement for day, line in lines.items()} == {ORDINARY: 0, LATE: 2, UNANNOUNCED: Decimal("7.30")}
    assert [step.replace("\u00a0", " ") for step in lines[LATE].steps] == [
        "Quotient 850, tranche B : 3,00 €",
        "2e enfant du foyer : − 10 %, soit − 0,30 €",
        "Réservation hors délai : + 2,00 €",
    ]
    assert {(line.tariff, line.sibling_rank, line.is_resident) for line in lines.values()} == {
        (Tariff.objects.get(), 2, None)
    }


def test_the_invoice_tells_days_of_different_prices_apart_and_why(family):
    bill = bill_of(invoice_of(family))

    said = [price.basis.replace("\u00a0", " ") for price in bill.children[0].prices]
    assert said == [
        "quotient 850, tranche B ; 2e enfant du foyer : − 10 %, soit − 0,30 €",
        "quotient 850, tranche B ; 2e enfant du foyer : − 10 %, soit − 0,30 € ; réservation hors délai : + 2,00 €",
        "quotient 850, tranche B ; 2e enfant du foyer : − 10 %, soit − 0,30 € ; venu sans réservation : prix fixé à 10,00 €",
    ]


def test_the_tariff_of_an_issued_invoice_is_frozen_and_its_explanation_stays(family):
    invoice = invoice_of(family)
    tariff = Tariff.objects.get()
    assert tariff.frozen_at == invoice.issued_at
    with pytest.raises(Tariff.Frozen):
        tariff.rules.get(when="hors-delai").delete()
    Tariff.objects.update(ends_on=date(2026, 10, 31))
    TariffFactory(activity=tariff.activity, starts_on=date(2026, 11, 1), bands=[("A", 0, None, "9", "9")])
    assert set(InvoiceLine.objects.values_list("tariff", flat=True)) == {tariff.pk}
    assert invoice.lines.get(day=ORDINARY).steps[0].startswith("Quotient 850, tranche B")


def test_a_presence_of_an_activity_with_formulas_is_a_whole_day(family):
    tariff = Tariff.objects.get()
    TariffBand.objects.update(formula="matin")
    for band in list(tariff.bands.all()):
        TariffBand.objects.create(
            tariff=tariff,
            formula="journee",
            label=band.label,
            quotient_from=band.quotient_from,
            quotient_below=band.quotient_below,
            care_part=band.care_part * 4,
            food_part=0,
        )
    TariffRule.objects.all().delete()
    Booking.objects.update(formula="matin")

    lines = {line.day: line.amount for line in invoice_of(family).lines.all()}

    assert lines == {ORDINARY: Decimal("3.00"), LATE: Decimal("3.00"), UNANNOUNCED: Decimal("3.60")}
