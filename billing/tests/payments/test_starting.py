"""The click on « Payer ma facture »: what is asked of the bank, and what is refused before it."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Allocation, Invoice, Payment, PaymentAttempt
from billing.payzen.config import payzen_config
from billing.payzen.signature import is_signed
from billing.services.payments import PaymentInProgress, PaymentRefused
from castres_portal.base.models import Counter

from . import world

pytestmark = pytest.mark.django_db


def test_the_form_asks_for_what_the_invoice_owes_and_nothing_else(invoice):
    started = world.click(invoice)

    fields = started.form.fields
    assert fields["vads_amount"] == "6398"
    assert fields["vads_order_id"] == "2610000001-1"
    assert fields["vads_trans_id"] == "000000"
    assert fields["vads_trans_date"] == "20261119110600"
    assert fields["vads_url_check"] == "http://testserver/paiement/payzen/ipn/"
    assert fields["vads_url_return"] == f"http://testserver/paiement/retour/{started.attempt.reference}/"
    assert is_signed(fields, payzen_config().key, payzen_config().algorithm)
    assert not any("martin" in value.lower() for name, value in fields.items() if name != "vads_cust_email")


def test_the_attempt_keeps_what_was_asked(invoice):
    attempt = world.attempt(invoice)

    assert (attempt.amount, attempt.mode, attempt.site_id) == (invoice.total, "TEST", "12345678")
    assert attempt.status == PaymentAttempt.Status.STARTED
    assert attempt.next_ask_at == world.CLICKED_AT + timedelta(minutes=12)
    assert len(attempt.reference) == 32


def test_what_was_paid_already_is_not_asked_again(invoice):
    first = world.attempt(invoice)
    paid = Payment.objects.create(
        number="P1", family=invoice.family, kind="paiement", means="carte", amount=20, attempt=first,
        received_at=world.CLICKED_AT,
    )  # fmt: skip
    Allocation.objects.create(payment=paid, invoice=invoice, amount=20)

    assert world.click(invoice, confirmed=True).form.fields["vads_amount"] == "4398"


@pytest.mark.parametrize(
    "at, reason",
    [
        (world.OPENS_AT - timedelta(seconds=1), "ouvre le"),
        (world.CLOSES_AT + timedelta(seconds=1), "fermé depuis"),
    ],
)
def test_outside_its_window_an_invoice_cannot_be_paid(invoice, at, reason):
    with pytest.raises(PaymentRefused, match=reason):
        world.click(invoice, at=at)
    assert not PaymentAttempt.objects.exists()

    world.click(invoice, at=world.OPENS_AT)  # the same click inside it


def test_a_paid_invoice_cannot_be_paid_again(attempt, invoice):
    world.deliver(world.word(attempt))

    with pytest.raises(PaymentRefused, match="déjà réglée"):
        world.click(invoice, confirmed=True)


def test_another_family_s_invoice_does_not_exist(invoice, durands):
    from billing.services.payments import start_payment

    with pytest.raises(Invoice.DoesNotExist):
        start_payment(invoice_ids=[invoice.pk], family=durands, user=world.parent(durands), at=world.CLICKED_AT)


def test_a_second_click_is_warned_then_allowed(attempt, invoice):
    later = world.CLICKED_AT + timedelta(minutes=3)
    with pytest.raises(PaymentInProgress):
        world.click(invoice, at=later)

    second = world.attempt(invoice, at=later, confirmed=True)

    assert (second.order_id, second.trans_id) == ("2610000001-2", "000001")


def test_once_the_bank_s_page_is_closed_nobody_is_warned(attempt, invoice):
    assert world.attempt(invoice, at=world.CLICKED_AT + timedelta(minutes=12)).order_id == "2610000001-2"


def test_a_refused_card_is_tried_again_without_warning(attempt, invoice):
    world.deliver(world.word(attempt, "REFUSED"))

    assert world.attempt(invoice, at=world.CLICKED_AT + timedelta(minutes=1)).order_id == "2610000001-2"


def test_the_bank_s_numbers_start_again_at_midnight_utc(martins, noon):
    before = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)
    ids = []
    for place, at in enumerate([before, before, before + timedelta(seconds=1)]):
        family = world.household(f"F00001{place}", f"Demo{place}")
        ids.append(world.attempt(world.invoice(family, f"261000010{place}"), at=at).trans_id)
    assert ids == ["000000", "000001", "000000"]


def test_when_the_day_s_numbers_are_used_up_the_family_is_told(invoice):
    Counter.objects.create(series="payzen-12345678-TEST-2026-11-19", value=900_000)
    with pytest.raises(PaymentRefused, match="Réessayez demain"):
        world.click(invoice)
    assert Counter.objects.get(series="payzen-12345678-TEST-2026-11-19").value == 900_000


def test_without_a_bank_the_family_is_told_and_nothing_is_written(invoice, settings):
    settings.PAYZEN = {**settings.PAYZEN, "KEY": ""}
    with pytest.raises(PaymentRefused, match="indisponible"):
        world.click(invoice)
    assert not PaymentAttempt.objects.exists()
