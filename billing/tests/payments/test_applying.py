"""Money that does not simply come: too much, twice, given back, called off, in every order of the messages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from post_office.models import Email

from billing.models import Allocation, Anomaly, Payment, PaymentAttempt, PayzenMessage
from billing.services import payments
from castres_portal.base import clock

from . import world

pytestmark = pytest.mark.django_db
Kind = Payment.Kind


def anomalies():
    return list(Anomaly.objects.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def paid(attempt):
    world.deliver(world.word(attempt, "CAPTURED"))
    attempt.refresh_from_db()
    return attempt


@pytest.fixture
def two_attempts(invoice, martins):
    """Claire and Paul both went to the bank."""
    later = world.CLICKED_AT + timedelta(minutes=1)
    return world.attempt(invoice), world.attempt(invoice, user=world.parent(martins, 1), at=later, confirmed=True)


# --- Too much ---------------------------------------------------------------------------------------------------------


def test_the_second_of_two_parents_payments_is_kept_as_a_credit_and_shown(two_attempts, invoice):
    first, second = two_attempts
    world.deliver(world.word(first, trans_uuid="a" * 32))
    assert world.deliver(world.word(second, trans_uuid="b" * 32)).content == b"OK-applied"

    assert world.owed(invoice) == 0
    assert world.ledger() == 2 * invoice.total
    assert Allocation.objects.count() == 1
    anomaly = Anomaly.objects.get()
    assert anomaly.kind == Anomaly.Kind.OVERPAID
    assert "63,98\u00a0€ à rembourser" in anomaly.message
    assert sorted(mail.to[0] for mail in Email.objects.all()) == [
        "claire.martin@example.org",
        "paul.martin@example.org",
    ]
    assert "vous reste acquise" in Email.objects.latest("pk").message


def test_what_exceeds_the_debt_stays_the_family_s(attempt, invoice):
    counter = Payment.objects.create(
        number="G1", family=invoice.family, kind="paiement", means="carte", amount=60, received_at=world.CLICKED_AT
    )
    Allocation.objects.create(payment=counter, invoice=invoice, amount=60)

    world.deliver(world.word(attempt))

    payment = Payment.objects.get(attempt=attempt)
    assert payment.allocations.get().amount == Decimal("3.98")
    assert anomalies() == [Anomaly.Kind.OVERPAID]


def test_a_transaction_known_under_another_order_is_not_credited_twice(two_attempts):
    first, second = two_attempts
    world.deliver(world.word(first))
    assert world.deliver(world.word(second)).content == b"OK-flagged"
    assert world.ledger() == first.amount


# --- Given back -------------------------------------------------------------------------------------------------------


def test_a_refund_makes_the_invoice_owe_again(paid, invoice):
    assert world.deliver(world.refund(paid, 2000)).content == b"OK-applied"

    assert world.ledger() == invoice.total - 20
    assert world.owed(invoice) == 20
    assert anomalies() == [Anomaly.Kind.REFUND]
    assert "doit de nouveau 20,00" in Anomaly.objects.get().message
    paid.refresh_from_db()
    assert paid.status == PaymentAttempt.Status.PAID
    assert Email.objects.count() == 1, "the receipt of the payment, and no other"


def test_ten_messages_of_one_refund_take_once(paid, invoice):
    for _ in range(10):
        world.deliver(world.refund(paid, 2000))
    assert world.owed(invoice) == 20


def test_the_refund_of_what_was_too_much_leaves_the_invoice_paid(two_attempts, invoice):
    first, second = two_attempts
    world.deliver(world.word(first, trans_uuid="a" * 32))
    world.deliver(world.word(second, trans_uuid="b" * 32))
    world.deliver(world.refund(second, 6398))

    assert world.owed(invoice) == 0
    assert world.ledger() == invoice.total


def test_a_refund_beyond_what_was_asked_is_kept_and_shown(paid, invoice):
    assert world.deliver(world.refund(paid, 9999)).content == b"OK-flagged"
    assert world.owed(invoice) == 0
    assert anomalies() == [Anomaly.Kind.MISMATCH]


def test_a_refund_told_before_its_payment_waits_for_it(attempt, invoice):
    assert world.deliver(world.refund(attempt, 2000)).content == b"OK-waiting"
    assert world.ledger() == 0
    world.deliver(world.word(attempt, "CAPTURED"))

    payments.apply_stored_messages(at=clock.now() + timedelta(minutes=1))

    assert world.ledger() == invoice.total - 20
    assert world.owed(invoice) == 20


def test_a_refund_whose_payment_never_comes_ends_with_an_agent(attempt):
    world.deliver(world.refund(attempt, 2000))
    for day in range(1, 5):
        payments.apply_stored_messages(at=world.CLICKED_AT + timedelta(days=day))

    assert PayzenMessage.objects.get().outcome == PayzenMessage.Outcome.FLAGGED
    assert anomalies() == [Anomaly.Kind.MISMATCH]


def test_a_refund_called_off_gives_the_money_back_to_the_invoice(paid, invoice):
    world.deliver(world.refund(paid, 2000))
    world.deliver(world.refund(paid, 2000, trans_status="CANCELLED"))

    assert world.owed(invoice) == 0
    assert world.ledger() == invoice.total
    assert Payment.objects.get(kind=Kind.REVERSAL).amount == 20


# --- Called off -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["CANCELLED", "CAPTURE_FAILED", "EXPIRED", "REFUSED"])
def test_a_payment_called_off_by_the_bank_is_reversed_and_shown(attempt, invoice, status):
    world.deliver(world.word(attempt))
    for _ in range(3):
        world.deliver(world.word(attempt, status, url_check_src="BATCH"))

    assert world.ledger() == 0
    assert world.owed(invoice) == invoice.total
    assert anomalies() == [Anomaly.Kind.REVERSED]
    attempt.refresh_from_db()
    assert attempt.status == PaymentAttempt.Status.REFUSED
    assert world.attempt(invoice).order_id == "2610000001-2", "the family can pay again"


def test_the_late_copy_of_an_accord_does_not_revive_what_was_called_off(attempt, invoice):
    world.deliver(world.word(attempt))
    world.deliver(world.word(attempt, "CANCELLED"))
    assert world.deliver(world.word(attempt, "AUTHORISED")).content == b"OK-noted"

    assert world.ledger() == 0
    attempt.refresh_from_db()
    assert attempt.status == PaymentAttempt.Status.REFUSED
    assert attempt.next_ask_at <= clock.now()


def test_an_accord_read_after_its_cancellation_waits_for_the_bank_s_answer(attempt, invoice):
    world.deliver(world.word(attempt, "CANCELLED"))
    world.deliver(world.word(attempt, "AUTHORISED"))
    assert world.ledger() == 0

    payments.ask_about(attempt.pk, world.AskedBank(world.answer(attempt, "CANCELLED")), at=clock.now())
    assert world.ledger() == 0

    payments.ask_about(attempt.pk, world.AskedBank(world.answer(attempt, "CAPTURED")), at=clock.now())
    assert world.ledger() == invoice.total, "the bank itself says that the money is there"


def test_a_bank_that_takes_back_its_cancellation_is_shown_to_an_agent(attempt):
    world.deliver(world.word(attempt))
    world.deliver(world.word(attempt, "CANCELLED"))
    payments.ask_about(attempt.pk, world.AskedBank(world.answer(attempt, "CAPTURED")), at=clock.now())

    assert world.ledger() == 0
    assert anomalies() == [Anomaly.Kind.REVERSED, Anomaly.Kind.MISMATCH]


def test_the_reversal_of_a_payment_partly_kept_as_credit_takes_each_part_back(two_attempts, invoice):
    first, second = two_attempts
    world.deliver(world.word(first, trans_uuid="a" * 32))
    world.deliver(world.word(second, trans_uuid="b" * 32))
    world.deliver(world.word(second, "CANCELLED", trans_uuid="b" * 32))

    assert world.owed(invoice) == 0
    assert world.ledger() == invoice.total


# --- Pending ----------------------------------------------------------------------------------------------------------


def test_a_payment_to_validate_is_credited_once_validated(attempt, invoice):
    world.deliver(world.word(attempt, "AUTHORISED_TO_VALIDATE"))
    assert world.ledger() == 0
    world.deliver(world.word(attempt, "AUTHORISED", url_check_src="MERCH_BO"))
    assert world.owed(invoice) == 0


def test_a_message_applied_twice_changes_nothing_more(attempt, invoice):
    world.deliver(world.word(attempt))
    message = PayzenMessage.objects.get()
    again = payments.apply_message(message.pk, at=clock.now())
    assert again.outcome == PayzenMessage.Outcome.APPLIED
    assert world.ledger() == invoice.total
