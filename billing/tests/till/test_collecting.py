"""Money handed over at the counter: what the régie takes, how it is shared out, what it refuses and why."""

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from post_office.models import Email

from billing.models import Allocation, Payment, TillEntry
from billing.services.till import TillRefused
from billing.tests.factories import book, evening_care, household, issue, pay
from castres_portal.base.clock import PARIS

from .world import NOON, Means, owed_by, take

pytestmark = pytest.mark.django_db


def test_a_cheque_pays_an_invoice_and_the_family_has_its_receipt(october):
    taken = take(october, Means.CHEQUE)

    payment = taken.payment
    assert (payment.number, payment.amount, payment.means) == ("P2026-000001", 12, "cheque")
    assert owed_by(october) == 0
    assert payment.till_entry.cheque_number == "0012345"
    letter = Email.objects.get(mark__kind="billing/mail/till_receipt")
    assert letter.to == [october.family.guardians.get().user.email]
    assert "12,00\u00a0€" in letter.message
    assert october.number in letter.message
    assert f"/quittances/{payment.number}/" in letter.message
    assert "Léa" not in letter.message
    assert not mail.outbox  # written, to be sent by the worker


def test_one_payment_over_two_invoices(september, october):
    payment = take({september: "6.00", october: "4.00"}, Means.CASH).payment

    assert (owed_by(september), owed_by(october)) == (0, 8)
    assert sorted(row.amount for row in payment.allocations.all()) == [4, 6]


def test_the_numbers_are_those_of_the_cards(september, october, martins):
    pay_by_card = "P2026-000001"
    take(september)
    assert take(october).payment.number == "P2026-000002"
    assert Payment.objects.filter(number=pay_by_card).exists()


def test_what_exceeds_is_the_household_s_credit_once_it_is_said(october):
    with pytest.raises(TillRefused, match="rendez-les, ou dites que le foyer les garde"):
        take(october, Means.CHEQUE, "20.00")
    payment = take(october, Means.CHEQUE, "20.00", keep_surplus=True).payment

    assert payment.amount - sum(row.amount for row in payment.allocations.all()) == 8


def test_cash_gives_change(october):
    entry = take(october, Means.CASH, cash_given=Decimal("20.00")).payment.till_entry

    assert entry.change == 8
    assert ("Monnaie rendue", "8,00\u00a0€") in entry.details


@pytest.mark.parametrize(
    "means, amount, details, sentence",
    [
        (Means.CASH, "12.00", {"cash_given": Decimal("10.00")}, "inférieure au montant"),
        (Means.CHEQUE, "12.00", {"bank": ""}, "la banque et le numéro du chèque"),
        (Means.CHEQUE, "12.00", {"cheque_number": ""}, "la banque et le numéro du chèque"),
        (Means.TRANSFER, "12.00", {"reference": ""}, "la référence"),
        (Means.CHEQUE, "0.00", {}, "supérieur à zéro"),
        (Means.CHEQUE, "-3.00", {}, "supérieur à zéro"),
        (Means.CHEQUE, "12.001", {}, "au centime près"),
        (Means.CARD, "12.00", {}, "ne s’encaisse pas au guichet"),
        (Means.TREASURY, "12.00", {}, "ne s’encaisse pas au guichet"),
    ],
)  # fmt: skip
def test_what_is_typed_badly_is_refused(october, means, amount, details, sentence):
    with pytest.raises(TillRefused, match=sentence):
        take({october: amount}, means, **details)
    assert not Payment.objects.exists()
    assert take(october, Means.CHEQUE).is_new  # the same invoice, typed well


def test_a_means_that_the_act_does_not_allow_is_refused(october, settings):
    settings.TILL = {**settings.TILL, "means": ("carte", "especes")}

    with pytest.raises(TillRefused, match="ne peut pas encaisser ce moyen de paiement \\(chèque\\).*acte constitutif"):
        take(october, Means.CHEQUE)
    assert take(october, Means.CASH).is_new


def test_too_much_cash_is_refused(october, settings):
    settings.TILL = {**settings.TILL, "most_cash": Decimal("11.99")}

    with pytest.raises(TillRefused, match="pas plus de 11,99"):
        take(october, Means.CASH)


def test_a_cheque_after_the_due_day_where_the_town_takes_none(october, settings):
    settings.TILL = {**settings.TILL, "cheques_after_due": False}
    late = datetime(2026, 12, 1, 9, tzinfo=PARIS)

    with pytest.raises(TillRefused, match="30 novembre 2026.*ne prend plus de chèque"):
        take(october, Means.CHEQUE, at=late)
    assert take(october, Means.CASH, "5.00", at=late).is_new
    assert take(october, Means.CHEQUE, at=datetime(2026, 11, 30, 23, tzinfo=PARIS)).is_new


def test_an_invoice_never_takes_more_than_it_owes(october):
    pay(october, "5.00")

    with pytest.raises(TillRefused, match="n’a plus que 7,00\u00a0€ à régler"):
        take({october: "12.00"})
    take({october: "7.00"})
    with pytest.raises(TillRefused, match="n’a plus rien à régler"):
        take({october: "1.00"})


def test_another_household_s_invoice_is_refused(october):
    other = household("Durand")
    book(other)
    issue()
    theirs = other.invoices.get()

    with pytest.raises(TillRefused, match="n’est pas à ce foyer"):
        take({october: "1.00", theirs: "1.00"})
    assert not Payment.objects.exists()


def test_the_same_form_twice_writes_one_payment(october):
    form = uuid4()
    first, second = take(october, submission=form), take({october: "12.00"}, submission=form)

    assert (first.is_new, second.is_new) == (True, False)
    assert first.payment == second.payment
    assert Payment.objects.count() == TillEntry.objects.count() == Allocation.objects.count() == 1


# --- CESU: care, never food; no change, no credit -----------------------------------------------------------------------


@pytest.fixture
def evenings(martins):
    """Four evenings of care, 1.10 € each, and four meals of 3 €, of which 0.90 € is care, for the one month; Léa is nine."""
    child = martins.custodies.get().child
    book(martins, child, [date(2026, 11, day) for day in (2, 3, 5, 6)], evening_care())
    book(martins, child, [date(2026, 11, day) for day in (2, 3, 5, 6)])
    issue(date(2026, 11, 1), at=datetime(2026, 12, 8, 6, tzinfo=PARIS))
    return martins.invoices.get(month=date(2026, 11, 1))


def test_cesu_pay_care_around_school_at_any_age_and_no_meal(evenings, settings):
    settings.TILL = {**settings.TILL, "cesu_around_school": ("garderie-du-soir",)}
    assert evenings.total == Decimal("16.40")

    with pytest.raises(TillRefused, match="n’a plus que 4,40\u00a0€ de garde à payer par CESU"):
        take({evenings: "5.00"}, Means.CESU)
    take({evenings: "4.40"}, Means.CESU, title_count=4, title_value=Decimal("1.10"), title_numbers="A1 à A4")
    with pytest.raises(TillRefused, match="n’a plus de garde à payer par CESU"):
        take({evenings: "1.00"}, Means.E_CESU)
    assert take(evenings, Means.CASH).payment.amount == 12  # the rest by another means


def test_cesu_pay_any_care_of_a_child_who_is_under_six_that_day(evenings, martins, settings):
    settings.TILL = {**settings.TILL, "cesu_around_school": ()}
    martins.custodies.get().child.__class__.objects.update(birth_date=date(2020, 11, 5))  # six on the third day

    with pytest.raises(TillRefused, match="n’a plus que 4,00\u00a0€ de garde"):
        take({evenings: "4.01"}, Means.E_CESU)
    assert take({evenings: "4.00"}, Means.E_CESU).is_new


def test_cesu_give_neither_change_nor_credit(evenings, settings):
    settings.TILL = {**settings.TILL, "cesu_around_school": ("garderie-du-soir",)}

    with pytest.raises(TillRefused, match="ni monnaie ni avoir.*Rendez un titre"):
        take(evenings_part(evenings, "4.40"), Means.CESU, "6.00", title_count=3, title_value=Decimal("2.00"),
             keep_surplus=True)  # fmt: skip
    with pytest.raises(TillRefused, match="Ces titres valent 6,00"):
        take(evenings_part(evenings, "4.40"), Means.CESU, title_count=3, title_value=Decimal("2.00"))


def evenings_part(invoice, part):
    return {invoice: part}


def test_a_month_s_cesu_that_was_called_off_can_be_paid_by_cesu_again(evenings, settings):
    from billing.services.till import reverse_collection

    from .world import regisseur

    settings.TILL = {**settings.TILL, "cesu_around_school": ("garderie-du-soir",)}
    first = take({evenings: "4.40"}, Means.E_CESU).payment
    reverse_collection(payment=first, cause="erreur", reason="Mauvais foyer", by=regisseur(), at=NOON)

    assert take({evenings: "4.40"}, Means.E_CESU).is_new
