"""What the régie's counter takes, in examples of Castres' counter."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from billing.models import Payment
from billing.rules import till
from billing.rules.till import CaredDay, CashBook, Debt, MeansSum, TillPolicy
from castres_portal.base.tests.reading import read

Means = Payment.Means
CASH, CHEQUE = Means.CASH.value, Means.CHEQUE.value
POLICY = TillPolicy(
    act="arrêté de 2024",
    means=(Means.CESU.value, Means.CASH.value, Means.CHEQUE.value),
    most_cash=D("300.00"),
    cheques_after_due=False,
    cash_float=D("50.00"),
    cash_limit=D("1500.00"),
    deposit_days=15,
    account="DFT Castres",
    cesu_under=6,
    cesu_around_school=("garderie-matin", "garderie-soir"),
)
OCTOBER = Debt(1, "2610000001", date(2026, 11, 20), D("40.00"), cesu=D("15.00"))
NOVEMBER = Debt(2, "2611000001", date(2026, 12, 20), D("25.00"))
HANDED_OVER = Debt(3, "2609000007", date(2026, 10, 20), D("60.00"), refusal="Elle est transmise au Trésor.")
BOTH = {1: OCTOBER, 2: NOVEMBER}


def test_the_counter_offers_what_the_act_allows_in_its_own_order():
    assert till.means_offered(POLICY) == [Means.CHEQUE, Means.CASH, Means.CESU]


@pytest.mark.parametrize(
    "means, said",
    [
        ((Means.CHEQUE, Means.CASH, Means.CESU), "chèque, espèces (300,00 € au plus) ou CESU pour la garde"),
        ((Means.CESU, Means.E_CESU, Means.TRANSFER), "CESU pour la garde ou virement"),
        ((Means.CHEQUE,), "chèque"),
        ((), ""),
    ],
)
def test_an_invoice_says_what_the_counter_takes(means, said):
    policy = replace(POLICY, means=tuple(one.value for one in means))
    assert read(till.means_in_words(policy)) == said


@pytest.mark.parametrize(
    "debt, means, room",
    [
        (OCTOBER, Means.CASH, "40.00"),
        (OCTOBER, Means.CESU, "15.00"),
        (OCTOBER, Means.E_CESU, "15.00"),
        (NOVEMBER, Means.CESU, "0.00"),
        (HANDED_OVER, Means.CASH, "0.00"),
        (Debt(4, "2612000001", date(2027, 1, 20), D("10.00"), cesu=D("12.00")), Means.CESU, "10.00"),
    ],
)
def test_what_an_invoice_can_take_of_a_means(debt, means, room):
    assert debt.room(means) == D(room)


@pytest.mark.parametrize(
    "means, amount, said",
    [
        (Means.CARD, "10", "Ce moyen de paiement ne s’encaisse pas au guichet."),
        (
            Means.TRANSFER,
            "10",
            "La régie ne peut pas encaisser ce moyen de paiement (virement) : il n’est pas dans son arrêté de 2024.",
        ),
        (
            Means.E_CESU,
            "10",
            "La régie ne peut pas encaisser ce moyen de paiement (CESU dématérialisé) : il n’est pas dans son arrêté de 2024.",
        ),
        (Means.CASH, "300.01", "La régie n’encaisse pas plus de 300,00 € en espèces."),
        (Means.CASH, "300.00", None),
        (Means.CHEQUE, "300.01", None),
        (Means.CESU, "10", None),
    ],
)
def test_what_the_regie_may_not_take(means, amount, said):
    assert read(till.refusal_of_means(means, D(amount), policy=POLICY)) == said


@pytest.mark.parametrize(
    "debt, means, today, said",
    [
        (HANDED_OVER, Means.CASH, date(2026, 11, 2), "Elle est transmise au Trésor."),
        (OCTOBER, Means.CHEQUE, date(2026, 11, 20), None),
        (
            OCTOBER,
            Means.CHEQUE,
            date(2026, 11, 21),
            "La facture 2610000001 était à régler avant le 20 novembre 2026 : la régie ne prend plus de chèque.",
        ),
        (OCTOBER, Means.CASH, date(2026, 11, 21), None),
        (Debt(5, "2612000002", date(2027, 1, 20), D("10.00"), cesu=D("0.50")), Means.CESU, date(2026, 11, 21), None),
        (OCTOBER, Means.CESU, date(2026, 11, 21), None),
        (
            NOVEMBER,
            Means.CESU,
            date(2026, 11, 21),
            "La facture 2611000001 n’a plus de garde à payer par CESU : ils ne paient ni repas, ni enfant trop grand.",
        ),
    ],
)
def test_what_an_invoice_does_not_take(debt, means, today, said):
    assert read(till.refusal_of_debt(debt, means, today=today, policy=POLICY)) == said


@pytest.mark.parametrize(
    "amount, means, shares",
    [
        ("50.00", Means.CASH, {1: D("40.00"), 2: D("10.00")}),
        ("30.00", Means.CASH, {1: D("30.00")}),
        ("30.00", Means.CESU, {1: D("15.00")}),
        ("80.00", Means.CASH, {1: D("40.00"), 2: D("25.00")}),
    ],
)
def test_the_oldest_invoice_is_paid_first(amount, means, shares):
    assert till.propose(D(amount), [NOVEMBER, HANDED_OVER, OCTOBER], means) == shares


def test_of_two_invoices_due_on_one_day_the_first_number_is_paid_first():
    second = Debt(8, "2610000009", date(2026, 11, 20), D("30.00"))
    assert till.propose(D("45.00"), [second, OCTOBER], Means.CASH) == {1: D("40.00"), 8: D("5.00")}


@pytest.mark.parametrize(
    "amount, parts, means, keep, said",
    [
        ("40.00", {1: "40.00"}, Means.CASH, False, None),
        ("65.00", {1: "40.00", 2: "25.00"}, Means.CASH, False, None),
        ("15.00", {1: "15.00"}, Means.CESU, False, None),
        ("0.01", {1: "0.01"}, Means.CASH, False, None),
        ("40.00", {}, Means.CASH, False, "Rien n’est à régler par ce moyen : choisissez une facture."),
        ("40.00", {1: "0.00"}, Means.CASH, True, "La facture 2610000001 n’a plus que 40,00 € à régler."),
        ("50.00", {1: "40.01"}, Means.CASH, True, "La facture 2610000001 n’a plus que 40,00 € à régler."),
        (
            "50.00",
            {1: "15.01"},
            Means.CESU,
            True,
            "La facture 2610000001 n’a plus que 15,00 € de garde à payer par CESU.",
        ),
        (
            "50.00",
            {2: "1.00"},
            Means.CESU,
            True,
            "La facture 2611000001 n’a plus que 0,00 € de garde à payer par CESU.",
        ),
        (
            "40.00",
            {1: "40.00", 2: "0.50"},
            Means.CASH,
            False,
            "Les montants par facture dépassent de 0,50 € la somme reçue.",
        ),
        ("41.00", {1: "40.00"}, Means.CASH, True, None),
        (
            "41.00",
            {1: "40.00"},
            Means.CASH,
            False,
            "Il reste 1,00 € : rendez-les, ou dites que le foyer les garde en avoir.",
        ),
        (
            "15.40",
            {1: "15.00"},
            Means.CESU,
            True,
            "Les CESU dépassent de 0,40 € la garde à payer : ils ne donnent ni monnaie ni avoir. "
            "Rendez un titre à la famille et complétez par un autre moyen.",
        ),
    ],
)
def test_how_a_sum_may_be_shared_out(amount, parts, means, keep, said):
    shares = {invoice: D(part) for invoice, part in parts.items()}
    assert read(till.problem_with_parts(D(amount), shares, BOTH, means=means, keep_surplus=keep)) == said


def test_an_invoice_that_is_all_care_is_simply_owed_whatever_pays_it():
    morning_care = {1: Debt(1, "2610000001", date(2026, 11, 20), D("8.00"), cesu=D("8.00"))}
    said = till.problem_with_parts(D("9.00"), {1: D("9.00")}, morning_care, means=Means.CESU, keep_surplus=False)
    assert read(said) == "La facture 2610000001 n’a plus que 8,00 € à régler."


@pytest.mark.parametrize(
    "amount, given, back",
    [("37.20", "40.00", "2.80"), ("37.20", "37.20", "0.00"), ("37.20", "30.00", "0.00"), ("37.20", None, "0.00")],
)
def test_the_change_that_is_given_back(amount, given, back):
    assert till.change_of(D(amount), given and D(given)) == D(back)


@pytest.mark.parametrize(
    "born_on, day, age",
    [
        (date(2020, 11, 20), date(2026, 11, 19), 5),
        (date(2020, 11, 20), date(2026, 11, 20), 6),
        (date(2020, 2, 29), date(2026, 2, 28), 5),
        (date(2020, 2, 29), date(2026, 3, 1), 6),
        (date(2020, 12, 1), date(2026, 11, 30), 5),
    ],
)
def test_an_age(born_on, day, age):
    assert till.age_on(born_on, day) == age


@pytest.mark.parametrize(
    "activity, born_on, payable",
    [
        ("garderie-soir", date(2016, 5, 1), "3.00"),
        ("mercredi", date(2016, 5, 1), "0.00"),
        ("mercredi", date(2020, 11, 21), "3.00"),
        ("mercredi", date(2020, 11, 20), "0.00"),
    ],
)
def test_cesu_pay_the_care_around_school_and_any_care_before_six(activity, born_on, payable):
    day = CaredDay(activity, D("3.00"), born_on, date(2026, 11, 20))
    found = till.cesu_care([day], under=POLICY.cesu_under, around_school=POLICY.cesu_around_school)
    assert found == D(payable)


def test_the_care_of_several_days_adds_up():
    day = CaredDay("garderie-soir", D("1.35"), date(2016, 5, 1), date(2026, 11, 20))
    assert till.cesu_care([day, day], under=6, around_school=("garderie-soir",)) == D("2.70")


def test_the_drawer_holds_what_came_and_was_not_deposited():
    assert CashBook(taken=D("120.00"), differences=D("-0.50"), deposited=D("80.00")).held == D("39.50")


def test_movements_are_added_up_by_means_in_the_order_of_the_journal():
    movements = [(CASH, D("20.00")), (CHEQUE, D("55.00")), (CASH, D("-5.00")), (CASH, D("0.50"))]
    sums = till.sums_by_means(movements)
    assert sums == [
        MeansSum(CHEQUE, 1, came=D("55.00"), gone=D("0.00")),
        MeansSum(CASH, 3, came=D("20.50"), gone=D("5.00")),
    ]
    assert [one.net for one in sums] == [D("55.00"), D("15.50")]
    assert [one.label for one in sums] == [Means.CHEQUE.label, Means.CASH.label]
    assert till.net_of(sums) == D("70.50")
    assert till.sums_by_means([]) == []


@pytest.mark.parametrize(
    "held, said",
    [
        ("1500.00", None),
        ("1500.01", "L’encaisse (1 500,01 €) dépasse le maximum de la régie (1 500,00 €) : versez les espèces."),
    ],
)
def test_the_drawer_that_is_too_full(held, said):
    assert read(till.cash_warning(D(held), policy=POLICY)) == said


@pytest.mark.parametrize(
    "oldest, said",
    [
        (None, None),
        (date(2026, 11, 5), None),
        (
            date(2026, 11, 4),
            "Des sommes reçues le 4 novembre 2026 attendent d’être remises : le versement est dû sous 15 jours.",
        ),
    ],
)
def test_the_deposit_that_is_late(oldest, said):
    assert read(till.deposit_warning(oldest, today=date(2026, 11, 20), policy=POLICY)) == said
