"""Two at once. Each lock has its pair: the race as it happens without it, then the same with it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from billing.models import Allocation, Invoice, Payment, PaymentAttempt, PayzenMessage
from billing.services.payments import PaymentInProgress, applying, ledger, starting
from castres_portal.base.tests.races import at_once, expect_both, meeting_after, meeting_before

from . import world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def unlocked_invoices(invoice_ids):
    return list(Invoice.objects.filter(pk__in=invoice_ids).order_by("pk"))


def unlocked_attempt(order_id):
    return PaymentAttempt.objects.get(order_id=order_id)


# --- Two notifications of one transaction -----------------------------------------------------------------------------


@pytest.fixture
def two_writings(attempt, monkeypatch):
    """Two messages that differ (one was sent again by hand), read by both before either writes."""
    monkeypatch.setattr(applying._Application, "_recorded", meeting_after(applying._Application._recorded))
    bodies = [world.signed_body(world.word(attempt, url_check_src=source)) for source in ("PAY", "BO")]
    return [lambda body=body: world.deliver_body(body).content for body in bodies]


def test_without_the_lock_the_second_message_falls_on_the_constraint(two_writings, invoice, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(applying, "lock_attempt", unlocked_attempt)
    assert sorted(at_once(*two_writings)) == [b"OK-applied", b"OK-stored"]
    assert world.ledger() == invoice.total


def test_with_the_lock_the_second_message_finds_the_payment(two_writings, invoice):
    assert sorted(at_once(*two_writings)) == [b"OK-already-known", b"OK-applied"]
    assert world.ledger() == invoice.total


def test_ten_copies_of_one_message_at_once_credit_once(attempt, invoice, settings):
    settings.WEB_THREADS = 100  # none of them is left to the worker
    body = world.signed_body(world.word(attempt))
    replies = at_once(*[lambda: world.deliver_body(body).content] * 10)
    assert set(replies) <= {b"OK-applied", b"OK-duplicate"}
    assert (Payment.objects.count(), PayzenMessage.objects.count()) == (1, 1)
    assert world.owed(invoice) == 0


# --- Two parents' payments of one invoice -----------------------------------------------------------------------------


@pytest.fixture
def two_payments(invoice, martins, monkeypatch):
    """Both parents paid, each on an attempt of his own; both messages read what the invoice owes before either writes."""
    first = world.attempt(invoice)
    later = world.CLICKED_AT + timedelta(minutes=1)
    second = world.attempt(invoice, user=world.parent(martins, 1), at=later, confirmed=True)
    monkeypatch.setattr(ledger, "owed_each", meeting_after(ledger.owed_each))
    bodies = [
        world.signed_body(world.word(attempt, trans_uuid=key * 32)) for attempt, key in [(first, "a"), (second, "b")]
    ]
    return [lambda body=body: world.deliver_body(body).content for body in bodies]


def held(invoice):
    return sum((share.amount for share in Allocation.objects.filter(invoice=invoice)), Decimal(0))


def test_without_the_lock_an_invoice_is_paid_twice(two_payments, invoice, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(ledger, "lock_invoices", unlocked_invoices)
    at_once(*two_payments)
    assert held(invoice) == 2 * invoice.total


def test_with_the_lock_the_second_payment_is_the_family_s_credit(two_payments, invoice):
    assert at_once(*two_payments) == [b"OK-applied", b"OK-applied"]
    assert held(invoice) == invoice.total
    assert world.ledger() == 2 * invoice.total


# --- Two clicks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_clicks(invoice, martins, monkeypatch):
    """Both parents click at once; both look for an attempt in progress and count the attempts before either begins one."""
    monkeypatch.setattr(starting, "_take_trans_id", meeting_before(starting._take_trans_id))
    return [lambda place=place: world.attempt(invoice, user=world.parent(martins, place)) for place in (0, 1)]


def test_without_the_lock_the_second_click_falls_on_the_constraint(two_clicks, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(starting, "lock_invoices", unlocked_invoices)
    assert [each for each in map(type, at_once(*two_clicks)) if each is not PaymentAttempt] == [IntegrityError]


def test_with_the_lock_the_second_click_is_warned(two_clicks):
    assert [each for each in map(type, at_once(*two_clicks)) if each is not PaymentAttempt] == [PaymentInProgress]
    assert PaymentAttempt.objects.count() == 1


# --- Two workers ------------------------------------------------------------------------------------------------------


def test_two_workers_share_the_attempts_and_ask_once_each(martins, noon):
    from billing.services import payments

    for place in range(8):
        world.attempt(world.invoice(world.household(f"F1000{place}", f"Demo{place}"), f"261000020{place}"))
    due = world.CLICKED_AT + timedelta(minutes=12)
    banks = [world.AskedBank(), world.AskedBank()]

    at_once(*[lambda bank=bank: payments.reconcile(lambda: due, bank) for bank in banks])

    asked = [order for bank in banks for order in bank.asked]
    assert len(asked) == len(set(asked)) == 8
