"""The whole road against the test bank's own process, which shares no code with the portal: each outcome, each fault."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import requests

from billing.models import Anomaly, DailyLine, Payment, PaymentAttempt, PayzenMessage
from billing.payzen.simulator.tests.bank import Bank, start_bank, wait_until
from billing.payzen.simulator.tests.merchant import KEY, REST_PASSWORD, SITE_ID
from billing.services import daily, payments
from castres_portal.base import clock

from . import world

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

Status = PaymentAttempt.Status


@pytest.fixture(scope="module")
def running_bank(tmp_path_factory, live_server):
    folder = tmp_path_factory.mktemp("banque")
    bank = start_bank(folder / "donnees", folder / "horloge", rule_url=f"{live_server.url}{world.IPN}")
    yield bank
    bank.process.kill()
    bank.process.wait()


@pytest.fixture
def bank(running_bank: Bank, live_server, settings):
    """The bank, emptied, and the portal told of it; both show 19 November 2026, 12:06."""
    running_bank.clock.write_text("2026-11-19T12:06")
    running_bank.control("effacer/")
    settings.PORTAL_CLOCK = f"file:{running_bank.clock}"
    settings.SITE_URL = live_server.url
    settings.PAYZEN = {
        "SITE_ID": SITE_ID,
        "MODE": "TEST",
        "KEY": KEY,
        "ALGORITHM": "sha256",
        "FORM_URL": f"{running_bank.url}vads-payment/",
        "REST_URL": f"{running_bank.url}api-payment/V4/",
        "REST_PASSWORD": REST_PASSWORD,
    }
    return running_bank


@pytest.fixture
def invoice(bank, db):
    return world.invoice(world.household("F000001", "Martin"))


@pytest.fixture
def attempt(bank, invoice):
    """Claire clicked, and stands on the bank's page."""
    started = world.click(invoice, at=clock.now())
    page = requests.post(started.form.action_url, data=started.form.fields, timeout=20)
    assert page.status_code == 200, page.text
    return started.attempt


def choose(bank, attempt, outcome="accept", fault="normal", **more):
    return bank.control(f"commandes/{attempt.order_id}/choisir/", outcome=outcome, fault=fault, **more)


def operate(bank, attempt, operation, **body):
    key = bank.order(attempt.order_id)["payments"][0]["transactions"][0]["uuid"]
    return bank.control(f"transactions/{key}/{operation}/", **body)


def answers(bank, attempt):
    """What the portal answered to each notification."""
    sent = bank.order(attempt.order_id)["payments"][0]["notifications"]
    return [(each["http_status"], each["answer"]) for each in sent]


def reconcile(bank, after: timedelta):
    """Both clocks move on, and the portal asks."""
    at = world.CLICKED_AT + after
    bank.clock.write_text(f"{at:%Y-%m-%dT%H:%M:%S}")
    return payments.reconcile(clock.now)


def state(attempt):
    attempt.refresh_from_db()
    return attempt.status


def kinds():
    return sorted(Anomaly.objects.values_list("kind", flat=True))


@pytest.mark.parametrize(
    "outcome, status, credited",
    [
        ("accept", Status.PAID, True),
        ("to_validate", Status.PENDING, False),
        ("under_verification", Status.PENDING, False),
    ],
)
def test_each_answer_of_the_bank(bank, attempt, invoice, outcome, status, credited):
    choose(bank, attempt, outcome)
    assert answers(bank, attempt) == [(200, "OK-applied" if credited else "OK-noted")]
    assert state(attempt) == status
    assert (world.owed(invoice) == 0) is credited


@pytest.mark.parametrize(
    "outcome, status",
    [
        ("refuse", Status.REFUSED),
        ("fail_3ds", Status.REFUSED),
        ("cancel", Status.ABANDONED),
        ("expire", Status.ABANDONED),
    ],
)
def test_each_way_not_to_pay_told_when_the_rules_are_on(bank, attempt, outcome, status):
    bank.set(rule_declined=True, rule_cancellation=True)
    choose(bank, attempt, outcome)
    assert state(attempt) == status
    assert world.ledger() == 0


@pytest.mark.parametrize("outcome", ["cancel", "expire"])
def test_what_is_told_by_nobody_ends_abandoned_after_a_day(bank, attempt, outcome):
    choose(bank, attempt, outcome)
    reconcile(bank, timedelta(minutes=13))
    assert state(attempt) == Status.STARTED
    reconcile(bank, timedelta(hours=25))
    assert state(attempt) == Status.ABANDONED


def test_a_second_card_after_a_refused_one_pays(bank, attempt, invoice):
    bank.set(rule_declined=True)
    choose(bank, attempt, "refuse")
    choose(bank, attempt, "accept")
    assert world.owed(invoice) == 0
    assert state(attempt) == Status.PAID


@pytest.mark.parametrize(
    "fault, told",
    [
        ("normal", [(200, "OK-applied")]),
        ("lost", [(None, "")]),
        ("out_of_order", [(200, "OK-applied"), (200, "OK-noted")]),
        ("bad_signature", [(400, "KO-signature")]),
        ("other_site", [(400, "KO-site")]),
        ("other_mode", [(400, "KO-mode")]),
        ("altered_amount", [(200, "OK-flagged")]),
        ("unknown_status", [(200, "OK-flagged")]),
        ("extra_field", [(200, "OK-applied")]),
        ("missing_uuid", [(200, "OK-flagged")]),
    ],
)
def test_whatever_happens_to_the_notification_the_payment_is_credited_once(bank, attempt, invoice, fault, told):
    choose(bank, attempt, "accept", fault)
    assert answers(bank, attempt) == told
    credited_at_once = (200, "OK-applied") in told
    assert (world.owed(invoice) == 0) is credited_at_once

    reconcile(bank, timedelta(minutes=13))

    assert world.owed(invoice) == 0
    assert world.ledger() == invoice.total
    assert state(attempt) == Status.PAID
    assert kinds() == ([Anomaly.Kind.MISMATCH] if (200, "OK-flagged") in told else [])


@pytest.mark.postgres
def test_two_notifications_at_once_credit_once(bank, attempt, invoice):
    choose(bank, attempt, "accept", "duplicated")
    assert [code for code, _ in answers(bank, attempt)] == [200, 200]
    assert world.ledger() == invoice.total


@pytest.mark.parametrize("fault", ["delayed", "after_return"])
def test_a_late_notification_credits_when_it_comes(bank, attempt, invoice, fault):
    choose(bank, attempt, "accept", fault, delay=600)
    assert world.ledger() == 0
    page = bank.order(attempt.order_id)["payments"][0]["page"].lstrip("/")
    bank.get(f"{page}retour/", allow_redirects=False)
    bank.control("avancer/", seconds=900)
    wait_until(lambda: world.owed(invoice) == 0)  # the bank’s own thread may be the one that sends it


def test_a_message_sent_again_by_hand_changes_nothing(bank, attempt, invoice):
    choose(bank, attempt)
    operate(bank, attempt, "renvoyer")
    assert answers(bank, attempt) == [(200, "OK-applied"), (200, "OK-already-known")]
    assert world.ledger() == invoice.total


def test_a_payment_cancelled_in_the_back_office_is_reversed(bank, attempt, invoice):
    bank.set(rule_back_office=True)
    choose(bank, attempt)
    operate(bank, attempt, "annuler")
    assert world.owed(invoice) == invoice.total
    assert kinds() == [Anomaly.Kind.REVERSED]


def test_captured_then_refunded_in_part(bank, attempt, invoice):
    bank.set(rule_back_office=True)
    choose(bank, attempt)
    bank.control("remise/")
    reconcile(bank, timedelta(days=2))
    assert Payment.objects.get().captured_at is not None
    assert attempt.__class__.objects.get().next_ask_at is None

    operate(bank, attempt, "rembourser", amount=2000)

    assert world.ledger() == invoice.total - 20
    assert kinds() == [Anomaly.Kind.REFUND]


def test_a_capture_that_fails_is_found_by_asking(bank, attempt, invoice):
    choose(bank, attempt)
    operate(bank, attempt, "echec-remise")
    reconcile(bank, timedelta(days=2))
    assert world.owed(invoice) == invoice.total
    assert kinds() == [Anomaly.Kind.REVERSED]


def test_validated_in_the_back_office(bank, attempt, invoice):
    bank.set(rule_back_office=True)
    choose(bank, attempt, "to_validate")
    operate(bank, attempt, "valider")
    assert world.owed(invoice) == 0


@pytest.mark.parametrize("fault", ["error_500", "malformed", "other_shop", "unauthorized"])
def test_a_bank_that_answers_wrongly_changes_nothing(bank, attempt, invoice, fault):
    choose(bank, attempt, "accept", "lost")
    bank.set(rest_fault=fault)
    assert reconcile(bank, timedelta(minutes=13)).failed == 1
    assert (world.ledger(), state(attempt)) == (0, Status.STARTED)

    bank.set(rest_fault="normal")
    reconcile(bank, timedelta(days=2))
    assert world.owed(invoice) == 0


def test_a_payment_not_visible_yet_is_not_thought_abandoned(bank, attempt, invoice):
    choose(bank, attempt, "accept", "lost")
    bank.set(rest_fault="not_visible")
    reconcile(bank, timedelta(minutes=13))
    bank.set(rest_fault="normal")
    reconcile(bank, timedelta(minutes=16))
    assert world.owed(invoice) == 0


def test_no_card_data_of_the_bank_s_messages_is_kept(bank, attempt):
    choose(bank, attempt)
    reconcile(bank, timedelta(days=2))
    kept = json.dumps(list(PayzenMessage.objects.values_list("fields", flat=True)))
    for secret in ("497010", "expiry", "cust_email", "threeds", "country"):
        assert secret not in kept


def test_the_daily_file_of_the_bank_beside_the_ledger(bank, attempt, invoice):
    """The notification is lost; the file of the day says that the card was debited, and the bank itself is asked."""
    choose(bank, attempt, "accept", fault="lost")
    bank.control("remise/")
    morning = world.CLICKED_AT + timedelta(hours=21)
    bank.clock.write_text(f"{morning:%Y-%m-%dT%H:%M:%S}")
    answer = bank.get("journal/")
    called = answer.headers["Content-Disposition"].partition('"')[2].rstrip('"')
    file = daily.compare_file(content=answer.content, name=called, by=None, at=clock.now())
    [row] = file.lines.all()
    assert (row.verdict, row.attempt) == (DailyLine.Verdict.BANK_ONLY, attempt)
    assert daily.ask_about_line(line=row.pk, at=clock.now()).transactions == 1
    row.refresh_from_db()
    assert row.verdict == DailyLine.Verdict.SAME
    assert world.owed(invoice) == 0


def test_a_payment_in_instalments_from_the_form_to_the_last_debit(bank, invoice, settings):
    settings.INSTALMENTS = {"count": 3, "least": Decimal(50), "days": 30}
    started = payments.start_payment(
        invoice_ids=[invoice.pk],
        family=invoice.family,
        user=world.parent(invoice.family),
        at=clock.now(),
        in_instalments=True,
    )
    page = requests.post(started.form.action_url, data=started.form.fields, timeout=20)
    assert page.status_code == 200, page.text
    attempt = started.attempt

    def labels():
        return [row.label for row in attempt.instalments.order_by("rank")]

    choose(bank, attempt, "refuse")
    choose(bank, attempt, "accept")
    assert labels() == ["Prélevée", "Prévue", "Prévue"]
    assert world.owed(invoice) == Decimal("42.64")
    bank.control("remise/")
    # Asked the day after: the first is captured, the others wait.
    assert reconcile(bank, timedelta(days=1, minutes=1)).answered == 1
    assert labels() == ["Prélevée", "Prévue", "Prévue"]
    bank.control(f"commandes/{attempt.order_id}/echeance/", outcome="refuse")
    assert labels() == ["Prélevée", "Non prélevée", "Prévue"]
    # The last one is debited by the bank's clock.
    bank.clock.write_text(f"{world.CLICKED_AT + timedelta(days=60, minutes=1):%Y-%m-%dT%H:%M:%S}")
    wait_until(lambda: labels()[-1] == "Prélevée", seconds=30)
    assert world.owed(invoice) == Decimal("21.32")
    assert kinds() == [Anomaly.Kind.INSTALMENT_REFUSED]
    assert bank.post(f"controle/commandes/{attempt.order_id}/echeance/", json={}).status_code == 400
