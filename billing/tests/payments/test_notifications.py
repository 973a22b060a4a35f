"""Law 4: a payment exists when PayZen's signed message says so, once, whatever the order and the number of messages."""

import json
import random
from datetime import datetime

import pytest
from django.core import serializers
from django.db import OperationalError
from post_office.models import Email

from billing.models import Anomaly, Payment, PaymentAttempt, PayzenMessage
from billing.payzen.notification import MAX_BODY_BYTES
from billing.payzen.signature import sign
from billing.services import payments
from billing.views import payments as views
from castres_portal.base import clock
from castres_portal.base.clock import PARIS

from . import world

pytestmark = pytest.mark.django_db

PAID = PaymentAttempt.Status.PAID


def reply(response):
    return response.status_code, response.content.decode()


def status(attempt):
    attempt.refresh_from_db()
    return attempt.status


def nothing_is_credited():
    return not Payment.objects.exists() and not Email.objects.exists()


# --- What credits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/paiement/payzen/ipn/", "/paiement/payzen/ipn"])
def test_the_bank_s_word_pays_the_invoice(attempt, invoice, path):
    assert reply(world.deliver(world.word(attempt), path=path)) == (200, "OK-applied")

    payment = Payment.objects.get()
    assert (payment.number, payment.amount, payment.family) == ("P2026-000001", invoice.total, invoice.family)
    assert (payment.transaction_uuid, payment.authorisation) == ("a" * 32, "3fcdd2")
    assert payment.authorised_at == attempt.created_at
    assert payment.captured_at is None
    assert world.owed(invoice) == 0
    assert status(attempt) == PAID
    assert not Anomaly.objects.exists()


def test_the_payer_receives_one_receipt_that_names_the_service(attempt, invoice):
    world.deliver(world.word(attempt))

    mail = Email.objects.get()
    assert mail.to == ["claire.martin@example.org"]
    assert "P2026-000001" in mail.subject
    for body in (mail.message, mail.html_message):
        for words in (
            "63,98",
            "2610000001",
            "accusé de réception",
            "Espace Famille",
            "05\u00a063\u00a062\u00a043\u00a044",
        ):
            assert words in body


def test_ten_identical_messages_credit_once(attempt, invoice):
    body = world.signed_body(world.word(attempt))
    replies = [reply(world.deliver_body(body)) for _ in range(10)]

    assert replies == [(200, "OK-applied")] + [(200, "OK-duplicate")] * 9
    assert Payment.objects.count() == PayzenMessage.objects.count() == Email.objects.count() == 1


def test_ten_writings_of_one_transaction_out_of_order_credit_once(attempt, invoice):
    statuses = ["AUTHORISED"] * 6 + ["CAPTURED"] * 4
    random.shuffle(statuses)
    for each in statuses:
        assert world.deliver(world.word(attempt, each)).status_code == 200

    assert world.ledger() == invoice.total
    assert Email.objects.count() == 1
    assert PayzenMessage.objects.filter(outcome="repete").count() == 9


def test_the_refusal_of_a_first_card_read_after_the_second_unpays_nothing(attempt, invoice):
    world.deliver(world.word(attempt, "AUTHORISED", trans_uuid="b" * 32))
    world.deliver(world.word(attempt, "REFUSED", trans_uuid="a" * 32))

    assert status(attempt) == PAID
    assert world.owed(invoice) == 0


def test_an_abandon_read_after_the_payment_unpays_nothing(attempt, invoice):
    world.deliver(world.word(attempt))
    world.deliver(world.abandon(attempt))

    assert status(attempt) == PAID
    assert world.owed(invoice) == 0


def test_a_payment_begun_in_time_is_credited_after_the_window_in_silence(attempt, invoice):
    world.show(world.CLOSES_AT.replace(month=12, day=3))
    world.deliver(world.word(attempt))

    assert world.owed(invoice) == 0
    assert not Anomaly.objects.exists()


def test_a_card_debited_long_after_the_window_is_credited_and_shown(attempt, invoice):
    world.show(datetime(2026, 12, 1, 7, 1, tzinfo=PARIS))
    world.deliver(world.word(attempt, effective_creation_date="20261201060000"))

    assert world.owed(invoice) == 0
    assert Anomaly.objects.get().kind == Anomaly.Kind.LATE_PAYMENT


# --- What does not credit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said, expected",
    [
        ("REFUSED", PaymentAttempt.Status.REFUSED),
        ("CANCELLED", PaymentAttempt.Status.REFUSED),
        ("AUTHORISED_TO_VALIDATE", PaymentAttempt.Status.PENDING),
        ("UNDER_VERIFICATION", PaymentAttempt.Status.PENDING),
        ("WAITING_AUTHORISATION", PaymentAttempt.Status.PENDING),
    ],
)
def test_a_word_that_is_no_payment_credits_nothing(attempt, said, expected):
    assert reply(world.deliver(world.word(attempt, said))) == (200, "OK-noted")

    assert status(attempt) == expected
    assert nothing_is_credited()
    assert not Anomaly.objects.exists()


def test_an_abandoned_page_credits_nothing(attempt):
    assert reply(world.deliver(world.abandon(attempt))) == (200, "OK-noted")
    assert status(attempt) == PaymentAttempt.Status.ABANDONED
    assert nothing_is_credited()


def test_a_payment_that_comes_after_the_abandon_is_credited(attempt, invoice):
    world.deliver(world.abandon(attempt))
    world.deliver(world.word(attempt))
    assert world.owed(invoice) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "6399", "effective_amount": "6399"},
        {"effective_amount": "100"},
        {"currency": "840"},
        {"trans_uuid": "-"},
        {"trans_status": "ACCEPTED"},
        {"trans_status": "PARTIALLY_AUTHORISED"},
        {"trans_status": "NOT_YET_DOCUMENTED"},
        {"operation_type": "VERIFICATION"},
        {"operation_type": "-"},
    ],
    ids=lambda changes: "-".join(f"{name}={value}" for name, value in changes.items()),
)
def test_money_that_does_not_fit_is_kept_shown_and_asked_about(attempt, invoice, changes):
    assert reply(world.deliver(world.word(attempt, **changes))) == (200, "OK-flagged")

    assert nothing_is_credited()
    assert world.owed(invoice) == invoice.total
    message = PayzenMessage.objects.get()
    assert message.attempt == attempt
    assert message.outcome == PayzenMessage.Outcome.FLAGGED
    anomaly = Anomaly.objects.get()
    assert anomaly.kind == Anomaly.Kind.MISMATCH
    assert (anomaly.attempt, anomaly.invoice, anomaly.family) == (attempt, invoice, invoice.family)
    # The family must not pay again meanwhile, and the bank is asked at the next pass.
    assert status(attempt) == PaymentAttempt.Status.PENDING
    assert attempt.next_ask_at <= clock.now()


@pytest.mark.parametrize("changes", [{"trans_id": "000777"}, {"trans_date": "20261119110601"}])
def test_another_writing_of_our_reference_is_credited_and_shown(attempt, invoice, changes):
    assert reply(world.deliver(world.word(attempt, **changes))) == (200, "OK-flagged")

    assert world.owed(invoice) == 0
    assert Anomaly.objects.get().kind == Anomaly.Kind.MISMATCH


def test_the_same_oddity_told_ten_times_is_shown_once(attempt):
    for _ in range(10):
        world.deliver(world.word(attempt, amount="6399", effective_amount="6399"))

    assert PayzenMessage.objects.count() == 10
    assert Anomaly.objects.count() == 1


@pytest.mark.parametrize("order", ["2610000001-9", "", "autre_boutique"])
def test_a_payment_that_nobody_asked_for_is_kept_and_shown(attempt, order):
    assert reply(world.deliver(world.word(attempt, order_id=order))) == (200, "OK-flagged")

    assert nothing_is_credited()
    assert Anomaly.objects.get().kind == Anomaly.Kind.UNKNOWN_ORDER
    assert PayzenMessage.objects.get().fields["vads_order_id"] == order


# --- Who may not speak ------------------------------------------------------------------------------------------------


def test_a_false_signature_stores_nothing(attempt, caplog):
    for _ in range(12):
        assert reply(world.deliver(world.word(attempt), key="une-autre-cle")) == (400, "KO-signature")

    assert nothing_is_credited()
    assert not PayzenMessage.objects.exists()
    # Said at the first and at the tenth, not twelve times.
    assert [record.getMessage() for record in caplog.records if "refusée" in record.getMessage()] == [
        "Notification refusée (signature)\u00a0: 1 en une heure",
        "Notification refusée (signature)\u00a0: 10 en une heure",
    ]
    assert status(attempt) == PaymentAttempt.Status.STARTED


def test_a_test_message_is_refused_in_production_even_well_signed(attempt, settings):
    test_key = settings.PAYZEN["KEY"]
    settings.PAYZEN = {
        **settings.PAYZEN,
        "MODE": "PRODUCTION",
        "KEY": "cle-de-production",
        "REST_PASSWORD": "",
        "REST_URL": "",
        "FORM_URL": "https://bank.example/vads-payment/",
    }
    assert reply(world.deliver(world.word(attempt), key=test_key)) == (400, "KO-mode")
    assert reply(world.deliver(world.word(attempt, ctx_mode="PRODUCTION"), key=test_key)) == (400, "KO-signature")
    assert nothing_is_credited()
    assert not PayzenMessage.objects.exists()


def test_another_shop_is_refused(attempt):
    assert reply(world.deliver(world.word(attempt, site_id="87654321"))) == (400, "KO-site")
    assert not PayzenMessage.objects.exists()


def test_a_message_changed_on_its_way_is_refused(attempt):
    body = world.signed_body(world.word(attempt)).replace(b"vads_amount=6398", b"vads_amount=1")
    assert reply(world.deliver_body(body)) == (400, "KO-signature")
    assert nothing_is_credited()


@pytest.mark.parametrize(
    "body, content_type, answer",
    [
        (b"a=1", "application/x-www-form-urlencoded", (400, "KO-incomplete")),
        (b"x" * (MAX_BODY_BYTES + 1), "application/x-www-form-urlencoded", (413, "KO-too-large")),
        (b"x" * 3_000_000, "application/x-www-form-urlencoded", (413, "KO-too-large")),
        (b"{}", "application/json", (415, "KO-content-type")),
    ],
    ids=["other", "large", "huge", "json"],
)
def test_what_is_no_message_is_refused(db, body, content_type, answer):
    assert reply(world.deliver_body(body, content_type=content_type)) == answer


@pytest.mark.parametrize("path", ["/paiement/payzen/ipn/", "/paiement/payzen/ipn"])
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_the_address_never_redirects(client, settings, path, method):
    settings.SECURE_SSL_REDIRECT = True
    assert getattr(client, method)(path).status_code == 405
    assert client.post(path).status_code in (400, 415)


def test_the_message_comes_over_plain_http_too(attempt, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert reply(world.deliver(world.word(attempt))) == (200, "OK-applied")


# --- What fails on our side -------------------------------------------------------------------------------------------


def test_when_it_cannot_be_kept_the_bank_is_asked_to_come_back(attempt, invoice, monkeypatch):
    body = world.signed_body(world.word(attempt))

    def down(*args, **kwargs):
        raise OperationalError("the database restarts")

    with monkeypatch.context() as broken:
        broken.setattr(views.payments, "store_notification", down)
        assert reply(world.deliver_body(body)) == (503, "KO-try-again")
    assert nothing_is_credited()

    assert reply(world.deliver_body(body)) == (200, "OK-applied")
    assert world.owed(invoice) == 0


def test_what_is_kept_but_not_applied_is_taken_up_by_the_sweep(attempt, invoice, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr("billing.services.payments.applying.queue_receipt", fail)
        assert reply(world.deliver(world.word(attempt))) == (200, "OK-stored")
        assert payments.apply_stored_messages(at=clock.now()) == 0, "the view may still be at it"
    assert nothing_is_credited()

    assert payments.apply_stored_messages(at=world.CLICKED_AT.replace(minute=8)) == 1
    assert world.owed(invoice) == 0
    assert payments.apply_stored_messages(at=world.CLICKED_AT.replace(minute=9)) == 0


def test_in_a_crowd_what_is_kept_is_left_to_the_worker(attempt, invoice, monkeypatch):
    woken, body = [], world.signed_body(world.word(attempt))
    monkeypatch.setattr("billing.views.payments.workload.busy", lambda: 0.9)
    with monkeypatch.context() as watched:
        watched.setattr("billing.views.payments.wake", lambda task, *args: woken.append((task, args)))
        assert reply(world.deliver_body(body)) == (200, "OK-stored")
    assert nothing_is_credited()

    for task, args in woken:
        task(*args)
    assert world.owed(invoice) == 0
    assert reply(world.deliver_body(body)) == (200, "OK-duplicate")


def test_a_repeat_applies_what_was_kept_only(attempt, invoice, monkeypatch):
    body = world.signed_body(world.word(attempt))
    with monkeypatch.context() as broken:
        broken.setattr("billing.services.payments.applying.queue_receipt", lambda *args, **kwargs: 1 / 0)
        world.deliver_body(body)

    assert reply(world.deliver_body(body)) == (200, "OK-applied")
    assert world.owed(invoice) == 0


def test_one_message_that_cannot_be_applied_does_not_hold_the_others_back(attempt, invoice, monkeypatch):
    stuck = PayzenMessage.objects.create(
        channel="rest", body_sha256="0" * 64, fields={"nonsense": 1}, received_at=world.CLICKED_AT
    )
    with monkeypatch.context() as broken:
        broken.setattr("billing.views.payments.payments.apply_message", lambda *args, **kwargs: 1 / 0)
        world.deliver(world.word(attempt))

    payments.apply_stored_messages(at=world.CLICKED_AT.replace(minute=8))

    assert world.owed(invoice) == 0
    stuck.refresh_from_db()
    assert stuck.outcome == PayzenMessage.Outcome.STORED


# --- What is kept -----------------------------------------------------------------------------------------------------


def test_no_card_number_nor_expiry_is_kept_anywhere(attempt):
    world.deliver(world.word(attempt))

    rows = [
        row
        for model in (PayzenMessage, Payment, PaymentAttempt, Anomaly, Email)
        for row in json.loads(serializers.serialize("json", model.objects.all()))
    ]
    text = json.dumps(rows)
    for secret in ("497010", "XXXXXX", "expiry", "2030", "card_number"):
        assert secret not in text


def test_a_notification_costs_few_queries(attempt, django_assert_max_num_queries):
    body = world.signed_body(world.word(attempt))
    with django_assert_max_num_queries(45):  # savepoints included
        world.deliver_body(body)


# --- A change of key --------------------------------------------------------------------------------------------------


@pytest.fixture
def new_key(attempt, settings):
    """The form left signed with the old key; the new one is in service since."""
    old = settings.PAYZEN["KEY"]
    settings.PAYZEN = {
        **settings.PAYZEN, "KEY": "nouvelle-cle", "PREVIOUS_KEY": old, "PREVIOUS_KEY_UNTIL": "2026-11-21",
    }  # fmt: skip
    return old


def test_a_message_on_its_way_during_a_change_of_key_is_not_lost(attempt, invoice, new_key):
    assert reply(world.deliver(world.word(attempt), key=new_key)) == (200, "OK-applied")
    assert PayzenMessage.objects.get().signed_with == PayzenMessage.Key.PREVIOUS
    assert world.owed(invoice) == 0


def test_messages_and_forms_of_the_new_key_are_the_rule(attempt, invoice, new_key):
    started = world.click(invoice, confirmed=True)
    assert started.form.fields["signature"] == sign(started.form.fields, "nouvelle-cle")
    assert reply(world.deliver(world.word(attempt))) == (200, "OK-applied")
    assert PayzenMessage.objects.get().signed_with == PayzenMessage.Key.CURRENT


def test_once_its_time_is_over_the_previous_key_opens_nothing(attempt, invoice, new_key):
    world.show(datetime(2026, 11, 22, 0, 0, tzinfo=PARIS))
    assert reply(world.deliver(world.word(attempt), key=new_key)) == (400, "KO-signature")
    assert not PayzenMessage.objects.exists()
    assert reply(world.deliver(world.word(attempt), key="une-autre-cle")) == (400, "KO-signature")
