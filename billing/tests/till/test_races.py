"""Two at once at the counter. Each lock has its pair: the race as it happens without it, then the same with it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError

from billing.models import Allocation, Invoice, Payment, TillClosing, TreasuryHandover
from billing.services.payments import ledger
from billing.services.till import TillRefused, closing, collecting, reversing
from billing.services.till.closing import close_till
from billing.services.unpaid import treasury
from billing.tests.payments import world
from castres_portal.base.tests.races import at_once, expect_both, meeting_after, meeting_before

from .world import NOON, regisseur, take

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def unlocked(invoice_ids):
    return list(Invoice.objects.filter(pk__in=invoice_ids))


def held(invoice):
    return sum((share.amount for share in Allocation.objects.filter(invoice=invoice)), Decimal(0))


@pytest.fixture
def owing(settings):
    """The Martins owe 63.98 €; the régisseur is there."""
    settings.PORTAL_CLOCK = settings.PORTAL_CLOCK
    world.show(world.CLICKED_AT)
    regisseur()
    return world.invoice(world.household("F000001", "Martin"))


# --- The counter and a card, for one invoice ----------------------------------------------------------------------------


@pytest.fixture
def counter_and_card(owing, monkeypatch):
    """The card's message and the régisseur both know what is owed before either writes."""
    attempt = world.attempt(owing)
    body = world.signed_body(world.word(attempt))
    slow = meeting_before(ledger.receipt_number)
    monkeypatch.setattr(ledger, "receipt_number", slow)
    monkeypatch.setattr(collecting, "receipt_number", slow)
    return [lambda: take(owing, "especes"), lambda: world.deliver_body(body).content]


def test_without_the_lock_counter_and_card_both_pay_the_invoice(counter_and_card, owing, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(ledger, "lock_invoices", unlocked)
    monkeypatch.setattr(collecting, "lock_invoices", unlocked)
    at_once(*counter_and_card)
    assert held(owing) == 2 * owing.total


def test_with_the_lock_the_invoice_is_paid_once(counter_and_card, owing):
    at_once(*counter_and_card)
    assert held(owing) == owing.total  # the counter was first and the card is a credit, or the counter is refused
    assert world.ledger() in (owing.total, 2 * owing.total)


# --- A double click -----------------------------------------------------------------------------------------------------


@pytest.fixture
def double_click(owing, monkeypatch):
    form = uuid4()
    monkeypatch.setattr(collecting, "_known", meeting_after(collecting._known))
    return [lambda: take({owing: "10.00"}, "especes", submission=form) for _ in range(2)]


def test_without_the_lock_the_second_click_falls_on_the_constraint(double_click, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(collecting, "lock_invoices", unlocked)
    assert [type(each) for each in at_once(*double_click) if isinstance(each, Exception)] == [IntegrityError]
    assert Payment.objects.count() == 1


def test_with_the_lock_the_second_click_finds_the_payment(double_click):
    assert sorted(each.is_new for each in at_once(*double_click)) == [False, True]
    assert Payment.objects.count() == 1


# --- Two reversals ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_reversals(owing, monkeypatch):
    payment = take(owing, "especes").payment
    monkeypatch.setattr(reversing, "_check", meeting_after(reversing._check))

    def deed():
        return reversing.reverse_collection(payment=payment, cause="erreur", reason="x", by=regisseur(), at=NOON)

    return [deed, deed]


def test_without_the_lock_the_second_reversal_falls_on_the_constraint(two_reversals, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(reversing, "lock_payments", lambda ids: list(Payment.objects.filter(pk__in=ids)))
    monkeypatch.setattr(reversing, "lock_invoices", unlocked)
    assert [type(each) for each in at_once(*two_reversals) if isinstance(each, Exception)] == [IntegrityError]


def test_with_the_lock_the_second_reversal_is_refused(two_reversals, owing):
    assert [type(each) for each in at_once(*two_reversals) if isinstance(each, Exception)] == [TillRefused]
    assert held(owing) == 0


# --- Two closings -------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_closings(owing, monkeypatch):
    take(owing, "cheque")
    monkeypatch.setattr(closing, "cash_book", meeting_after(closing.cash_book))
    return [lambda: close_till(cash_counted=Decimal("50.00"), by=regisseur(), at=NOON) for _ in range(2)]


def test_without_the_lock_two_closings_fall_on_the_constraint(two_closings, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(closing, "lock_till", lambda: None)
    assert [type(each) for each in at_once(*two_closings) if isinstance(each, Exception)] == [IntegrityError]


def test_with_the_lock_the_second_closing_finds_nothing(two_closings):
    assert [type(each) for each in at_once(*two_closings) if isinstance(each, Exception)] == [TillRefused]
    assert TillClosing.objects.get().closed_payments.count() == 1


# --- Handed over while it is paid ---------------------------------------------------------------------------------------


@pytest.fixture
def paid_while_handed_over(owing, monkeypatch, settings):
    settings.UNPAID = {**settings.UNPAID, "treasury_days": 0}
    owing.reminders.create(rank=1, planned_at=NOON, settled_at=NOON, owed=owing.total, mails=1)
    late = world.CLOSES_AT.replace(month=12, day=20)
    # Both have read what is owed when they take their number.
    slow = meeting_before(treasury.take_numbers)
    monkeypatch.setattr(ledger, "take_numbers", slow)
    monkeypatch.setattr(treasury, "take_numbers", slow)

    def give():
        return treasury.hand_over(invoices=[owing.pk], by=regisseur(), at=late, today=late.date())

    return [lambda: take(owing, "especes", at=late), give]


def test_without_the_lock_an_invoice_is_paid_and_handed_over(paid_while_handed_over, owing, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(collecting, "lock_invoices", unlocked)
    monkeypatch.setattr(treasury, "lock_invoices", unlocked)
    at_once(*paid_while_handed_over)
    assert held(owing) == owing.total
    assert TreasuryHandover.objects.count() == 1


def test_with_the_lock_one_of_the_two_is_refused(paid_while_handed_over, owing):
    at_once(*paid_while_handed_over)
    assert (held(owing) > 0) != TreasuryHandover.objects.exists()
