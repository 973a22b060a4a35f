"""Who pays which part of a day: to the cent, within the ceiling, and always the whole."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.corrections import Parts, sum_of
from billing.rules.coverage import Taken, Wanted, share, share_alike, share_back, too_much_on
from billing.rules.percent import percent_text


@pytest.mark.parametrize(
    ("price", "wanted", "taken"),
    [
        # La moitié d’un repas à 3,01 € : 1,505 €, arrondi à 1,51 € ; le foyer garde 1,50 €.
        (("0.90", "2.11"), [("50", None)], [("0.45", "1.06")]),
        # Tout est pris en charge par deux payeurs : le dernier prend le centime.
        (("0.00", "1.01"), [("50", None), ("50", None)], [("0.00", "0.51"), ("0.00", "0.50")]),
        # Trois tiers de 0,10 € : 0,03 € chacun, et le dernier prend le centime qui reste.
        (
            ("0.00", "0.10"),
            [("33.33", None), ("33.33", None), ("33.34", None)],
            [("0.00", "0.03"), ("0.00", "0.03"), ("0.00", "0.04")],
        ),
        # 40 % d’un jour à 3,00 €, un tiers, et le reste au foyer.
        (("0.90", "2.10"), [("40", None)], [("0.36", "0.84")]),
        # Le plafond ne laisse que 0,40 €.
        (("0.90", "2.10"), [("50", "0.40")], [("0.12", "0.28")]),
        # Le plafond est atteint : le foyer paie tout.
        (("0.90", "2.10"), [("100", "0.00")], [("0.00", "0.00")]),
        # Un jour gratuit se partage aussi.
        (("0.00", "0.00"), [("50", None)], [("0.00", "0.00")]),
    ],
)
def test_a_day_is_shared(price, wanted, taken):
    found = share(Parts(*map(D, price)), [Wanted(D(percent), left and D(left)) for percent, left in wanted])

    assert found == [Parts(D(care), D(food)) for care, food in taken]


CENTS = st.integers(0, 3000).map(lambda cents: D(cents) / 100)
PRICES = st.builds(Parts, CENTS, CENTS)


@st.composite
def percentages(draw):
    """Up to four payers who together take at most everything, and often exactly that."""
    left, found = 10000, []
    for _ in range(draw(st.integers(1, 4))):
        if left <= 0:
            break
        part = draw(st.one_of(st.just(left), st.integers(1, left)))
        found.append(Wanted(D(part) / 100, draw(st.one_of(st.none(), CENTS))))
        left -= part
    return found


@given(price=PRICES, wanted=percentages())
def test_the_parts_always_make_the_line(price, wanted):
    taken = share(price, wanted)
    household = price.less(sum_of(taken))

    assert len(taken) == len(wanted)
    for each in [*taken, household]:
        assert each.care >= 0, "nobody pays less than nothing"
        assert each.food >= 0
        assert each.total == each.total.quantize(D("0.01"))
    for part, each in zip(taken, wanted, strict=True):
        assert each.left is None or part.total <= each.left
        exact = price.total * each.percent / 100
        assert part.total <= exact + D("0.02"), "a percentage, but for the cents of rounding"
    if sum(each.percent for each in wanted) == 100 and all(each.left is None for each in wanted):
        assert household.total == 0, "the last takes the cents"


@given(price=PRICES, wanted=percentages(), data=st.data())
def test_what_is_given_back_never_exceeds_what_each_paid_and_all_of_it_is(price, wanted, data):
    taken = share(price, wanted)
    owners = [*taken, price.less(sum_of(taken))]
    first = Parts(*(data.draw(st.integers(0, int(each * 100)).map(lambda c: D(c) / 100)) for each in price))
    given_first = share_back(first, price, [(each, each) for each in owners])
    left = [took.less(back) for took, back in zip(owners, given_first, strict=True)]
    rest = price.less(first)
    given_then = share_back(rest, price, list(zip(owners, left, strict=True)))

    assert sum_of(given_first) == first
    assert sum_of(given_then) == rest, "a second correction gives back all that is left"
    assert all(back.care >= 0 and back.food >= 0 for back in [*given_first, *given_then])
    assert [a.plus(b) for a, b in zip(given_first, given_then, strict=True)] == owners


def test_a_supplement_is_shared_as_the_line_was_and_within_the_ceiling():
    charged = Parts(D("0.90"), D("2.10"))  # of which the CCAS took 0.60, its ceiling being reached
    assert share_alike(Parts(D("0.45"), D("1.05")), charged, [D("0.60")], [None]) == [Parts(D("0.09"), D("0.21"))]
    assert share_alike(Parts(D("0.45"), D("1.05")), charged, [D("0.60")], [D("0.00")]) == [Parts(D("0.00"), D("0.00"))]


def test_a_supplement_of_a_day_that_three_paid_whole_leaves_no_cent_to_the_household():
    charged, thirds = Parts(D("0.00"), D("3.33")), [D("1.11")] * 3
    shared = share_alike(Parts(D("0.00"), D("1.00")), charged, thirds, [None] * 3)
    assert [part.total for part in shared] == [D("0.33"), D("0.33"), D("0.34")]


def coverage(percent, activity=None, starts="2026-09-01", ends=None, payer=9, child=1):
    days = [date.fromisoformat(day) if day else None for day in (starts, ends)]
    return Taken(0, payer, 1, child, activity, D(percent), None, *days)


@pytest.mark.parametrize(
    ("new", "others", "most"),
    [
        (coverage("60"), [], "60"),
        (coverage("60"), [coverage("50")], "110"),
        (coverage("60", 1), [coverage("50", 2)], "60"),
        (coverage("60", 1), [coverage("40")], "100"),
        (coverage("60"), [coverage("30", 1), coverage("40", 2)], "100"),
        (coverage("60", ends="2026-12-31"), [coverage("50", starts="2027-01-01")], "60"),
        (coverage("60"), [coverage("30", ends="2026-10-31"), coverage("40", starts="2026-11-01")], "100"),
        (coverage("60"), [coverage("50", child=2)], "60"),
    ],
)
def test_nobody_pays_more_than_everything_on_any_day(new, others, most):
    assert too_much_on(new, others) == D(most)


def test_a_percentage_is_written_as_people_do():
    assert [percent_text(D(each)) for each in ("50.00", "33.33", "12.50", "100")] == [
        "50\u00a0%",
        "33,33\u00a0%",
        "12,5\u00a0%",
        "100\u00a0%",
    ]
