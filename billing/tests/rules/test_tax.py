"""What a household paid for the care of its young children in a year: the article 200 quater B in examples."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.tax import BilledCare, Settlement, care_paid_in, gives_credit

LEA = 1


@pytest.mark.parametrize(
    ("born", "counts"),
    [
        (date(2020, 1, 2), True),  # six on 2 January: still five on the first
        (date(2020, 1, 1), False),
        (date(2019, 12, 31), False),
        (date(2026, 11, 3), True),
    ],
)
def test_a_child_counts_who_is_under_six_on_the_first_of_january(born, counts):
    assert gives_credit(born, 2026) is counts


def bill(total, care, *settlements):
    return BilledCare(
        Decimal(total), {LEA: Decimal(care)}, [Settlement(day, Decimal(amount)) for day, amount in settlements]
    )


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (bill("60.00", "18.00", (date(2026, 1, 5), "60.00")), "18.00"),
        # December's invoice paid in January counts in the year of the payment.
        (bill("60.00", "18.00", (date(2025, 12, 31), "60.00")), None),
        (bill("60.00", "18.00", (date(2026, 3, 1), "20.00")), "6.00"),
        (bill("60.00", "18.00", (date(2025, 12, 1), "20.00"), (date(2026, 1, 9), "40.00")), "12.00"),
        # A cheque that came back unpaid was not paid.
        (bill("60.00", "18.00", (date(2026, 2, 1), "60.00"), (date(2026, 2, 20), "-60.00")), None),
        (bill("60.00", "18.00", (date(2025, 2, 1), "60.00"), (date(2026, 2, 20), "-30.00")), "-9.00"),
        (bill("10.00", "0.00", (date(2026, 2, 1), "10.00")), None),
    ],
)
def test_the_care_of_what_was_paid_in_2026(invoice, expected):
    assert care_paid_in(2026, [invoice]).get(LEA) == (None if expected is None else Decimal(expected))


def test_several_invoices_add_up_for_each_child_and_half_a_cent_goes_up():
    zoe = 2
    october = BilledCare(
        Decimal("60.00"),
        {LEA: Decimal("18.00"), zoe: Decimal("6.00")},
        [Settlement(date(2026, 11, 9), Decimal("60.00"))],
    )
    half = bill("2.00", "0.01", (date(2026, 12, 31), "1.00"))
    free = BilledCare(Decimal("0.00"), {LEA: Decimal("0.00")}, [Settlement(date(2026, 11, 9), Decimal("5.00"))])
    assert care_paid_in(2026, [october, half, free]) == {LEA: Decimal("18.01"), zoe: Decimal("6.00")}


def test_what_was_paid_twice_is_care_once():
    twice = bill("60.00", "18.00", (date(2026, 2, 1), "60.00"), (date(2026, 2, 2), "60.00"))
    assert care_paid_in(2026, [twice]) == {LEA: Decimal("18.00")}


@given(
    total=st.integers(1, 50_000),
    share=st.floats(0, 1),
    parts=st.lists(st.tuples(st.integers(2022, 2027), st.integers(1, 20_000)), min_size=1, max_size=6),
)
def test_the_years_of_an_invoice_paid_in_several_add_up_to_its_care(total, share, parts):
    care = Decimal(int(total * share)) / 100
    left, settled = total, []
    for year, cents in parts:
        settled.append(Settlement(date(year, 6, 1), Decimal(min(cents, left)) / 100))
        left -= min(cents, left)
    settled.append(Settlement(date(2028, 1, 1), Decimal(left) / 100))
    invoice = BilledCare(Decimal(total) / 100, {LEA: care}, settled)
    years = [care_paid_in(year, [invoice]).get(LEA, Decimal(0)) for year in range(2022, 2029)]
    assert sum(years) == care
    assert all(year >= 0 for year in years)
