"""When a family may pay, what an attempt has become, when the bank is asked again: by examples, without a database."""

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from billing.payzen.transactions import Discrepancy, DiscrepancyKind, Outcome
from billing.rules.payments import (
    Status,
    attempt_status,
    blocks_credit,
    clocks_differ,
    is_for_another_shop,
    is_late,
    may_still_be_paid,
    next_question,
    part_for_invoice,
    part_taken_back,
    refusal_to_pay,
    spread,
    take_back,
)
from castres_portal.base.clock import PARIS

from .world import CLICKED_AT, CLOSES_AT, OPENS_AT

SECOND = timedelta(seconds=1)
LIFE = timedelta(minutes=12)


@pytest.mark.parametrize(
    "at, owed, refusal",
    [
        (OPENS_AT - SECOND, "63.98", "Le paiement en ligne de cette facture ouvre le 08/11/2026 à 09:30."),
        (OPENS_AT, "63.98", None),
        (CLOSES_AT, "63.98", None),
        (CLOSES_AT + SECOND, "63.98", "Le paiement en ligne de cette facture est fermé depuis le 30/11/2026 à 23:59."),
        (CLICKED_AT, "0.01", None),
        (CLICKED_AT, "0.00", "Cette facture est déjà réglée."),
        (CLICKED_AT, "-5.00", "Cette facture est déjà réglée."),
    ],
)
def test_an_invoice_is_paid_between_the_opening_and_the_closing_while_it_owes(at, owed, refusal):
    said = refusal_to_pay(owed=Decimal(owed), opens_at=OPENS_AT, closes_at=CLOSES_AT, at=at)
    assert said == refusal


@pytest.mark.parametrize(
    "status, minutes, warned",
    [
        (Status.STARTED, 0, True),
        (Status.STARTED, 11, True),
        (Status.STARTED, 12, False),
        (Status.PENDING, 5000, True),
        (Status.REFUSED, 1, False),
        (Status.ABANDONED, 1, False),
        (Status.PAID, 1, False),
    ],
)
def test_a_family_is_warned_while_another_payment_may_still_succeed(status, minutes, warned):
    assert (
        may_still_be_paid(status, created_at=CLICKED_AT, page_life=LIFE, at=CLICKED_AT + timedelta(minutes=minutes))
        is warned
    )


@pytest.mark.parametrize(
    "words, credited, status",
    [
        ([], False, Status.STARTED),
        ([("", Outcome.NO_TRANSACTION)], False, Status.ABANDONED),
        ([("a", Outcome.FAILED)], False, Status.REFUSED),
        ([("a", Outcome.FAILED), ("", Outcome.NO_TRANSACTION)], False, Status.REFUSED),
        ([("a", Outcome.PENDING)], False, Status.PENDING),
        ([("a", Outcome.PENDING), ("a", Outcome.FAILED)], False, Status.REFUSED),
        ([("b", Outcome.PENDING), ("a", Outcome.FAILED)], False, Status.PENDING),
        ([("b", Outcome.PAID)], True, Status.PAID),
        ([("b", Outcome.PAID), ("a", Outcome.FAILED)], True, Status.PAID),
        ([("b", Outcome.PAID), ("", Outcome.NO_TRANSACTION)], True, Status.PAID),
        ([("a", Outcome.PAID), ("a", Outcome.FAILED)], False, Status.REFUSED),
        ([("a", Outcome.FAILED), ("a", Outcome.PAID)], False, Status.REFUSED),
        # Announced but not credited (an amount that differs): the family must not pay again.
        ([("a", Outcome.PAID)], False, Status.PENDING),
        ([("a", Outcome.UNKNOWN)], False, Status.PENDING),
        ([("a", Outcome.NOT_FOR_US)], False, Status.PENDING),
    ],
)
def test_what_an_attempt_has_become(words, credited, status):
    assert attempt_status(words, credited=credited) == status


@pytest.mark.parametrize(
    "amount, owed, taken", [("10", "10", "10"), ("10", "4", "4"), ("4", "10", "4"), ("10", "0", "0"), ("10", "-1", "0")]
)
def test_an_invoice_takes_what_it_owes_and_no_more(amount, owed, taken):
    assert part_for_invoice(Decimal(amount), Decimal(owed)) == Decimal(taken)


@pytest.mark.parametrize(
    "amount, allocated, spare, lost",
    [
        ("60", "60", "0", "60"),
        ("20", "60", "0", "20"),
        ("60", "0", "60", "0"),
        ("60", "40", "20", "40"),
        ("20", "40", "20", "0"),
        ("30", "40", "20", "10"),
        ("99", "40", "0", "40"),
        ("20", "40", "-10", "20"),
    ],
)
def test_what_goes_back_is_taken_first_from_what_no_invoice_has(amount, allocated, spare, lost):
    assert part_taken_back(Decimal(amount), allocated=Decimal(allocated), spare=Decimal(spare)) == Decimal(lost)


@pytest.mark.parametrize(
    "authorised_at, late",
    [
        (None, False),
        (CLOSES_AT, False),
        (CLOSES_AT + timedelta(minutes=12), False),
        (CLOSES_AT + timedelta(minutes=12, seconds=1), True),
        (CLOSES_AT + timedelta(minutes=13), True),
    ],
)
def test_a_card_debited_at_the_window_s_last_minutes_is_not_late(authorised_at, late):
    assert is_late(authorised_at=authorised_at, closes_at=CLOSES_AT, page_life=LIFE) is late


@pytest.mark.parametrize(
    "kinds, blocked, elsewhere",
    [
        ([], False, False),
        ([DiscrepancyKind.TRANS_ID, DiscrepancyKind.TRANS_DATE], False, False),
        ([DiscrepancyKind.TRANS_ID, DiscrepancyKind.AMOUNT], True, False),
        ([DiscrepancyKind.CURRENCY], True, False),
        ([DiscrepancyKind.SITE], True, True),
        ([DiscrepancyKind.AMOUNT, DiscrepancyKind.ORDER], True, True),
        ([DiscrepancyKind.MODE], True, True),
    ],
)
def test_a_difference_of_amount_waits_for_an_agent_and_a_wrong_shop_tells_nothing(kinds, blocked, elsewhere):
    differences = [Discrepancy(kind, "") for kind in kinds]
    assert blocks_credit(differences) is blocked
    assert is_for_another_shop(differences) is elsewhere


@pytest.mark.parametrize(
    "authorised, differ",
    [
        (None, False),
        (timedelta(), False),
        (timedelta(minutes=-10), False),
        (timedelta(minutes=-10, seconds=-1), True),
        (timedelta(minutes=13), False),
        (timedelta(minutes=13, seconds=1), True),
    ],
)
def test_clocks_may_differ_by_ten_minutes(authorised, differ):
    answered = CLICKED_AT + timedelta(minutes=3)
    at = None if authorised is None else CLICKED_AT + authorised
    assert clocks_differ(authorised_at=at, asked_at=CLICKED_AT, received_at=answered) is differ


@pytest.mark.parametrize(
    "amount, rooms, parts",
    [
        ("50", [(1, "40"), (2, "25")], {1: "40", 2: "10"}),
        ("40", [(1, "40"), (2, "25")], {1: "40"}),
        ("90", [(1, "40"), (2, "25")], {1: "40", 2: "25"}),
        ("10", [(1, "0"), (2, "-3"), (3, "25")], {3: "10"}),
        ("0", [(1, "40")], {}),
    ],
)
def test_each_invoice_is_filled_before_the_next(amount, rooms, parts):
    found = spread(Decimal(amount), [(invoice, Decimal(room)) for invoice, room in rooms])
    assert found == {invoice: Decimal(part) for invoice, part in parts.items()}


@pytest.mark.parametrize(
    "amount, spare, held, parts",
    [
        ("30", "0", [(2, "25"), (1, "40")], {2: "25", 1: "5"}),
        ("50", "20", [(2, "10"), (1, "40")], {2: "10", 1: "20"}),
        ("20", "20", [(2, "10"), (1, "40")], {}),
        ("25", "0", [(2, "25"), (1, "40")], {2: "25"}),
        ("99", "0", [(2, "25"), (1, "40")], {2: "25", 1: "40"}),
    ],
)
def test_what_goes_back_empties_the_invoices_in_order(amount, spare, held, parts):
    taken = take_back(Decimal(amount), spare=Decimal(spare), held=[(one, Decimal(has)) for one, has in held])
    assert taken == {invoice: Decimal(part) for invoice, part in parts.items()}


UNSETTLED = SimpleNamespace(is_unsettled=True)
FINAL = SimpleNamespace(is_unsettled=False)


def ask(after, *answer, status=Status.STARTED, count=0):
    created_at = datetime(2026, 11, 19, 12, tzinfo=PARIS)
    question = next_question(answer, status=status, created_at=created_at, asked_count=count, at=created_at + after)
    wait = question.next_ask_at and question.next_ask_at - created_at
    return wait, question


@pytest.mark.parametrize(
    "after, count, wait",
    [
        (timedelta(seconds=25), 0, timedelta(minutes=12)),
        (timedelta(minutes=12), 1, timedelta(minutes=15)),
        (timedelta(minutes=14), 1, timedelta(minutes=15)),
        (timedelta(minutes=20), 2, timedelta(hours=1)),
        (timedelta(hours=3), 4, timedelta(hours=24)),
    ],
)
def test_nothing_yet_is_asked_again_on_the_schedule(after, count, wait):
    next_wait, question = ask(after)
    assert (next_wait, question.asked_count, question.nobody_paid) == (wait, count, False)


def test_impatient_questions_never_close_an_attempt():
    for second in range(20, 120):
        wait, question = ask(timedelta(seconds=second))
        assert wait == timedelta(minutes=12)
        assert not question.nobody_paid


@pytest.mark.parametrize("count", [0, 4])
def test_nothing_after_a_day_means_that_nobody_paid(count):
    wait, question = ask(timedelta(hours=24), count=count)
    assert wait is None
    assert question.nobody_paid
    assert not question.gave_up


def test_a_card_refused_at_once_leaves_room_for_another_try():
    wait, question = ask(timedelta(minutes=2), FINAL, status=Status.REFUSED)
    assert (wait, question.asked_count, question.nobody_paid) == (timedelta(minutes=12), 0, False)
    assert ask(timedelta(minutes=13), FINAL, status=Status.REFUSED)[0] is None


def test_what_is_authorised_is_asked_daily_until_it_is_captured():
    wait, question = ask(timedelta(days=2), UNSETTLED, status=Status.PAID, count=5)
    assert (wait, question.asked_count, question.gave_up, question.nobody_paid) == (timedelta(days=3), 5, False, False)
    assert ask(timedelta(days=3), FINAL, status=Status.PAID, count=5)[0] is None


def test_what_is_pending_follows_the_schedule_then_the_days():
    assert ask(timedelta(minutes=13), UNSETTLED, status=Status.PENDING)[0] == timedelta(minutes=15)
    assert ask(timedelta(days=2), UNSETTLED, status=Status.PENDING, count=5)[0] == timedelta(days=3)


def test_a_bank_that_forgets_a_payment_does_not_close_it():
    assert ask(timedelta(days=2), status=Status.PAID, count=5)[0] == timedelta(days=3)


def test_after_thirty_days_an_agent_looks():
    wait, question = ask(timedelta(days=30), UNSETTLED, status=Status.PAID, count=5)
    assert (wait, question.gave_up) == (timedelta(days=31), False)
    wait, question = ask(timedelta(days=30, seconds=1), UNSETTLED, status=Status.PAID, count=5)
    assert (wait, question.asked_count) == (None, 5)
    assert question.gave_up
