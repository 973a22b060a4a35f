from datetime import date, datetime

import pytest

from billing.models import Invoice
from billing.tests.factories import TariffFactory, book, household, issue
from castres_portal.base.clock import PARIS

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture
def martins(db):
    """The Martins owe 6 € of September and 12 € of October, of which 0.90 € of each meal of 3 € is care; Léa is nine."""
    TariffFactory()
    family = household("Martin")
    child = book(family)[0].child
    book(family, child, [date(2026, 9, 7), date(2026, 9, 8)])
    issue(SEPTEMBER, at=datetime(2026, 10, 8, 6, tzinfo=PARIS))
    issue(OCTOBER)
    return family


@pytest.fixture
def september(martins):
    return Invoice.objects.select_related("window", "family").get(family=martins, month=SEPTEMBER)


@pytest.fixture
def october(martins):
    return Invoice.objects.select_related("window", "family").get(family=martins, month=OCTOBER)
