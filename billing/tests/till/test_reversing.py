"""Money is never deleted: it is called off, with a reason, and its opposite stands beside it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from post_office.models import Email

from billing.models import (
    Allocation,
    ClosedPayment,
    DepositedPayment,
    DepositSlip,
    Payment,
    TillClosing,
    TillEntry,
)
from billing.services.till import TillRefused, close_till, deposit_titles, reverse_collection
from billing.tests.factories import pay
from castres_portal.base import clock

from .world import NOON, Means, owed_by, regisseur, take

pytestmark = pytest.mark.django_db


def call_off(payment, cause="erreur", reason="Saisi deux fois"):
    return reverse_collection(payment=payment, cause=cause, reason=reason, by=regisseur(), at=NOON)


def test_a_bounced_cheque_is_owed_again_and_the_family_is_told(september, october):
    payment = take({september: "6.00", october: "12.00"}, Means.CHEQUE).payment
    reversal = call_off(payment, "impaye", "Chèque sans provision")

    assert (owed_by(september), owed_by(october)) == (6, 12)
    assert (reversal.kind, reversal.amount, reversal.means) == ("annulation", -18, "cheque")
    assert reversal.till_entry.reverses == payment
    assert reversal.till_entry.taken_by == regisseur()
    assert Payment.objects.get(pk=payment.pk).amount == 18  # the first row stays as it was
    letter = Email.objects.get(mark__kind="billing/mail/till_reversal")
    assert "votre banque a rejeté le chèque n° 0012345" in letter.message
    assert "12,00\u00a0€ à régler de nouveau" in letter.message
    assert "provision" not in letter.message  # what the agent noted for the régie stays there


def test_the_credit_goes_with_the_money(october):
    payment = take(october, Means.CHEQUE, "20.00", keep_surplus=True).payment
    call_off(payment, "impaye")

    money = sum(row.amount for row in Payment.objects.all())
    assert money == sum(row.amount for row in Allocation.objects.all()) == 0


@pytest.mark.parametrize(
    "cause, reason, sentence",
    [
        ("erreur", "  ", "Indiquez pourquoi"),
        ("inconnue", "x", "Choisissez la cause"),
        ("impaye", "x", "Seul un chèque"),
    ],
)
def test_a_reversal_says_why(october, cause, reason, sentence):
    payment = take(october, Means.CASH).payment

    with pytest.raises(TillRefused, match=sentence):
        call_off(payment, cause, reason)
    assert call_off(payment).amount == -12  # with a cause and a reason


def test_it_is_called_off_once_and_a_reversal_is_not(october):
    payment = take(october, Means.CASH).payment
    reversal = call_off(payment)

    with pytest.raises(TillRefused, match="déjà annulé"):
        call_off(payment)
    with pytest.raises(TillRefused, match="Seul un encaissement du guichet"):
        call_off(reversal)
    again = take(october).payment
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever writes it, a payment has one reversal
        reversed_twice = {"reverses": payment, "cause": "erreur", "reason": "x"}
        TillEntry.objects.create(
            payment_id=reversal.pk + 99, submission=uuid4(), taken_by=regisseur(), **reversed_twice
        )
    assert call_off(again).amount == -12


def test_what_the_bank_took_is_not_called_off_here(october):
    with pytest.raises(TillRefused, match="la banque annule les siens"):
        call_off(pay(october))


# --- The database holds the line ----------------------------------------------------------------------------------------


@pytest.fixture
def written(october):
    """A cheque that was taken, closed and put on a slip."""
    payment = take(october, Means.CHEQUE).payment
    close_till(cash_counted=Decimal("50.00"), by=regisseur(), at=NOON)
    deposit_titles(kind="cheque", by=regisseur(), at=NOON)
    return payment


@pytest.mark.parametrize(
    "change",
    [
        lambda: Payment.objects.update(amount=1),
        lambda: Payment.objects.update(means="especes"),
        lambda: Payment.objects.update(received_at=clock.now()),
        lambda: Allocation.objects.update(amount=1),
        lambda: Allocation.objects.update(amount=-12),
        lambda: Allocation.objects.update(invoice=Allocation.objects.get().invoice_id + 1),
        lambda: TillEntry.objects.update(bank="x"),
        lambda: TillClosing.objects.update(cash_counted=0),
        lambda: ClosedPayment.objects.update(closing=0),
        lambda: DepositSlip.objects.update(amount=1),
        lambda: DepositedPayment.objects.update(slip=0),
    ],
)
def test_the_database_refuses_to_rewrite_money(written, change):
    with pytest.raises(DatabaseError, match="une écriture de la régie ne change plus"), transaction.atomic():
        change()
    assert Payment.objects.get().amount == 12


def test_the_bank_s_capture_is_told_once(october):
    payment = pay(october)
    Payment.objects.update(captured_at=NOON)
    Payment.objects.update(captured_at=NOON)  # the same, told again

    with pytest.raises(DatabaseError, match="ne change plus"), transaction.atomic():
        Payment.objects.update(captured_at=clock.now())
    with pytest.raises(DatabaseError, match="ne change plus"), transaction.atomic():
        Payment.objects.update(captured_at=None)
    payment.refresh_from_db()
    assert payment.captured_at == NOON


def test_more_of_a_credit_may_go_to_an_invoice(written):
    Allocation.objects.update(amount=13)  # what the use of a credit does
    assert Allocation.objects.get().amount == 13


@pytest.mark.postgres
@pytest.mark.parametrize(
    "table", ["payment", "allocation", "tillentry", "tillclosing", "closedpayment", "depositslip", "depositedpayment"]
)
def test_postgresql_refuses_a_deletion(written, table):
    with (
        pytest.raises(DatabaseError, match="une écriture de la régie ne change plus"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM billing_{table}")
    assert Payment.objects.exists()


def test_the_models_refuse_too(written):
    for row in (written.till_entry, TillClosing.objects.get(), DepositSlip.objects.get()):
        with pytest.raises(row.Frozen, match="ne change plus"):
            row.save()
        with pytest.raises(row.Frozen, match="ne se supprime pas"):
            row.delete()


@pytest.mark.parametrize(
    "row",
    [
        {"cash_expected": 50, "cash_counted": 49},
        {"cash_expected": 50, "cash_counted": -1, "explanation": "x"},
    ],
)
def test_the_database_refuses_a_closing_that_is_not_explained(martins, row):
    with pytest.raises(IntegrityError), transaction.atomic():
        TillClosing.objects.create(number="A", closed_at=NOON, closed_by=regisseur(), **row)
    good = {**row, "cash_counted": 49, "explanation": "x"}
    assert TillClosing.objects.create(number="A", closed_at=NOON, closed_by=regisseur(), **good).pk
