"""A household's account, as its « relevé de compte » shows it."""

from datetime import date
from decimal import Decimal as D

from billing.rules.statement import Movement, Row, statement_between

OCTOBER = Movement(date(2026, 10, 31), "Facture d’octobre", "2610000001", asked=D("60.00"))
CARD = Movement(date(2026, 11, 10), "Carte bancaire", "P26-12", given=D("70.00"))
NOVEMBER = Movement(date(2026, 11, 30), "Facture de novembre", "2611000001", asked=D("45.50"))
CHEQUE = Movement(date(2026, 11, 30), "Chèque", "P26-13", given=D("20.00"))
DECEMBER = Movement(date(2026, 12, 1), "Facture de décembre", "2612000001", asked=D("99.00"))


def test_each_movement_says_what_remains_and_the_sums_are_those_of_the_period():
    told = statement_between([DECEMBER, NOVEMBER, CHEQUE, CARD, OCTOBER], date(2026, 11, 1), date(2026, 11, 30))
    assert told.opening == D("60.00")
    assert told.rows == [Row(CARD, D("-10.00")), Row(NOVEMBER, D("35.50")), Row(CHEQUE, D("15.50"))]
    assert (told.asked, told.given) == (D("45.50"), D("90.00"))
    assert (told.first, told.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert told.closing == D("15.50")
    assert told.credit == 0
    assert told.has_credit, "dix euros d’avance le 10 novembre"


def test_both_ends_belong_to_the_period_and_what_was_paid_before_is_not_owed():
    told = statement_between([OCTOBER, CARD, NOVEMBER], date(2026, 11, 30), date(2026, 11, 30))
    assert told.opening == D("-10.00")
    assert told.rows == [Row(NOVEMBER, D("35.50"))]
    assert statement_between([OCTOBER], date(2026, 10, 31), date(2026, 10, 31)).rows == [Row(OCTOBER, D("60.00"))]


def test_a_household_that_paid_too_much_has_a_credit():
    told = statement_between([OCTOBER, CARD], date(2026, 10, 1), date(2026, 11, 30))
    assert (told.closing, told.credit) == (D("-10.00"), D("10.00"))


def test_an_account_paid_to_the_cent_never_had_a_credit():
    paid = Movement(date(2026, 11, 10), "Carte bancaire", "P26-12", given=D("60.00"))
    told = statement_between([OCTOBER, paid], date(2026, 10, 1), date(2026, 11, 30))
    assert (told.closing, told.credit, told.has_credit) == (0, 0, False)


def test_an_account_without_movement_is_empty():
    told = statement_between([], date(2026, 10, 1), date(2026, 11, 30))
    assert (told.opening, told.rows, told.closing) == (0, [], 0)
