"""A payment in instalments: each debit is its own payment when the bank makes it; the rest is planned, and not paid."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from post_office.models import Email

from billing.models import Allocation, Anomaly, CreditNote, Discrepancy, Instalment, Payment, PaymentAttempt
from billing.queries.instalments import plan_of, planned_each
from billing.queries.till import debts_of
from billing.queries.treasury import left_alone, unpaid_rows
from billing.services import payments
from billing.services.corrections import deciding
from billing.services.payments import PaymentRefused, start_payment
from billing.services.reconciliation import find
from castres_portal.base import clock

from . import world
from .test_ledger_property import one_example

pytestmark = pytest.mark.django_db
PARTS = (Decimal("21.34"), Decimal("21.32"), Decimal("21.32"))
Status = PaymentAttempt.Status


@pytest.fixture(autouse=True)
def offered(settings):
    settings.INSTALMENTS = {"count": 3, "least": Decimal(50), "days": 30}


def choose(on, at=world.CLICKED_AT):
    return start_payment(
        invoice_ids=[on.pk], family=on.family, user=world.parent(on.family), at=at, in_instalments=True
    )


def debit(attempt, rank, status="AUTHORISED", **changes):
    """What the bank says of the debit of a rank."""
    day = attempt.created_at + timedelta(days=30 * (rank - 1))
    cents = str(int(PARTS[rank - 1] * 100))
    fields = {
        "trans_uuid": f"{rank:032x}",
        "sequence_number": str(rank),
        "amount": cents,
        "effective_amount": cents,
        "effective_creation_date": f"{day.astimezone(UTC):%Y%m%d%H%M%S}",
        "url_check_src": "PAY" if rank == 1 else "BATCH_AUTO",
    }
    return world.word(attempt, status, **{**fields, **changes})


def hear(attempt, rank, status="AUTHORISED", **changes):
    world.show(attempt.created_at + timedelta(days=30 * (rank - 1), minutes=1))
    world.apply(debit(attempt, rank, status, **changes))


def kinds():
    return sorted(Anomaly.objects.values_list("kind", flat=True))


def letters():
    return Email.objects.filter(mark__kind="billing/mail/instalment_missed").order_by("pk")


def labels(on):
    return [each.label for each in plan_of(on).instalments]


@pytest.fixture
def plan(invoice):
    return choose(invoice).attempt


def test_the_form_asks_for_three_debits_and_the_first_takes_the_cents(invoice):
    started = choose(invoice)
    assert started.form.fields["vads_payment_config"] == "MULTI:first=2134;count=3;period=30"
    assert started.form.fields["vads_amount"] == "6398"
    rows = started.attempt.instalments.all()
    assert tuple(row.amount for row in rows) == PARTS
    assert planned_each([invoice.pk]) == {}  # nothing runs before the first is paid


def test_each_debit_is_a_payment_and_the_rest_is_planned(invoice, plan):
    hear(plan, 1)
    assert labels(invoice) == ["Prélevée", "Prévue", "Prévue"]
    assert planned_each([invoice.pk]) == {invoice.pk: PARTS[1] + PARTS[2]}
    assert world.owed(invoice) == invoice.total - PARTS[0]
    hear(plan, 2)
    hear(plan, 3)
    assert labels(invoice) == ["Prélevée"] * 3
    assert world.owed(invoice) == 0
    assert Payment.objects.filter(attempt=plan).count() == 3
    assert kinds() == []
    assert [each for each in find(None, at=clock.now()) if each.kind != Discrepancy.Kind.INVOICE_SUM] == []


def test_nothing_takes_the_same_money_a_second_time_while_the_schedule_runs(invoice, plan, client):
    hear(plan, 1)
    with pytest.raises(PaymentRefused) as refused:
        world.click(invoice, at=clock.now(), confirmed=True)
    assert "en plusieurs fois" in refused.value.message
    [debt] = debts_of(invoice.family)
    assert "en plusieurs fois" in debt.refusal
    assert not left_alone(type(invoice).objects.filter(pk=invoice.pk)).exists()
    later = clock.in_paris(world.CLICKED_AT + timedelta(days=100)).date()
    [row] = unpaid_rows(at=clock.now(), today=later)
    assert "en plusieurs fois" in row.refusal

    client.force_login(world.parent(invoice.family))
    page = client.get(reverse("billing:invoice", args=[invoice.number])).content.decode()
    assert "Vous payez en plusieurs fois" in page
    assert "Payer ma facture" not in page
    page = client.get(reverse("billing:invoices")).content.decode()
    assert "Rien d’autre à régler" in page
    assert "seront prélevés en plusieurs fois" in page
    assert "En plusieurs fois" in client.get(reverse("dashboard")).content.decode()


def test_a_refused_instalment_is_told_and_can_be_paid_alone(invoice, plan):
    hear(plan, 1)
    hear(plan, 2, "REFUSED")
    assert labels(invoice) == ["Prélevée", "Non prélevée", "Prévue"]
    assert kinds() == [Anomaly.Kind.INSTALMENT_REFUSED]
    world.apply(debit(plan, 2, "REFUSED"))  # sent again
    assert kinds() == [Anomaly.Kind.INSTALMENT_REFUSED]
    letters = Email.objects.filter(mark__kind="billing/mail/instalment_missed")
    assert letters.count() == 1
    assert "n’a pas été prélevée" in letters.get().subject
    invoice.window.closes_at = clock.now() + timedelta(days=1)
    invoice.window.save()
    other = world.click(invoice, at=clock.now()).attempt
    assert other.amount == PARTS[1]
    world.apply(world.word(other, trans_uuid="e" * 32))
    hear(plan, 3)
    assert world.owed(invoice) == 0
    assert not mail.outbox


def test_an_instalment_that_does_not_come_is_told_then_expected_no_more(invoice, plan):
    hear(plan, 1)
    due = Instalment.objects.get(attempt=plan, rank=2).due_on

    def watch(days):
        world.show(plan.created_at + timedelta(days=30 + days))
        return payments.watch_instalments(today=due + timedelta(days=days), at=clock.now())

    assert watch(2) == 0
    assert watch(3) == 1
    assert kinds() == [Anomaly.Kind.INSTALMENT_LATE]
    watch(4)
    assert kinds() == [Anomaly.Kind.INSTALMENT_LATE]
    watch(15)
    assert labels(invoice) == ["Prélevée", "Non prélevée", "Prévue"]
    assert kinds() == [Anomaly.Kind.INSTALMENT_LATE, Anomaly.Kind.INSTALMENT_REFUSED]
    assert ["rien à faire" in letter.message for letter in letters()] == [True, False]
    world.apply(debit(plan, 2))  # it comes after all
    assert labels(invoice) == ["Prélevée", "Prélevée", "Prévue"]
    assert world.owed(invoice) == PARTS[2]


def test_a_scheduler_that_slept_does_not_say_that_nothing_is_to_be_done(invoice, plan):
    hear(plan, 1)
    due = Instalment.objects.get(attempt=plan, rank=2).due_on
    world.show(plan.created_at + timedelta(days=46))
    payments.watch_instalments(today=due + timedelta(days=16), at=clock.now())
    assert ["rien à faire" in letter.message for letter in letters()] == [False]


def test_a_schedule_stopped_in_the_back_office_gives_its_invoice_back(invoice, plan):
    hear(plan, 1)
    world.show(plan.created_at + timedelta(hours=2))
    for rank in (2, 3):
        world.apply(debit(plan, rank, "CANCELLED", url_check_src="MERCH_BO"))
    assert labels(invoice) == ["Prélevée", "Non prélevée", "Non prélevée"]
    assert planned_each([invoice.pk]) == {}
    assert world.click(invoice, at=clock.now(), confirmed=True).attempt.amount == PARTS[1] + PARTS[2]


def test_only_the_last_one_stopped_touches_no_other(invoice, plan):
    hear(plan, 1)
    world.show(plan.created_at + timedelta(days=20))
    world.apply(debit(plan, 3, "CANCELLED", url_check_src="MERCH_BO"))
    assert labels(invoice) == ["Prélevée", "Prévue", "Non prélevée"]


def test_the_receipt_announces_what_will_come_and_nothing_else(invoice, plan):
    hear(plan, 1)
    hear(plan, 2, "REFUSED")
    hear(plan, 3)
    first, last = Email.objects.filter(mark__kind="billing/mail/payment_receipt").order_by("pk")
    assert "42,64" in first.message
    assert "21,32" in last.message
    assert "prélev" not in last.message.replace("prélevée", "").split("21,32")[-1]


def test_a_credit_note_leaves_the_bank_what_it_is_to_debit(invoice, plan, monkeypatch):
    hear(plan, 1)
    put = []
    monkeypatch.setattr(deciding, "spare_of", lambda note: invoice.total)
    monkeypatch.setattr(deciding.Allocation.objects, "create", lambda **row: put.append(row["amount"]))
    deciding.allocate(CreditNote(), [invoice.pk])
    assert put == []
    hear(plan, 2, "REFUSED")
    deciding.allocate(CreditNote(), [invoice.pk])
    assert put == [PARTS[1]]


def test_a_schedule_that_will_bring_more_than_is_owed_is_found_and_said(invoice, plan, client):
    hear(plan, 1)
    other = Payment.objects.create(
        number="P2026-900001",
        family=invoice.family,
        kind=Payment.Kind.PAYMENT,
        means=Payment.Means.CASH,
        amount=PARTS[1],
        received_at=clock.now(),
    )
    Allocation.objects.create(payment=other, invoice=invoice, amount=PARTS[1])
    [finding] = [each for each in find(None, at=clock.now()) if each.key.startswith("échéancier")]
    assert finding.difference == PARTS[1]
    client.force_login(world.parent(invoice.family))
    page = client.get(reverse("billing:invoice", args=[invoice.number])).content.decode()
    assert "Il est prévu plus que ce qui reste dû" in page


def test_what_was_refused_of_a_schedule_is_paid_at_once_and_not_by_another(invoice, plan, settings):
    hear(plan, 1)
    hear(plan, 2, "REFUSED")
    settings.INSTALMENTS = settings.INSTALMENTS | {"least": Decimal(10)}
    invoice.window.closes_at = clock.now() + timedelta(days=1)
    invoice.window.save()
    with pytest.raises(PaymentRefused, match="déjà payée en plusieurs fois"):
        start_payment(
            invoice_ids=[invoice.pk],
            family=invoice.family,
            user=world.parent(invoice.family),
            at=clock.now(),
            confirmed=True,
            in_instalments=True,
        )


def test_trying_again_keeps_to_instalments(invoice, plan, client):
    hear(plan, 1, "REFUSED")
    client.force_login(world.parent(invoice.family))
    page = client.get(reverse("billing:return", args=[plan.reference])).content.decode()
    assert "Réessayer le paiement" in page
    assert 'name="en-plusieurs-fois"' in page


def test_a_debit_announced_for_another_day_is_not_money(invoice, plan):
    hear(plan, 1)
    in_a_month = f"{world.CLICKED_AT + timedelta(days=30):%Y%m%d%H%M%S}"
    world.apply(debit(plan, 2, presentation_date=in_a_month))
    assert world.ledger() == PARTS[0]
    assert labels(invoice) == ["Prélevée", "Prévue", "Prévue"]


def test_the_whole_sum_beside_the_part_is_read_and_the_whole_sum_alone_is_not_believed(invoice, plan):
    hear(plan, 1, amount="6398")
    assert world.ledger() == PARTS[0]
    assert [each for each in find(None, at=clock.now()) if each.kind != Discrepancy.Kind.INVOICE_SUM] == []
    hear(plan, 2, amount="6398", effective_amount="6398")
    assert world.ledger() == PARTS[0]
    assert kinds() == [Anomaly.Kind.MISMATCH]


def test_a_first_card_refused_begins_nothing(invoice, plan):
    hear(plan, 1, "REFUSED", trans_uuid="d" * 32)
    assert plan_of(invoice) is None
    assert kinds() == []
    world.apply(debit(plan, 1, sequence_number="2"))
    assert labels(invoice) == ["Prélevée", "Prévue", "Prévue"]


def test_a_captured_instalment_that_fails_afterwards_is_owed_again(invoice, plan):
    hear(plan, 1)
    hear(plan, 2)
    hear(plan, 2, "CAPTURE_FAILED")
    assert labels(invoice) == ["Prélevée", "Non prélevée", "Prévue"]
    assert world.owed(invoice) == PARTS[1] + PARTS[2]
    assert Anomaly.Kind.REVERSED in kinds()


@pytest.mark.parametrize("change", [{"count": 0}, {"least": Decimal(100)}])
def test_what_is_not_offered_is_refused(invoice, settings, change):
    settings.INSTALMENTS = {**settings.INSTALMENTS, **change}
    with pytest.raises(PaymentRefused):
        choose(invoice)
    assert not PaymentAttempt.objects.exists()


def test_the_schedule_is_read_before_it_is_chosen(invoice, client):
    client.force_login(world.parent(invoice.family))
    page = client.get(reverse("billing:invoice", args=[invoice.number])).content.decode().replace("\u00a0", " ")
    for words in ("Payer en 3 fois", "Jeudi 19 novembre 2026", "21,34 €", "Samedi 19 décembre 2026", "21,32 €"):
        assert words in page
    page = client.post(reverse("billing:pay", args=[invoice.number]), {"en-plusieurs-fois": "1", "service": "payzen"})
    assert "MULTI:first=2134;count=3;period=30" in page.content.decode()
    attempt = PaymentAttempt.objects.get()
    world.apply(debit(attempt, 1))
    back = client.get(reverse("billing:return", args=[attempt.reference])).content.decode()
    assert "La prochaine échéance" in back


# --- Whatever the bank sends ------------------------------------------------------------------------------------------


WORDS = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["AUTHORISED", "CAPTURED", "REFUSED", "WAITING_AUTHORISATION", "CANCELLED"]),
    st.booleans(),  # forged
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), story=st.lists(WORDS, max_size=6))
def test_any_sequence_of_notifications_leaves_the_money_that_moved(data, story, noon):
    """Duplicated, out of order, forged: a debit counts once, unless the bank called it off; the nightly check agrees."""
    with one_example():
        invoice = world.invoice(world.household("F000001", "Martin"))
        attempt = choose(invoice).attempt
        again = data.draw(st.lists(st.sampled_from(story), max_size=4)) if story else []
        sent = data.draw(st.permutations(story + again))
        world.show(world.CLICKED_AT + timedelta(days=75))
        for rank, status, is_forged in sent:
            fields = debit(attempt, rank, status)
            if is_forged:
                answer = world.deliver(fields, key="une-autre-cle")
                assert answer.status_code == 400
            else:
                world.apply(fields)
        genuine = [(rank, status) for rank, status, is_forged in sent if not is_forged]
        granted = {rank for rank, status in genuine if status in ("AUTHORISED", "CAPTURED")}
        failed = {rank for rank, status in genuine if status in ("REFUSED", "CANCELLED")}
        moved = sum((PARTS[rank - 1] for rank in granted - failed), Decimal(0))
        assert world.ledger() == moved
        assert world.owed(invoice) == invoice.total - moved
        plan = list(attempt.instalments.select_related("payment"))
        assert {row.rank for row in plan if row.payment_id} == granted - failed
        assert sum(planned_each([invoice.pk]).values()) <= world.owed(invoice)
        findings = find(None, at=clock.now() + timedelta(days=4))
        assert [each for each in findings if each.kind != Discrepancy.Kind.INVOICE_SUM] == []


@pytest.mark.parametrize(
    "change",
    [{"rank": 1}, {"amount": Decimal(0)}, {"rank": 0}, {"ended_at": world.CLICKED_AT}, {"ending": "refusee"}],
)
def test_the_database_holds_the_line(plan, change):
    values = {"attempt": plan, "rank": 4, "amount": Decimal(1), "due_on": world.CLICKED_AT.date(), **change}
    with pytest.raises(IntegrityError), transaction.atomic():
        Instalment.objects.create(**values)
