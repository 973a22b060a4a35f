"""What a day costs: half up to the cent, by the band that holds the quotient, and never a price that nobody voted."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from families.tests.factories import FamilyFactory, QuotientRecordFactory
from reservations.pricing import (
    NoTariff,
    PriceList,
    QuotientBook,
    QuotientOutsideBands,
    Rule,
    price_of,
    tariff_on,
)
from reservations.tests.factories import ActivityFactory, TariffBandFactory, TariffFactory

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


@dataclass
class Band:
    label: str
    quotient_from: int
    quotient_below: int | None
    care_part: Decimal = Decimal("0.90")
    food_part: Decimal = Decimal("2.10")
    effort_rate: Decimal | None = None
    floor: Decimal | None = None
    cost: Decimal | None = None


@dataclass
class Period:
    starts_on: date
    ends_on: date | None


BANDS = [
    Band("A", 0, 500, Decimal("0.30"), Decimal("0.70")),
    Band("B", 500, 900, Decimal("0.90"), Decimal("2.10")),
    Band("C", 900, None, Decimal("1.35"), Decimal("3.15")),
]
WITH_A_HOLE = [BANDS[0], Band("C", 900, None)]
WITH_AN_OVERLAP = [BANDS[0], Band("B", 450, None)]


@pytest.mark.parametrize(
    "quotient, band, total, rule",
    [
        (0, "A", "1.00", Rule.QUOTIENT),
        (499, "A", "1.00", Rule.QUOTIENT),
        (500, "B", "3.00", Rule.QUOTIENT),
        (899, "B", "3.00", Rule.QUOTIENT),
        (900, "C", "4.50", Rule.QUOTIENT),
        (12_000, "C", "4.50", Rule.QUOTIENT),
        (None, "C", "4.50", Rule.HIGHEST),
    ],
)
def test_the_band_that_holds_the_quotient_gives_the_price(quotient, band, total, rule):
    price = price_of(bands=BANDS, quotient=quotient)

    assert (price.band, price.total, price.rule) == (band, Decimal(total), rule)


def test_the_highest_band_is_the_one_of_the_highest_quotients_whatever_the_order():
    assert price_of(bands=list(reversed(BANDS)), quotient=None).band == "C"


@pytest.mark.parametrize(
    "bands, quotient, holders",
    [
        (WITH_A_HOLE, 500, 0),
        (WITH_A_HOLE, 899, 0),
        (WITH_AN_OVERLAP, 450, 2),
        (WITH_AN_OVERLAP, 499, 2),
        ([], 500, 0),
        ([], None, 0),
        ([Band("A", 100, None)], 99, 0),
    ],
)
def test_a_quotient_in_a_hole_or_in_two_bands_is_never_priced(bands, quotient, holders):
    with pytest.raises(QuotientOutsideBands) as caught:
        price_of(bands=bands, quotient=quotient)

    assert (caught.value.quotient, caught.value.holders) == (quotient, holders)


@pytest.mark.parametrize(
    "care, food, rounded",
    [
        ("0.905", "2.095", ("0.91", "2.10", "3.01")),
        ("0.9049", "2.0949", ("0.90", "2.09", "2.99")),
        ("0.005", "0", ("0.01", "0.00", "0.01")),
        ("1.115", "1.125", ("1.12", "1.13", "2.25")),
    ],
)
def test_each_part_is_rounded_half_up_to_the_cent(care, food, rounded):
    price = price_of(bands=[Band("A", 0, None, Decimal(care), Decimal(food))], quotient=10)

    assert (price.care_part, price.food_part, price.total) == tuple(Decimal(text) for text in rounded)


CUTS = st.lists(st.integers(1, 5000), unique=True, max_size=8).map(sorted)
PARTS = st.decimals("0", "99", places=4)


@given(cuts=CUTS, quotient=st.integers(0, 6000), care=PARTS, food=PARTS)
def test_bands_without_hole_price_every_quotient_and_the_price_is_the_sum_of_its_parts(cuts, quotient, care, food):
    starts = [0, *cuts]
    bands = [
        Band(str(start), start, below, care, food) for start, below in zip(starts, [*starts[1:], None], strict=True)
    ]

    price = price_of(bands=bands, quotient=quotient)

    assert int(price.band) == max(start for start in starts if start <= quotient)
    assert price.total == price.care_part + price.food_part
    assert abs(price.care_part - care) <= Decimal("0.005")
    assert abs(price.food_part - food) <= Decimal("0.005")
    assert price.care_part.as_tuple().exponent == -2


@given(cuts=CUTS.filter(lambda cuts: len(cuts) > 1), quotient=st.integers(0, 6000), hole=st.integers(0, 8))
def test_a_band_taken_away_leaves_its_quotients_without_a_price(cuts, quotient, hole):
    starts = [0, *cuts]
    bands = [Band(str(start), start, below) for start, below in zip(starts, [*starts[1:], None], strict=True)]
    removed = bands.pop(hole % len(bands))
    in_hole = removed.quotient_from <= quotient and (
        removed.quotient_below is None or quotient < removed.quotient_below
    )

    if in_hole:
        with pytest.raises(QuotientOutsideBands):
            price_of(bands=bands, quotient=quotient)
    else:
        assert price_of(bands=bands, quotient=quotient).rule == Rule.QUOTIENT


@pytest.mark.parametrize(
    "day, found",
    [
        (date(2025, 8, 31), None),
        (date(2025, 9, 1), 0),
        (date(2026, 8, 31), 0),
        (date(2026, 9, 1), 1),
        (date(2027, 1, 1), 2),
        (date(2040, 1, 1), 2),
    ],
)
def test_the_tariff_in_force_is_the_last_that_began(day, found):
    tariffs = [
        Period(date(2025, 9, 1), date(2026, 8, 31)),
        Period(date(2026, 9, 1), None),
        Period(date(2027, 1, 1), None),
    ]

    assert tariff_on(tariffs, day) is (None if found is None else tariffs[found])


# --- Read in bulk -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_price_changes_on_the_day_that_the_council_voted():
    canteen = ActivityFactory()
    TariffBandFactory(tariff=TariffFactory(activity=canteen, starts_on=date(2026, 1, 1), ends_on=date(2026, 10, 15)))
    after = TariffFactory(activity=canteen, starts_on=date(2026, 10, 16), deliberation="Délibération n° 2")
    TariffBandFactory(tariff=after, care_part="1.50")

    prices = PriceList.load([canteen.pk], *OCTOBER)

    assert prices.price(canteen.pk, date(2026, 10, 15), 100).price.total == Decimal("3.00")
    assert prices.price(canteen.pk, date(2026, 10, 16), 100).price.total == Decimal("3.50")
    assert prices.price(canteen.pk, date(2026, 10, 16), 100).deliberation == "Délibération n° 2"


@pytest.mark.django_db
def test_a_day_without_tariff_or_with_an_empty_one_has_no_price():
    canteen, study = ActivityFactory(), ActivityFactory(slug="etude", name="Étude")
    TariffBandFactory(tariff=TariffFactory(activity=canteen, starts_on=date(2026, 10, 10)))
    TariffFactory(activity=study)

    prices = PriceList.load([canteen.pk, study.pk], *OCTOBER)

    assert prices.price(canteen.pk, date(2026, 10, 10), None).price.rule == Rule.HIGHEST
    for activity, day in ((canteen, date(2026, 10, 9)), (study, date(2026, 10, 10))):
        with pytest.raises(NoTariff):
            prices.price(activity.pk, day, None)


@pytest.mark.django_db
def test_a_price_list_and_a_quotient_book_cost_three_queries(django_assert_num_queries):
    canteen = ActivityFactory()
    for year in (2024, 2025, 2026):
        TariffBandFactory(tariff=TariffFactory(activity=canteen, starts_on=date(year, 9, 1)))
    families = [QuotientRecordFactory(starts_on=date(2026, 1, 1)).family for _ in range(3)]

    with django_assert_num_queries(3):
        prices = PriceList.load([canteen.pk], *OCTOBER)
        quotients = QuotientBook.load([family.pk for family in families], *OCTOBER)
        for day in range(31):
            on = OCTOBER[0] + timedelta(days=day)
            for family in families:
                prices.price(canteen.pk, on, quotients.on(family.pk, on))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day, value",
    [
        (date(2026, 9, 30), None),
        (date(2026, 10, 1), 400),
        (date(2026, 10, 14), 400),
        (date(2026, 10, 15), None),
        (date(2026, 10, 20), 950),
        (date(2026, 10, 31), 950),
    ],
)
def test_the_quotient_is_that_of_the_day_and_none_between_two(day, value):
    family = FamilyFactory()
    QuotientRecordFactory(family=family, value=400, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 14))
    QuotientRecordFactory(family=family, value=950, starts_on=date(2026, 10, 20))
    QuotientRecordFactory(value=77, starts_on=date(2026, 1, 1))  # another household's

    assert QuotientBook.load([family.pk], date(2026, 9, 1), OCTOBER[1]).on(family.pk, day) == value
