"""The whole road against the stand-in for PayFiP, which shares no code with the portal: each result, each fault."""

import threading
from datetime import timedelta

import pytest
import requests

from billing.models import Anomaly, Payment, PaymentAttempt, PayzenMessage
from billing.payfip.simulator.server import Running
from billing.services import payments
from billing.services.payments import PaymentRefused
from castres_portal.base import clock

from . import world
from .test_pages import words

Status = PaymentAttempt.Status
PAYFIP = "payfip"
NUMCLI = "006382"


@pytest.fixture
def payfip(settings, live_server):
    running = Running(NUMCLI, now=clock.now, late_seconds=0.05).start()
    settings.SITE_URL = live_server.url
    settings.PAYMENT_PROVIDERS = ["payzen", "payfip"]
    settings.PAYFIP = {
        "NUMCLI": NUMCLI, "SAISIE": "T", "SERVICE_URL": running.service_url, "PAYMENT_URL": running.payment_url,
    }  # fmt: skip
    yield running.app
    running.stop()


@pytest.fixture
def invoice(payfip, transactional_db, noon):
    return world.invoice(world.household("F000001", "Martin"))


@pytest.fixture
def started(invoice):
    return payments.start_payment(
        invoice_ids=[invoice.pk],
        family=invoice.family,
        user=world.parent(invoice.family),
        at=world.CLICKED_AT,
        provider=PAYFIP,
    )


@pytest.fixture
def attempt(started):
    return started.attempt


def ends(payfip, attempt, result, fault="normal"):
    """The payer presses a button of PayFiP's page."""
    payfip.book.fault = fault
    payfip.decide(payfip.book.find(attempt.bank_operation), result)


def asked(attempt, minutes=0):
    """The worker asks what is due."""
    at = clock.now() + timedelta(minutes=minutes)
    payments.reconcile(lambda: at)
    attempt.refresh_from_db()
    return attempt.status


pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


def test_the_payer_leaves_for_an_operation_of_the_exact_amount(started, payfip, invoice):
    attempt, operation = started.attempt, payfip.book.latest()[0]

    assert (started.form.method, started.form.fields) == ("get", {"idop": operation.idop})
    assert (attempt.bank_operation, attempt.order_id, attempt.trans_id) == (operation.idop, "2610000001P001", "")
    said = operation.asked
    assert (said["montant"], said["refdet"], said["exer"], said["saisie"]) == ("6398", "2610000001P001", "2026", "T")
    assert said["objet"] == "Facture 2610000001"
    page = requests.get(started.form.action_url, params=started.form.fields, timeout=10)
    assert "63,98" in page.text


@pytest.mark.parametrize(
    "result, status, means",
    [
        ("P", Status.PAID, "carte"),
        ("V", Status.PAID, "prelevement"),
        ("R", Status.REFUSED, None),
        ("Z", Status.REFUSED, None),
        ("A", Status.ABANDONED, None),
    ],
)
def test_each_result(payfip, attempt, invoice, result, status, means):
    ends(payfip, attempt, result)
    assert payfip.told == [(attempt.bank_operation, 200)]
    assert world.ledger() == 0, "a notification proves nothing"

    assert asked(attempt) == status
    assert world.owed(invoice) == (0 if means else invoice.total)
    assert [payment.means for payment in Payment.objects.all()] == ([means] if means else [])


@pytest.mark.parametrize("fault", ["silent", "forged", "late", "duplicated"])
def test_whatever_the_notification_the_money_is_credited_once(payfip, attempt, invoice, fault):
    ends(payfip, attempt, "P", fault)
    for thread in threading.enumerate():
        if thread.name.startswith("Thread-") and "_tell_late" in thread.name:
            thread.join()
    assert asked(attempt, minutes=13) == Status.PAID
    assert asked(attempt, minutes=60) == Status.PAID
    assert (Payment.objects.count(), world.owed(invoice)) == (1, 0)


@pytest.mark.parametrize("fault, word", [("altered", "montant"), ("other_regie", "boutique")])
def test_an_answer_that_differs_is_kept_and_shown_and_credits_nothing(payfip, attempt, fault, word):
    ends(payfip, attempt, "P", fault)
    assert asked(attempt) != Status.PAID
    assert world.ledger() == 0
    assert word in Anomaly.objects.get(kind=Anomaly.Kind.MISMATCH).message
    assert PayzenMessage.objects.get().channel == "payfip"


def test_a_forged_notification_is_turned_away_and_a_true_one_asks_only(attempt, payfip, client):
    assert client.post("/paiement/payfip/notification/", {"idop": "0" * 36}).status_code == 404
    assert client.post("/paiement/payfip/notification/").status_code == 404
    for path in ("/paiement/payfip/notification/", "/paiement/payfip/notification"):
        reply = client.post(path, {"idOp": attempt.bank_operation, "resultrans": "P"})
        assert (reply.status_code, reply.content) == (200, b"OK-asking")
    assert client.put("/paiement/payfip/notification/").status_code == 405
    assert asked(attempt) == Status.STARTED, "nobody has paid yet"
    assert world.ledger() == 0


def test_a_card_refused_then_accepted_on_the_same_page_is_paid(payfip, attempt, invoice):
    ends(payfip, attempt, "R")
    assert asked(attempt) == Status.REFUSED
    ends(payfip, attempt, "P")
    assert asked(attempt) == Status.PAID
    assert world.owed(invoice) == 0


def test_who_never_paid_is_asked_about_until_payfip_forgets_then_left(payfip, attempt):
    assert asked(attempt, minutes=30) == Status.STARTED
    world.show(world.CLICKED_AT + timedelta(hours=25))
    payfip.book.clean(clock.now())
    assert asked(attempt) == Status.ABANDONED
    assert attempt.next_ask_at is None


def test_without_an_answer_the_family_is_told_and_may_take_the_other_way(payfip, invoice, client):
    payfip.book.fault = "down"
    client.force_login(world.parent(invoice.family))
    said = client.post(f"/factures/{invoice.number}/payer/", {"service": PAYFIP}, follow=True)
    assert "PayFiP ne répond pas" in words(said)
    assert PaymentAttempt.objects.get().status == Status.ABANDONED

    assert b"vads_amount" in client.post(f"/factures/{invoice.number}/payer/", {"service": "payzen"}).content


def test_a_service_that_is_down_at_the_question_changes_nothing(payfip, attempt):
    ends(payfip, attempt, "P", "down")
    assert asked(attempt) == Status.STARTED
    payfip.book.fault = "normal"
    assert asked(attempt, minutes=6) == Status.PAID


def test_the_family_chooses_when_the_town_opened_both(payfip, invoice, client, settings):
    client.force_login(world.parent(invoice.family))
    page = client.get(f"/factures/{invoice.number}/").content.decode()
    assert page.count('type="radio" name="service"') == 2
    leaving = client.post(f"/factures/{invoice.number}/payer/", {"service": PAYFIP}).content.decode()
    assert f'<form method="get" action="{settings.PAYFIP["PAYMENT_URL"]}"' in leaving

    settings.PAYMENT_PROVIDERS = ["payfip"]
    assert 'name="service"' not in client.get(f"/factures/{invoice.number}/").content.decode()
    with pytest.raises(PaymentRefused, match="plus proposé"):
        payments.start_payment(
            invoice_ids=[invoice.pk],
            family=invoice.family,
            user=world.parent(invoice.family),
            at=world.CLICKED_AT,
            provider="payzen",
        )


def test_a_payer_whom_payfip_sends_back_by_a_form_comes_again_by_an_address(attempt, client):
    back = client.post(f"/paiement/retour/{attempt.reference}/", {"idop": attempt.bank_operation})
    assert (back.status_code, back.headers["Location"]) == (302, f"/paiement/retour/{attempt.reference}/")
