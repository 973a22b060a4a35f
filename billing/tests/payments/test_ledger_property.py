"""Whatever the order, the number and the loss of the bank's messages, the ledger ends with the money that moved."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Allocation, Payment, PayzenMessage
from billing.payzen.transactions import CREDIT
from billing.services import payments
from castres_portal.base import clock

from . import world

pytestmark = pytest.mark.django_db

# The lives that a transaction can lead, each word in the order in which it became true.
LIVES = [
    ["REFUSED"],
    ["AUTHORISED"],
    ["AUTHORISED", "CAPTURED"],
    ["AUTHORISED_TO_VALIDATE", "AUTHORISED", "CAPTURED"],
    ["UNDER_VERIFICATION", "REFUSED"],
    ["AUTHORISED", "CANCELLED"],
    ["AUTHORISED", "CAPTURED", "CAPTURE_FAILED"],
]
FINAL_MONEY = ("AUTHORISED", "CAPTURED")


@contextmanager
def one_example():
    """A transaction of its own for each example, in which outermost services may run."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@st.composite
def stories(draw):
    """One or two attempts; on each, refused cards then perhaps one that leads a life, and refunds of what was captured."""
    attempts = []
    for number in range(draw(st.sampled_from([2, 1, 2]))):
        refused = draw(st.sampled_from([0, 0, 1, 2]))
        lives = [(f"{number}r{each}", ["REFUSED"], 0) for each in range(refused)]
        if draw(st.sampled_from([True, True, True, False])):
            lives.append((f"{number}m", draw(st.sampled_from(LIVES)), 0))
        refunds = []
        if lives and lives[-1][1][-1] == "CAPTURED":
            refunds = [(f"{number}c{each}", draw(st.sampled_from([["AUTHORISED"], ["AUTHORISED", "CAPTURED"]])), cents)
                       for each, cents in enumerate(draw(st.lists(st.integers(1, 3000), max_size=2)))]  # fmt: skip
        attempts.append((lives, refunds))
    return attempts


def words_of(story, attempts):
    """Every message that the bank could send: (attempt, fields)."""
    for (lives, refunds), attempt in zip(story, attempts, strict=True):
        for key, statuses, _ in lives:
            yield from (world.word(attempt, status, trans_uuid=key.ljust(32, "0")) for status in statuses)
        for key, statuses, cents in refunds:
            for status in statuses:
                yield world.refund(attempt, cents, trans_status=status, trans_uuid=key.ljust(32, "0"))


def answers_of(story, attempts):
    """What the bank answers at the end: the last word of each transaction."""
    for (lives, refunds), attempt in zip(story, attempts, strict=True):
        for key, statuses, _ in lives:
            yield world.answer(attempt, statuses[-1], trans_uuid=key.ljust(32, "0"))
        for key, statuses, cents in refunds:
            yield world.answer(
                attempt, statuses[-1], trans_uuid=key.ljust(32, "0"), operation=CREDIT, amount_cents=cents,
                trans_id="930001", effective_amount_cents=cents,
            )  # fmt: skip


def money_that_moved(story, total):
    moved = Decimal(0)
    for lives, refunds in story:
        moved += sum(total for _, statuses, _ in lives if statuses[-1] in FINAL_MONEY)
        moved -= sum(Decimal(cents) / 100 for _, _, cents in refunds)
    return moved


def check_always(invoice):
    """What holds at every moment: a transaction is written once, the invoice never holds more than its total."""
    rows = Counter(Payment.objects.values_list("transaction_uuid", "kind"))
    assert all(count == 1 for count in rows.values())
    held = sum((share.amount for share in Allocation.objects.filter(invoice=invoice)), Decimal(0))
    assert 0 <= held <= invoice.total


def begin(story):
    family = world.household("F000001", "Martin")
    invoice = world.invoice(family)
    attempts = [
        world.attempt(invoice, at=world.CLICKED_AT + timedelta(minutes=number), confirmed=True)
        for number in range(len(story))
    ]
    return invoice, attempts


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), story=stories())
def test_lost_repeated_and_shuffled_messages_then_the_bank_s_answers(data, story, noon):
    with one_example():
        invoice, attempts = begin(story)
        words = list(words_of(story, attempts))
        if words:
            for fields in data.draw(st.lists(st.sampled_from(words), min_size=len(words), max_size=len(words) + 4)):
                world.apply(fields)
                check_always(invoice)

        bank = world.AskedBank(*answers_of(story, attempts))
        for attempt in attempts:
            payments.ask_about(attempt.pk, bank, at=clock.now())
        payments.apply_stored_messages(at=clock.now() + timedelta(minutes=1))

        check_always(invoice)
        assert world.ledger() == money_that_moved(story, invoice.total)
        assert not PayzenMessage.objects.filter(outcome=PayzenMessage.Outcome.STORED).exists()
        for attempt in attempts:
            attempt.refresh_from_db()
            credited = world.money_kept(attempt)
            assert (attempt.status == attempt.Status.PAID) is credited


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), story=stories())
def test_all_the_messages_in_any_order_without_asking_the_bank(data, story, noon):
    # What was called off after it was granted needs the bank's answer when its two words come the other way round.
    story = [
        ([life for life in lives if life[1][-1] in FINAL_MONEY or len(life[1]) == 1], refunds)
        for lives, refunds in story
    ]
    with one_example():
        invoice, attempts = begin(story)
        words = list(words_of(story, attempts))
        repeats = data.draw(st.lists(st.sampled_from(words), max_size=4)) if words else []
        for fields in data.draw(st.permutations(words + repeats)):
            world.apply(fields)
            check_always(invoice)
        payments.apply_stored_messages(at=clock.now() + timedelta(minutes=1))

        assert world.ledger() == money_that_moved(story, invoice.total)
