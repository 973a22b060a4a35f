"""What a quotient changes to the price of a day."""

from datetime import date
from decimal import Decimal

import pytest

from families.quotient_effects import Effect
from reservations.models import Tariff, TariffBand
from reservations.queries.effects import effects
from reservations.tests.factories import ActivityFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 19)


@pytest.fixture
def canteen(db):
    activity = ActivityFactory()
    tariff = Tariff.objects.create(activity=activity, starts_on=date(2026, 1, 1), deliberation="essai")
    for label, start, below, food in (("A", 0, 500, 1), ("B", 500, None, 3)):
        TariffBand.objects.create(
            tariff=tariff, label=label, quotient_from=start, quotient_below=below, care_part=0, food_part=food
        )
    return activity


def test_each_quotient_has_its_band_and_no_quotient_the_highest(canteen):
    name = canteen.name
    assert effects([400, 500, None], DAY) == [
        [Effect(name, "A", Decimal("1.00"))],
        [Effect(name, "B", Decimal("3.00"))],
        [Effect(name, "B", Decimal("3.00"))],
    ]


def test_an_activity_without_a_price_that_day_is_left_out(canteen):
    assert effects([400], date(2025, 11, 19)) == [[]]


def test_many_quotients_cost_no_more_queries(canteen, django_assert_num_queries):
    with django_assert_num_queries(4):
        effects([400, 500, None, 900, 1200], DAY)
