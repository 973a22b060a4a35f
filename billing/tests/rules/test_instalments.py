"""The schedule that a family reads before she chooses, and which debit is which instalment."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.rules.instalments import Debited, InstalmentPolicy, match, moved_cents, schedule_of
from castres_portal.base.clock import PARIS

TODAY = date(2026, 11, 19)
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
PLAN = schedule_of(Decimal("100.00"), count=3, days=30, today=TODAY)
FIRST = Debited("a", Decimal("33.34"), 1, NOON, payment=1)
SECOND = Debited("b", Decimal("33.33"), 2, NOON + timedelta(days=30), payment=2)
THIRD = Debited("c", Decimal("33.33"), 3, NOON + timedelta(days=61), payment=3)


def dead(debit, **changes):
    return replace(debit, payment=None, is_dead=True, **changes)


@pytest.mark.parametrize(
    "amount, count, parts",
    [
        ("100.00", 3, ["33.34", "33.33", "33.33"]),
        ("63.98", 2, ["31.99", "31.99"]),
        ("63.99", 4, ["16.02", "15.99", "15.99", "15.99"]),
        ("0.05", 3, ["0.03", "0.01", "0.01"]),
    ],
)
def test_the_first_takes_the_cents(amount, count, parts):
    plan = schedule_of(Decimal(amount), count=count, days=30, today=TODAY)
    assert [str(each.amount) for each in plan] == parts
    assert sum(each.amount for each in plan) == Decimal(amount)
    assert [each.due_on for each in plan] == [TODAY + timedelta(days=30 * rank) for rank in range(count)]


@pytest.mark.parametrize(
    "count, least, amount, is_offered",
    [(0, "100", "500", False), (3, "100", "99.99", False), (3, "100", "100", True), (1, "1", "500", False)],
)
def test_what_the_town_offers(count, least, amount, is_offered):
    assert InstalmentPolicy(count=count, least=Decimal(least), days=30).offers(Decimal(amount)) is is_offered


@pytest.mark.parametrize(
    "debits, paid, ended",
    [
        ([], [], []),
        ([FIRST], [1], []),
        ([THIRD, FIRST, SECOND], [1, 2, 3], []),
        ([FIRST, dead(SECOND, is_planned=True)], [1], [2]),
        ([FIRST, dead(SECOND, is_planned=True), THIRD], [1, 3], [2]),
        # All of it on one day, as the test bank does: the third is the third.
        ([FIRST, dead(SECOND, is_planned=True), replace(THIRD, at=NOON, is_planned=True)], [1, 3], [2]),
        # A first card refused, then the second accepted, which the bank counts second: nothing of the month after is refused.
        ([dead(FIRST, uuid="x"), replace(FIRST, rank=2)], [1], []),
        ([dead(FIRST, uuid="x"), dead(FIRST, uuid="y", rank=2), replace(FIRST, rank=3)], [1], []),
        # Refused, then debited again a few days later.
        ([FIRST, dead(SECOND, uuid="x", is_planned=True), replace(SECOND, at=NOON + timedelta(days=34))], [1, 2], []),
    ],
)
def test_which_debit_is_which_instalment(debits, paid, ended):
    found = match(PLAN, debits, days=30)
    assert (sorted(found.paid), sorted(found.ended)) == (paid, ended)
    assert match(PLAN, list(reversed(debits)), days=30) == found


def test_a_message_that_repeats_the_whole_sum_gives_the_part_beside_it():
    assert moved_cents(10000, 3334, asked=10000) == 3334
    assert moved_cents(3334, 3334, asked=10000) == 3334
    assert moved_cents(3334, None, asked=10000) == 3334
    assert moved_cents(10000, None, asked=10000) == 10000
