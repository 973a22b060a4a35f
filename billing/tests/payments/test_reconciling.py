"""The bank is asked about what it did not say; a failure to answer changes nothing but a count."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from billing import tasks
from billing.models import Anomaly, Payment, PaymentAttempt, PayzenMessage
from billing.payzen.rest import RestCredentialsError, RestMismatch, RestTemporaryError
from billing.providers.payzen import Payzen
from billing.services import payments
from castres_portal.base import clock

from . import world

pytestmark = pytest.mark.django_db

Status = PaymentAttempt.Status
DOWN = RestTemporaryError("Order/Get", "timeout")


def minutes(number):
    return world.CLICKED_AT + timedelta(minutes=number)


def pass_at(at, *answers, failure=None):
    bank = world.AskedBank(*answers, failure=failure)
    report = payments.reconcile(lambda: at, bank)
    return bank.asked, report


def test_a_lost_notification_is_made_up_for(attempt, invoice):
    assert pass_at(minutes(11))[0] == []
    asked, report = pass_at(minutes(12), world.answer(attempt))

    assert asked == [attempt.order_id]
    assert (report.asked, report.answered, report.failed) == (1, 1, 0)
    assert world.owed(invoice) == 0
    attempt.refresh_from_db()
    assert attempt.status == Status.PAID
    assert attempt.next_ask_at == minutes(12) + timedelta(days=1)


def test_the_notification_that_comes_after_the_answer_credits_nothing_more(attempt, invoice):
    pass_at(minutes(12), world.answer(attempt))
    assert world.deliver(world.word(attempt)).content == b"OK-already-known"
    assert world.ledger() == invoice.total


def test_an_authorised_payment_is_followed_daily_until_it_is_captured(attempt, invoice):
    world.deliver(world.word(attempt))
    captured_at = minutes(2000)
    assert pass_at(minutes(60))[0] == []

    pass_at(minutes(1500), world.answer(attempt))
    pass_at(minutes(3000), world.answer(attempt, "CAPTURED", captured_at=captured_at))

    assert Payment.objects.get().captured_at == captured_at
    attempt.refresh_from_db()
    assert attempt.next_ask_at is None
    assert PayzenMessage.objects.count() == 3


def test_the_same_answer_given_each_day_is_kept_once(attempt):
    world.deliver(world.word(attempt))
    for day in range(1, 6):
        pass_at(minutes(10) + timedelta(days=day), world.answer(attempt))
    assert PayzenMessage.objects.filter(channel="rest").count() == 1


def test_a_payment_that_the_bank_could_not_collect_is_found_and_reversed(attempt, invoice):
    world.deliver(world.word(attempt))
    pass_at(minutes(1500), world.answer(attempt, "CAPTURE_FAILED"))

    assert world.owed(invoice) == invoice.total
    assert Anomaly.objects.get().kind == Anomaly.Kind.REVERSED
    attempt.refresh_from_db()
    assert (attempt.status, attempt.next_ask_at) == (Status.REFUSED, None)


def test_nobody_paid_only_after_the_last_question(attempt):
    for at, wait in [(12, 15), (15, 60), (60, 120), (120, 1440)]:
        assert pass_at(minutes(at))[0] == [attempt.order_id]
        attempt.refresh_from_db()
        assert (attempt.status, attempt.next_ask_at) == (Status.STARTED, minutes(wait))
    pass_at(minutes(1440))

    attempt.refresh_from_db()
    assert (attempt.status, attempt.next_ask_at) == (Status.ABANDONED, None)


def test_a_form_paid_after_it_was_thought_abandoned_is_credited(attempt, invoice):
    pass_at(minutes(1440))
    world.deliver(world.word(attempt))
    assert world.owed(invoice) == 0
    attempt.refresh_from_db()
    assert attempt.status == Status.PAID


def test_refused_cards_close_the_attempt_as_refused(attempt):
    pass_at(minutes(12), world.answer(attempt, "REFUSED"))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.next_ask_at) == (Status.REFUSED, None)


def test_the_second_card_of_an_order_is_the_one_that_counts(attempt, invoice):
    refused = world.answer(attempt, "REFUSED", sequence_number=1)
    accepted = world.answer(attempt, "CAPTURED", sequence_number=2, trans_uuid="b" * 32)
    pass_at(minutes(12), accepted, refused)
    assert world.owed(invoice) == 0


def test_a_refund_that_nobody_told_of_is_found_with_its_payment(attempt, invoice):
    back = world.answer(attempt, "AUTHORISED", operation="CREDIT", trans_uuid="f" * 32, amount_cents=1000)
    pass_at(minutes(12), back, world.answer(attempt, "CAPTURED"))
    assert world.ledger() == invoice.total - 10
    assert world.owed(invoice) == 10


def test_a_notification_that_did_not_fit_is_cleared_up_by_the_bank_s_answer(attempt, invoice):
    world.deliver(world.word(attempt, amount="6399", effective_amount="6399"))
    asked, _ = pass_at(clock.now(), world.answer(attempt))
    assert asked == [attempt.order_id]
    assert world.owed(invoice) == 0
    attempt.refresh_from_db()
    assert attempt.status == Status.PAID


@pytest.mark.parametrize("changes", [{"amount_cents": 1}, {"mode": "PRODUCTION"}, {"currency": "USD"}])
def test_an_answer_is_checked_as_a_notification_is(attempt, changes):
    pass_at(minutes(12), world.answer(attempt, **changes))
    assert world.ledger() == 0
    assert Anomaly.objects.get().kind == Anomaly.Kind.MISMATCH


# --- Failures ---------------------------------------------------------------------------------------------------------


def test_a_question_without_answer_changes_nothing_and_is_asked_again(attempt):
    pass_at(minutes(12), failure=DOWN)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.asked_count, attempt.failed_asks) == (Status.STARTED, 0, 1)
    assert attempt.next_ask_at == minutes(17)
    assert not Anomaly.objects.exists()


def test_a_silent_bank_is_told_once_and_forgotten_when_it_speaks(attempt, invoice):
    for number in range(12):
        pass_at(minutes(12 + 5 * number), failure=DOWN)
    anomaly = Anomaly.objects.get()
    assert anomaly.kind == Anomaly.Kind.BANK_SILENT

    pass_at(minutes(100), world.answer(attempt))

    anomaly.refresh_from_db()
    assert anomaly.settled_at == minutes(100)
    assert world.owed(invoice) == 0
    attempt.refresh_from_db()
    assert attempt.failed_asks == 0


def test_wrong_credentials_are_told_at_once(attempt):
    pass_at(minutes(12), failure=RestCredentialsError("Order/Get", "INT_905"))
    assert "INT_905" in Anomaly.objects.get(kind=Anomaly.Kind.BANK_SILENT).message


def test_a_question_that_the_bank_will_never_answer_is_told_once_and_asked_daily(attempt):
    refused = RestMismatch("Order/Get", "shop")
    pass_at(minutes(12), failure=refused)
    assert pass_at(minutes(60), failure=refused)[0] == []
    pass_at(minutes(60 * 25), failure=refused)
    assert Anomaly.objects.get().kind == Anomaly.Kind.MISMATCH


def test_a_pass_stops_when_the_bank_is_down(martins, noon):
    for place in range(6):
        world.attempt(world.invoice(world.household(f"F1000{place}", f"Demo{place}"), f"261000020{place}"))
    asked, report = pass_at(minutes(12), failure=DOWN)
    assert len(asked) == 3
    assert report.stopped


def test_one_attempt_that_breaks_does_not_hold_the_others_back(martins, invoice, monkeypatch):
    broken = world.attempt(invoice)
    other = world.invoice(world.household("F000009", "Petit"), "2610000009")
    good = world.attempt(other)
    real = payments.reconciling.ask_about

    def ask(attempt_id, client, *, at):
        if attempt_id == broken.pk:
            raise ZeroDivisionError
        return real(attempt_id, client, at=at)

    monkeypatch.setattr(payments.reconciling, "ask_about", ask)
    pass_at(minutes(12), world.answer(good))
    assert world.owed(other) == 0


def test_a_worker_leaves_to_the_other_what_it_has_taken(attempt):
    bank = world.AskedBank()
    nested = []

    class SlowBank(world.AskedBank):
        def told_of(self, attempt):
            nested.append(payments.reconcile(lambda: minutes(12), bank).asked)
            return super().told_of(attempt)

    payments.reconcile(lambda: minutes(12), SlowBank())
    assert nested == [0]
    assert bank.asked == []


# --- Ways in ----------------------------------------------------------------------------------------------------------


def test_without_rest_nothing_is_asked_and_nothing_breaks(attempt, settings, caplog):
    settings.PAYZEN = {**settings.PAYZEN, "REST_PASSWORD": "", "REST_URL": ""}
    report = payments.reconcile(lambda: minutes(12))
    assert (report.asked, report.stopped) == (0, True)
    assert "n’est pas configuré" in caplog.text


def test_the_command_and_the_task_ask(attempt, invoice, monkeypatch, capsys):
    world.show(minutes(12))
    monkeypatch.setattr(Payzen, "asker", lambda way: world.AskedBank(world.answer(attempt)))
    call_command("reconcile_payments")
    assert "interrogées : 1, réponses : 1, échecs : 0" in capsys.readouterr().out.replace("\u00a0", " ")
    assert world.owed(invoice) == 0
    tasks.reconcile_payments()
    tasks.apply_stored_messages()


def test_the_command_fails_when_the_bank_is_out_of_reach(attempt):
    world.show(minutes(12))
    with pytest.raises(CommandError, match="ne répond pas"):
        call_command("reconcile_payments")  # nobody listens at the address of the tests


def test_reconciling_a_list_costs_the_same_for_each(martins, noon, django_assert_max_num_queries):
    for place in range(5):
        world.attempt(world.invoice(world.household(f"F1000{place}", f"Demo{place}"), f"261000020{place}"))
    with django_assert_max_num_queries(2 * 5 + 5 * 10):
        pass_at(minutes(12))
