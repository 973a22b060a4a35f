"""What a household paid too much, and the payments that it comes from."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.credit import MoneyRow, credit_left, sources


def rows(*told):
    return [MoneyRow(number, group, Decimal(amount), Decimal(used)) for number, group, amount, used in told]


@pytest.mark.parametrize(
    "told, expected",
    [
        # payment, group, euros that came, euros that invoices have
        ([(1, "a", "50", "50")], []),
        ([(1, "a", "50", "30"), (2, "b", "10", "0")], [(1, "20"), (2, "10")]),
        # The bank gave some back of the same payment: what is left of it only.
        ([(1, "a", "50", "30"), (2, "a", "-15", "0")], [(1, "5")]),
        ([(1, "a", "50", "30"), (2, "a", "-50", "-30")], []),
        # Given back without saying of which payment: the oldest credit first.
        ([(1, "a", "50", "30"), (2, "b", "10", "0"), (3, "c", "-25", "0")], [(2, "5")]),
        ([(1, "a", "30", "0"), (2, "a", "30", "0"), (3, "a", "-40", "0")], [(1, "20")]),
        ([(1, "a", "30", "30"), (2, "a", "30", "0")], [(2, "30")]),
        # More given back than came: no credit at all.
        ([(1, "a", "50", "30"), (2, "b", "-40", "0")], []),
    ],
)
def test_where_a_credit_comes_from(told, expected):
    assert sources(rows(*told)) == [(payment, Decimal(part)) for payment, part in expected]


money = st.decimals(min_value=-100, max_value=100, places=2)


@given(st.lists(st.tuples(st.sampled_from("abc"), money, money), max_size=8))
def test_the_sources_are_the_credit_never_more(told):
    given_rows = [MoneyRow(number, *row) for number, row in enumerate(told)]
    found = sources(given_rows)

    assert sum(part for _, part in found) == max(Decimal(0), credit_left(given_rows))
    assert all(0 < part <= given_rows[payment].spare for payment, part in found)
