"""A quotient that comes after the invoice: the invoice stays, the régisseur is told, days to come follow by themselves."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from billing.models import Anomaly, Invoice
from billing.services.late_quotients import note_late_quotient
from billing.tests.factories import NOON, TariffFactory, book, household, invoice_of
from castres_portal.base.clock import PARIS
from families.models import QuotientRecord
from families.quotient_changes import QuotientChange
from families.services.quotients import lock_family, write_period

pytestmark = pytest.mark.django_db(transaction=True)

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def martin(db):
    """A household that paid band B (3 €) for four days of October; November is booked, not invoiced."""
    TariffFactory()
    family = household(quotient=850)
    book(family, "Léa")
    book(family, family.custodies.get().child, [date(2026, 11, 5)])
    return family


def give(family, value, starts_on=OCTOBER, ends_on=None):
    with transaction.atomic():
        lock_family(family)
        write_period(
            family=family,
            value=value,
            month=OCTOBER,
            source="caf",
            starts_on=starts_on,
            ends_on=ends_on,
            proof="",
            request=None,
            at=NOON,
        )


def test_the_invoice_stays_and_the_regisseur_is_told_the_difference(martin):
    invoice = invoice_of(martin)
    give(martin, 400)
    anomaly = Anomaly.objects.get()
    assert (anomaly.kind, anomaly.family, anomaly.invoice) == ("quotient-tardif", martin, invoice)
    assert f"octobre 2026, facture {invoice.number} : −8,00" in anomaly.message
    assert str(martin) in anomaly.message
    assert Invoice.objects.get(pk=invoice.pk).total == Decimal("12.00")


def test_a_quotient_that_costs_more_is_told_too(martin):
    invoice_of(martin)
    give(martin, 1500)
    assert "+6,00" in Anomaly.objects.get().message


def test_the_days_that_are_not_invoiced_follow_by_themselves(martin):
    invoice_of(martin)
    give(martin, 400)
    november = invoice_of(martin, month=date(2026, 11, 1), at=datetime(2026, 12, 8, 6, tzinfo=PARIS))
    assert november.total == Decimal("1.00")


@pytest.mark.parametrize(
    "value, starts_on",
    [
        (851, OCTOBER),  # the same band
        (400, date(2026, 11, 1)),  # after the invoiced days
    ],
)
def test_what_changes_no_invoiced_price_says_nothing(martin, value, starts_on):
    invoice_of(martin)
    give(martin, value, starts_on)
    assert not Anomaly.objects.exists()


def test_a_household_without_invoices_says_nothing(martin):
    give(martin, 400)
    assert not Anomaly.objects.exists()


def test_another_household_s_invoices_are_left_out(martin):
    other = household("Durand", quotient=850)
    book(other, "Tom")
    invoice_of(martin)
    give(martin, 400)
    assert Anomaly.objects.get().family == martin


def test_a_quotient_that_an_agent_takes_away_is_told(martin):
    invoice_of(martin)
    QuotientRecord.objects.filter(family=martin).delete()
    note_late_quotient(QuotientChange(martin, date(2026, 1, 1), NOON))
    assert "+6,00" in Anomaly.objects.get().message
