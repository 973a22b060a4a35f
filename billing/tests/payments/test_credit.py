"""Money that no invoice has: put on what is owed, paid back by the comptable, or taken back by a bank."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from post_office.models import Email

from accounts.models import User
from billing.models import Allocation, Anomaly, Chargeback, CreditRefund, CreditUse, Invoice, Payment
from billing.queries.credit import credit_of, households_in_credit
from billing.services import payments
from billing.services.payments import credit as service
from castres_portal.base.tests.races import at_once, expect_both, meeting_after
from families.models import Guardian

from . import world
from .test_pages import words

pytestmark = pytest.mark.django_db
AT = world.CLICKED_AT + timedelta(days=1)


@pytest.fixture
def regisseur(db):
    return User.objects.create_user("regisseur@example.org", is_staff=True)


@pytest.fixture
def paid_twice(martins, noon):
    """Both parents paid October, 30 €: 30 € are the household's."""
    october = world.invoice(martins, total="30.00")
    attempts = [world.attempt(october), world.attempt(october, user=world.parent(martins, 1), confirmed=True)]
    for attempt, key in zip(attempts, "ab", strict=True):
        world.deliver(world.word(attempt, "CAPTURED", trans_uuid=key * 32))
    return attempts


def bill(family, number, total, month, **window):
    return world.invoice(family, number, total, month=month, **window)


@pytest.fixture
def two_bills(martins, paid_twice):
    """20 € due at the end of September, 25 € at the end of December."""
    december = bill(martins, "2611000001", "25.00", date(2026, 11, 1), due_on=date(2026, 12, 31))
    september = bill(martins, "2608000001", "20.00", date(2026, 8, 1), due_on=date(2026, 9, 30))
    return september, december


def claire(martins):
    return world.parent(martins)


# --- Put on what is owed ----------------------------------------------------------------------------------------------


def test_a_credit_goes_to_the_invoice_due_first_then_to_the_next(martins, two_bills):
    uses = payments.use_credit(family=martins, by=claire(martins), at=AT)

    assert [(use.allocation.invoice.number, use.amount) for use in uses] == [("2608000001", 20), ("2611000001", 10)]
    assert [world.owed(each) for each in two_bills] == [0, 15]
    assert credit_of(martins) == 0
    assert Anomaly.objects.get(kind=Anomaly.Kind.OVERPAID).settled_at == AT
    assert world.ledger() == 60, "no money moved"


def test_a_credit_is_used_once(martins, two_bills):
    payments.use_credit(family=martins, by=claire(martins), at=AT)
    with pytest.raises(payments.CreditRefused):
        payments.use_credit(family=martins, by=claire(martins), at=AT)
    assert CreditUse.objects.count() == 2


def test_without_anything_owed_a_credit_waits(martins, paid_twice):
    with pytest.raises(payments.CreditRefused):
        payments.use_credit(family=martins, by=claire(martins), at=AT)
    assert credit_of(martins) == 30


def test_who_may_only_read_does_not_decide_of_the_credit(martins, two_bills):
    Guardian.objects.filter(family=martins).update(rights=Guardian.Rights.READ_ONLY)
    with pytest.raises(payments.CreditRefused):
        payments.use_credit(family=martins, by=claire(martins), at=AT)


def test_a_payment_that_already_paid_an_invoice_pays_more_of_it_from_its_credit(martins, noon, regisseur):
    october = world.invoice(martins, total="30.00")
    attempt = world.attempt(october)

    def cheque(number, kind, amount):
        payment = Payment.objects.create(
            number=number, family=martins, kind=kind, means="cheque", amount=amount, received_at=AT
        )
        Allocation.objects.create(payment=payment, invoice=october, amount=amount)

    cheque("G1", "paiement", 12)
    world.deliver(world.word(attempt, "CAPTURED"))  # 18 € on the invoice, 12 € of credit
    cheque("G2", "annulation", -12)  # the cheque bounced: the invoice owes 12 € again

    payments.use_credit(family=martins, by=regisseur, at=AT)

    assert Allocation.objects.get(payment__attempt=attempt).amount == 30
    assert world.owed(october) == 0


def test_a_refund_at_the_bank_of_a_credit_used_elsewhere_empties_what_it_paid(martins, two_bills, paid_twice):
    payments.use_credit(family=martins, by=claire(martins), at=AT)
    world.deliver(world.refund(paid_twice[1], 3000))

    assert [world.owed(each) for each in two_bills] == [20, 25]
    assert credit_of(martins) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [False, True])
def test_two_clicks_at_once_use_a_credit_once_under_the_lock(martins, two_bills, monkeypatch, locked):
    monkeypatch.setattr(service, "money_rows", meeting_after(service.money_rows))
    if not locked:
        expect_both(monkeypatch)
        monkeypatch.setattr(service, "lock_payments", lambda ids: list(Payment.objects.filter(pk__in=ids)))
    user = claire(martins)
    at_once(*[lambda: payments.use_credit(family=martins, by=user, at=AT)] * 2)

    assert (credit_of(martins) == 0) is locked
    assert (sum(world.owed(each) for each in two_bills) == 15) is locked


# --- Paid back by the comptable ---------------------------------------------------------------------------------------


def test_a_refund_by_the_comptable_takes_the_credit_and_nothing_of_the_invoices(martins, paid_twice, regisseur):
    (refund,) = payments.record_credit_refund(
        family=martins, amount=Decimal(30), reference="Mandat 2026-118", by=regisseur, at=AT
    )

    assert (refund.kind, refund.means, refund.amount) == (Payment.Kind.REFUND, Payment.Means.TRANSFER, -30)
    assert credit_of(martins) == 0
    assert world.ledger() == 30
    assert world.owed(Invoice.objects.get()) == 0
    assert Anomaly.objects.get().settled_by == regisseur


@pytest.mark.parametrize("amount, reference", [("30.01", "Mandat 1"), ("0", "Mandat 1"), ("10", "  ")])
def test_a_refund_is_refused_beyond_the_credit_or_without_its_order(martins, paid_twice, regisseur, amount, reference):
    with pytest.raises(payments.CreditRefused):
        payments.record_credit_refund(family=martins, amount=Decimal(amount), reference=reference, by=regisseur, at=AT)
    assert not CreditRefund.objects.exists()


def test_the_list_of_the_comptable_says_since_when_and_what_is_owed(martins, two_bills, durands):
    world.invoice(durands, "2610000009")
    (credit,) = households_in_credit()
    assert (credit.family, credit.amount, credit.owed) == (martins, 30, 45)
    assert credit.since == Payment.objects.order_by("pk")[1].received_at


def test_thirty_households_in_credit_cost_as_many_queries_as_one(noon, django_assert_num_queries):
    def in_credit(count):
        for _ in range(count):
            place = Payment.objects.count()
            family = world.household(f"F2{place:05d}", f"Demo{place}")
            Payment.objects.create(
                number=f"G{place}", family=family, kind="paiement", means="especes", amount=5, received_at=AT
            )

    in_credit(1)
    with django_assert_num_queries(5):
        assert len(households_in_credit()) == 1
    in_credit(29)
    with django_assert_num_queries(5):
        assert len(households_in_credit()) == 30


# --- Taken back by the bank -------------------------------------------------------------------------------------------


def contest(payment, amount="30", **changes):
    values = {"payment_id": payment.pk, "amount": Decimal(amount), "reason": "Fraude, code 4863", "at": AT, **changes}
    return payments.record_chargeback(**values)


@pytest.fixture
def paid(martins, noon):
    attempt = world.attempt(world.invoice(martins, total="30.00"))
    world.deliver(world.word(attempt, "CAPTURED"))
    return attempt.payments.get()


def test_a_chargeback_makes_the_invoice_owe_again_and_says_so_to_all(paid, martins, regisseur):
    contest(paid, by=regisseur)

    assert world.owed(Invoice.objects.get()) == 30
    assert world.ledger() == 0
    anomaly = Anomaly.objects.get()
    assert (anomaly.kind, anomaly.invoice) == (Anomaly.Kind.CHARGEBACK, Invoice.objects.get())
    mail = Email.objects.latest("pk")
    assert mail.to == ["claire.martin@example.org"]
    assert "contesté par le titulaire" in mail.message
    assert "30,00\u00a0€ à régler de nouveau" in mail.html_message


def test_after_a_chargeback_the_bank_s_messages_change_nothing_more(paid, regisseur):
    contest(paid, by=regisseur)
    attempt = paid.attempt
    assert world.deliver(world.word(attempt, "CAPTURED")).content == b"OK-already-known"
    assert world.deliver(world.word(attempt, "CAPTURE_FAILED")).content == b"OK-flagged"
    assert world.ledger() == 0


def test_the_invoice_can_be_paid_again_after_a_chargeback(paid, regisseur):
    contest(paid, by=regisseur)
    again = world.attempt(Invoice.objects.get(), at=world.CLICKED_AT + timedelta(days=2))
    assert again.amount == 30


@pytest.mark.parametrize("amount, reason", [("30.01", "Fraude"), ("0", "Fraude"), ("30", " ")])
def test_a_chargeback_is_refused_beyond_the_payment_or_without_a_motive(paid, regisseur, amount, reason):
    with pytest.raises(payments.ChargebackRefused):
        contest(paid, amount, reason=reason, by=regisseur)
    assert not Chargeback.objects.exists()


def test_a_payment_is_taken_back_once(paid, regisseur):
    contest(paid, "10", by=regisseur)
    with pytest.raises(payments.ChargebackRefused, match="déjà"):
        contest(paid, "10", by=regisseur)
    assert world.ledger() == 20


def test_money_of_the_counter_is_never_contested_at_the_bank(martins, regisseur, noon):
    cash = Payment.objects.create(
        number="G1", family=martins, kind="paiement", means="especes", amount=5, received_at=AT
    )
    with pytest.raises(payments.ChargebackRefused, match="en ligne"):
        contest(cash, "5", by=regisseur)


def test_a_payment_called_off_by_the_bank_is_told_to_who_paid(paid):
    for _ in range(2):
        world.deliver(world.word(paid.attempt, "CAPTURE_FAILED", url_check_src="BATCH"))
    undone = [mail for mail in Email.objects.all() if "n’a pas abouti" in mail.subject]
    assert len(undone) == 1
    assert "la Ville n’a pas reçu cet argent" in undone[0].message


# --- Constraints ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        lambda paid, user: Chargeback.objects.create(
            payment=paid, taken_back=paid, reason="", recorded_at=AT, recorded_by=user
        ),
        lambda paid, user: CreditRefund.objects.create(payment=paid, reference="", recorded_at=AT, recorded_by=user),
        lambda paid, user: CreditUse.objects.create(allocation=paid.allocations.get(), amount=0, used_at=AT),
        lambda paid, user: paid.attempt.shares.create(invoice=Invoice.objects.get(), amount=1),
        lambda paid, user: paid.attempt.shares.update(amount=0),
        lambda paid, user: Payment.objects.create(
            number="X", family=paid.family, kind="impaye", means="carte", amount=5, received_at=AT
        ),
    ],
)
def test_the_database_holds_the_line(paid, regisseur, broken):
    with pytest.raises(IntegrityError):
        broken(paid, regisseur)


# --- Clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift, told", [(0, False), (9, False), (11, True), (-9, False), (-11, True)])
def test_a_bank_whose_clock_differs_is_said_once_and_the_money_counts(martins, noon, shift, told):
    from billing.payzen import form

    for number in range(2):
        attempt = world.attempt(
            world.invoice(world.household(f"F10000{number}", f"Demo{number}"), f"261000030{number}")
        )
        dated = form.trans_date(world.CLICKED_AT + timedelta(minutes=shift))
        world.deliver(world.word(attempt, effective_creation_date=dated, trans_uuid=str(number) * 32))

    assert Payment.objects.count() == 2
    assert Anomaly.objects.filter(kind=Anomaly.Kind.CLOCKS).count() == told


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_the_family_sees_its_credit_and_deducts_it(client, martins, two_bills):
    client.force_login(claire(martins))
    for page in ("/factures/", f"/factures/{two_bills[0].number}/"):
        assert "Vous avez payé 30,00 € de plus" in words(client.get(page))

    said = words(client.post("/factures/avoir/", follow=True))

    assert "30,00 € de votre avoir sont déduits des factures 2608000001 et 2611000001" in said
    assert "Vous avez un avoir" not in words(client.get("/factures/"))
    assert "rien à régler" in words(client.post("/factures/avoir/", follow=True))


def test_another_family_neither_sees_nor_uses_it(client, martins, two_bills, durands):
    client.force_login(world.parent(durands))
    assert "avoir" not in words(client.get("/factures/"))
    client.post("/factures/avoir/")
    assert credit_of(martins) == 30
