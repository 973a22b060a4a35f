"""What a year would cost, in examples: the days of the real calendar, each priced as the invoice prices it."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.reading import read
from reservations.pricing import NoTariff, Price, PricedDay, QuotientOutsideBands, Rule
from reservations.rules.holidays import HolidaySpan
from reservations.rules.simulation import Weeks, Wish, open_days, quotient_from_income, rank_of, simulate
from reservations.tests.town import zone_c

CALENDAR = zone_c()
YEAR = next(year for year in CALENDAR.years if year.label == "2026-2027")
MON, TUE, THU, FRI = 0, 1, 3, 4
CANTEEN = 1


def priced(total="3.00", food="2.00"):
    return PricedDay(
        Price(Decimal(total) - Decimal(food), Decimal(food), Decimal(total), "B", Rule.QUOTIENT, 500, 900),
        612,
        "délib.",
    )


def run(*wishes, price=lambda wish, day: priced()):
    return simulate(wishes, calendar=CALENDAR, year=YEAR, price=price)


@pytest.mark.parametrize(
    "income, parts, quotient",
    [
        ("24000", "2.5", 800),
        ("0", "1", 0),
        ("30000", "3", 833),  # 833,33
        ("30006", "3", 834),  # 833,50, half up
        ("29970", "3", 833),  # 832,50, half up too
        ("12345.67", "1.5", 686),
    ],
)
def test_a_quotient_is_estimated_from_income_and_parts(income, parts, quotient):
    assert quotient_from_income(Decimal(income), Decimal(parts)) == quotient


def test_days_are_those_of_the_school_calendar():
    days = open_days(CALENDAR, YEAR, Wish(1, CANTEEN, frozenset({MON, TUE, THU, FRI})))
    assert days[0] == date(2026, 9, 1)
    assert days[-1] == date(2027, 7, 2)
    for closed in (date(2026, 10, 19), date(2026, 12, 25), date(2027, 3, 29), date(2027, 5, 7), date(2026, 9, 2)):
        assert closed not in days


def test_alternate_weeks_share_the_days_between_two_households():
    every = frozenset({MON, TUE, THU, FRI})
    whole, odd, even = (set(open_days(CALENDAR, YEAR, Wish(1, CANTEEN, every, weeks))) for weeks in Weeks)
    assert odd | even == whole
    assert not odd & even
    assert date(2026, 12, 28) not in odd  # week 53: holidays
    assert date(2026, 11, 16) in odd  # week 47


def test_a_year_a_month_a_day():
    result = run(Wish(1, CANTEEN, frozenset({MON})), Wish(2, CANTEEN, frozenset({MON, FRI})))
    first, second = result.lines

    mondays = len(open_days(CALENDAR, YEAR, first.wish))
    assert (first.days, first.amount) == (mondays, 3 * Decimal(mondays))
    assert result.total == first.amount + second.amount
    assert result.average == (result.total / 11).quantize(Decimal("0.01"))  # from September to July
    assert [month.month for month in result.months][0] == date(2026, 9, 1)
    assert result.parts == (Decimal(result.days), Decimal(2 * result.days))
    assert result.is_complete


def test_a_price_that_changes_in_the_year_is_shown_in_two_lines():
    def price(wish, day):
        return priced("3.00") if day < date(2027, 1, 1) else priced("3.10")

    (line,) = run(Wish(1, CANTEEN, frozenset({MON})), price=price).lines
    assert [(unit.priced.price.total, unit.first.year) for unit in line.units] == [
        (Decimal("3.00"), 2026),
        (Decimal("3.10"), 2027),
    ]
    assert line.amount == sum(unit.days * unit.priced.price.total for unit in line.units)


def no_tariff(wish, day):
    raise NoTariff(wish.activity, day)


def half_a_tariff(wish, day):
    return priced() if day < date(2027, 1, 1) else no_tariff(wish, day)


def gap(wish, day):
    raise QuotientOutsideBands(700, 0)


def two_bands(wish, day):
    raise QuotientOutsideBands(700, 2)


def no_band(wish, day):
    raise QuotientOutsideBands(None, 0)


@pytest.mark.parametrize(
    "price, words",
    [
        (no_tariff, "Aucun tarif n’est encore voté pour cette année scolaire : le prix ne peut pas être calculé."),
        (
            half_a_tariff,
            "Aucun tarif n’est voté pour une partie de l’année (20 jours entre le 4 janvier 2027 et le 28 juin 2027) : "
            "le prix de l’année ne peut pas être calculé.",
        ),
        (
            gap,
            "Le quotient 700 n’entre dans aucune tranche du tarif voté : le prix ne peut pas être calculé. "
            "Demandez-le à l’Espace Famille.",
        ),
        (
            two_bands,
            "Le quotient 700 entre dans plusieurs tranches du tarif voté : le prix ne peut pas être calculé. "
            "Demandez-le à l’Espace Famille.",
        ),
        (no_band, "Le tarif voté n’a aucune tranche : le prix ne peut pas être calculé."),
    ],
)
def test_where_no_price_was_voted_none_is_invented(price, words):
    result = run(Wish(1, CANTEEN, frozenset({MON})), price=price)
    (line,) = result.lines
    assert read(line.problem) == words
    assert line.months == []
    assert (line.amount, line.units, result.total, result.average) == (0, [], 0, 0)
    assert not result.is_complete


def test_what_has_no_price_does_not_hide_what_has_one():
    def price(wish, day):
        return priced() if wish.activity == CANTEEN else no_tariff(wish, day)

    result = run(Wish(1, CANTEEN, frozenset({MON})), Wish(1, 2, frozenset({MON})), price=price)
    assert result.total == result.lines[0].amount > 0
    assert not result.is_complete


@given(
    wishes=st.lists(
        st.builds(
            Wish,
            st.integers(1, 3),
            st.integers(1, 2),
            st.frozensets(st.sampled_from([0, 1, 2, 3, 4])),
            st.sampled_from(Weeks),
        ),
        max_size=4,
    ),
    cents=st.integers(0, 2000),
)
def test_the_sums_agree_however_they_are_read(wishes, cents):
    total = Decimal(cents) / 100
    result = run(*wishes, price=lambda wish, day: priced(str(total), "0.00"))
    assert result.total == sum((line.amount for line in result.lines), Decimal(0)) == total * result.days
    assert sum(result.parts) == result.total
    for line in result.lines:
        assert line.days == len(open_days(CALENDAR, YEAR, line.wish)) == sum(unit.days for unit in line.units)


@pytest.mark.parametrize(
    "child, activity, ranks_by, rank",
    [
        (1, CANTEEN, "activite", 1),
        (2, CANTEEN, "activite", 2),
        # The second child goes to the study alone: the third is the second at the canteen… of those who wish some day.
        (3, CANTEEN, "activite", 3),
        (3, 2, "activite", 1),
        (3, 2, "toutes", 3),
        (2, 2, "activite", 1),
    ],
)
def test_the_rank_of_a_child_is_counted_as_the_tariff_says(child, activity, ranks_by, rank):
    every = frozenset({MON})
    wishes = [
        Wish(1, CANTEEN, every),
        Wish(2, CANTEEN, every),
        Wish(3, 2, every),
        Wish(1, 2, frozenset()),  # no day: it does not count
    ]
    assert rank_of(Wish(child, activity, every), wishes, ranks_by) == rank


WINTER = HolidaySpan(
    "Hiver",
    date(2027, 2, 6),
    date(2027, 2, 21),
    datetime(2026, 12, 1, tzinfo=PARIS),
    datetime(2027, 1, 15, tzinfo=PARIS),
)


def test_an_activity_of_the_holidays_runs_in_its_periods():
    wish = Wish(1, 5, frozenset({MON, TUE}))
    days = open_days(CALENDAR, YEAR, wish, [WINTER])
    assert days == [date(2027, 2, 8), date(2027, 2, 9), date(2027, 2, 15), date(2027, 2, 16)]
    odd = open_days(CALENDAR, YEAR, Wish(1, 5, frozenset({MON, TUE}), Weeks.ODD), [WINTER])
    assert odd == [date(2027, 2, 15), date(2027, 2, 16)]
    assert open_days(CALENDAR, YEAR, wish, []) == []


def test_an_activity_of_the_holidays_without_period_yet_has_no_price():
    wishes = [Wish(1, 5, frozenset({MON})), Wish(1, 6, frozenset({MON}))]
    told = simulate(
        wishes, calendar=CALENDAR, year=YEAR, price=lambda wish, day: priced(), periods={5: [WINTER], 6: []}
    )
    winter, nothing = told.lines
    assert (winter.days, winter.amount, winter.problem) == (2, Decimal("6.00"), "")
    assert read(nothing.problem) == (
        "Aucune période de vacances n’est encore publiée pour cette année : rien à calculer."
    )
    assert (nothing.units, nothing.months) == ([], [])
    assert [(month.month, month.days, month.amount) for month in told.months] == [
        (date(2027, 2, 1), 2, Decimal("6.00"))
    ]
    assert (told.average, told.days) == (Decimal("6.00"), 2)


def test_months_of_several_children_add_up_in_order_and_a_wish_of_no_day_is_no_line():
    result = run(
        Wish(1, CANTEEN, frozenset({MON})),
        Wish(2, CANTEEN, frozenset({TUE})),
        Wish(3, CANTEEN, frozenset()),
        price=lambda wish, day: priced("3.00") if wish.child == 1 else priced("2.50"),
    )
    assert len(result.lines) == 2
    september = result.months[0]
    days = [sum(day.month == 9 for day in open_days(CALENDAR, YEAR, line.wish)) for line in result.lines]
    assert (september.days, september.amount) == (sum(days), 3 * days[0] + Decimal("2.50") * days[1])
    assert [month.month for month in result.months] == sorted({month.month for month in result.months})


def test_an_average_is_rounded_half_up():
    result = run(Wish(1, CANTEEN, frozenset({MON})), price=lambda wish, day: priced("0.05", "0.00"))
    exact = result.total / len(result.months)
    assert abs(result.average - exact) <= Decimal("0.005")
    assert result.average == exact.quantize(Decimal("0.01"), "ROUND_HALF_UP")
