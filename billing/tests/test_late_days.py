"""A day given back after the deadline on the invoice: charged, unless another household took its place."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from billing.tests.factories import TariffFactory, invoice_of
from castres_portal.base.clock import PARIS
from families.tests.factories import QuotientRecordFactory
from reservations.models import Activity, ActivitySite
from reservations.tests.homes import Home

pytestmark = pytest.mark.django_db

DAY = date(2026, 10, 8)
BEFORE, LATE = datetime(2026, 9, 20, 12, tzinfo=PARIS), datetime(2026, 10, 6, 9, tzinfo=PARIS)


@pytest.fixture
def homes():
    TariffFactory()
    gives = Home()
    Activity.objects.update(resells_late_days=True, add_days=1, add_hour=time(21))
    ActivitySite.objects.update(places=1)
    takes = Home(gives.child.school)
    for home in (gives, takes):
        QuotientRecordFactory(family=home.family)
    gives.book(DAY, at=BEFORE)
    gives.give_back(DAY, at=LATE)
    return gives, takes


def lines(home):
    invoice = home.family.invoices.first()
    return [(line.day, line.amount) for line in invoice.lines.all()] if invoice else []


def test_a_day_that_nobody_took_is_charged(homes):
    gives, _ = homes
    invoice_of(gives.family)
    (day, amount), *others = lines(gives)
    assert (day, others) == (DAY, [])
    assert amount > Decimal(0)


def test_a_day_that_another_household_took_is_charged_to_that_one_alone(homes):
    gives, takes = homes
    takes.book(DAY, at=LATE)
    invoice_of(takes.family)
    assert [day for day, _ in lines(takes)] == [DAY]
    assert lines(gives) == []


def test_a_day_taken_back_is_charged(homes):
    gives, takes = homes
    gives.take_back(DAY, at=LATE)
    takes.book(DAY, at=LATE)
    invoice_of(gives.family)
    assert [day for day, _ in lines(gives)] == [DAY]
    assert lines(takes) == []
