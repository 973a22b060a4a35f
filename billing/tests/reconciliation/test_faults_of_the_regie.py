"""Faults planted in direct debits and in the papers of the till: each is found, named, alone, and by how much."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Debit, DepositSlip, Discrepancy
from billing.sepa.returns import Return
from billing.services import debits
from billing.services.till import close_till, deposit_titles
from billing.tests.factories import NOON
from castres_portal.base.clock import PARIS
from castres_portal.base.models import Counter

from .world import check, found

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"
CREDITOR_IBAN = "FR7630001007941234567890185"
SIGNED_AT = datetime(2026, 11, 10, 20, 0, tzinfo=PARIS)
TOLD_AT, SENT_AT = SIGNED_AT + timedelta(days=1), SIGNED_AT + timedelta(days=24)
TAKEN_ON = date(2026, 12, 7)
TAKEN_AT = datetime(2026, 12, 7, 15, 0, tzinfo=PARIS)
BACK_AT = TAKEN_AT + timedelta(days=5)


@pytest.fixture
def debit(town, settings):
    """The debit of the invoice that was not paid, collected."""
    settings.SEPA = {"ICS": "FR72ZZZ123456", "CREDITOR": "Ville de Castres", "IBAN": CREDITOR_IBAN, "BIC": "BDFEFRPP"}
    family = town.families[2]
    payer = family.guardians.get(pays=True)
    debits.sign_mandate(family=family, guardian=payer, user=payer.user, holder="Petit", iban=IBAN, at=SIGNED_AT)
    batch = debits.announce_debits(collect_on=TAKEN_ON, by=None, at=TOLD_AT)
    batch = debits.make_file(batch=batch.pk, at=SENT_AT)
    debits.confirm_batch(batch=batch.pk, by=town.regisseur, at=TAKEN_AT)
    return Debit.objects.get()


def sent_back(debit):
    debits.apply_returns(returns=[Return(debit.end_to_end, "AM04", BACK_AT.date())], at=BACK_AT)


def only_finding():
    check()
    row = Discrepancy.objects.get()
    return row.kind, row.difference


def test_a_debit_collected_then_sent_back_leaves_the_accounts_right(debit):
    check()
    assert found() == []
    sent_back(debit)
    check()
    assert found() == []


def test_a_debit_of_another_amount_than_its_payment(debit):
    Debit.objects.update(amount=debit.amount + 1)
    assert only_finding() == ("montant-de-paiement", Decimal("-1.00"))


def test_a_debit_that_came_back_and_is_still_counted_as_received(debit):
    Debit.objects.update(state=Debit.State.RETURNED, returned_on=BACK_AT.date(), return_code="AM04", words="Provision")
    assert only_finding() == ("annulation-manquante", debit.amount)


def test_money_given_back_for_a_debit_that_never_came_back(debit):
    sent_back(debit)
    Debit.objects.update(state=Debit.State.COLLECTED, returned_on=None, return_code="", words="")
    assert only_finding() == ("paiement-sans-preuve", -debit.amount)


@pytest.mark.parametrize("series", ["arretes-2026", "bordereaux-2026"])
def test_a_paper_of_the_till_that_is_missing(town, series):
    at = NOON + timedelta(hours=1)
    close_till(cash_counted=Decimal("50.00"), by=town.regisseur, at=at)
    deposit_titles(kind=DepositSlip.Kind.CHEQUES, by=town.regisseur, at=at)
    check()
    assert found() == []
    Counter.objects.filter(series=series).update(value=2)
    assert only_finding() == ("numero-manquant", None)


def test_a_file_of_debits_that_is_missing(debit):
    Counter.objects.filter(series="prelevements-2026").update(value=2)
    assert only_finding() == ("numero-manquant", None)
