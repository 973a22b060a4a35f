"""French as the portal writes it, in mails and on papers as on the screen."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from castres_portal.base import french
from castres_portal.base.tests.reading import read


@pytest.mark.parametrize(
    "amount, written",
    [
        (Decimal("63.98"), "63,98 €"),
        (Decimal("1234567.8"), "1 234 567,80 €"),
        (Decimal("0.005"), "0,01 €"),
        (Decimal("0.0049"), "0,00 €"),
        (Decimal("-12.5"), "−12,50 €"),
        (Decimal("-0.001"), "0,00 €"),
        (0, "0,00 €"),
        ("3.4", "3,40 €"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_amount(amount, written):
    assert read(french.euros(amount)) == written


@pytest.mark.parametrize(
    "day, full, plain, short, month, of_month",
    [
        (date(2026, 12, 7), "lundi 7 décembre 2026", "7 décembre 2026", "7 déc.", "décembre 2026", "de décembre 2026"),
        (
            date(2026, 11, 1),
            "dimanche 1er novembre 2026",
            "1er novembre 2026",
            "1er nov.",
            "novembre 2026",
            "de novembre 2026",
        ),
        (date(2026, 10, 31), "samedi 31 octobre 2026", "31 octobre 2026", "31 oct.", "octobre 2026", "d’octobre 2026"),
        (date(2026, 8, 20), "jeudi 20 août 2026", "20 août 2026", "20 août", "août 2026", "d’août 2026"),
        (date(2027, 4, 2), "vendredi 2 avril 2027", "2 avril 2027", "2 avr.", "avril 2027", "d’avril 2027"),
        # Half past eleven at night in London is the next day in Paris.
        (
            datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
            "dimanche 1er février 2026",
            "1er février 2026",
            "1er févr.",
            None,
            None,
        ),
        (None, "", "", "", "", "de "),
    ],
)
def test_a_day(day, full, plain, short, month, of_month):
    assert french.long_day(day) == full
    assert french.plain_day(day) == plain
    assert read(french.short_day(day)) == short
    if month is not None:
        assert french.month_name(day) == month
        assert french.of_month(day) == of_month


@pytest.mark.parametrize(
    "instant, written",
    [
        (datetime(2026, 11, 19, 11, 6, tzinfo=UTC), "19/11/2026 à 12:06"),
        (datetime(2026, 7, 1, 22, 5, tzinfo=UTC), "02/07/2026 à 00:05"),
        (None, ""),
    ],
)
def test_an_instant_is_read_in_paris(instant, written):
    assert french.moment(instant) == written


@pytest.mark.parametrize(
    "hour, written",
    [
        (time(9, 30), "9 h 30"),
        (time(17), "17 h"),
        (time(0, 5), "0 h 05"),
        (datetime(2026, 11, 19, 7, 15, tzinfo=UTC), "8 h 15"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_hour(hour, written):
    assert read(french.clock_time(hour)) == written


@pytest.mark.parametrize(
    "items, said",
    [
        ([], ""),
        (["cantine"], "cantine"),
        (["cantine", "étude"], "cantine et étude"),
        (["cantine", "étude", "garderie"], "cantine, étude et garderie"),
    ],
)
def test_a_list(items, said):
    assert french.in_words(items) == said


@pytest.mark.parametrize(
    "name, said",
    [
        *(("Léa", "de Léa"), ("Inès", "d’Inès"), ("Éric", "d’Éric"), ("Anaïs", "d’Anaïs"), ("Œnone", "d’Œnone")),
        *(("Zoé", "de Zoé"), ("Xavier", "de Xavier"), ("Oscar", "d’Oscar"), ("Ulysse", "d’Ulysse"), ("", "de ")),
    ],
)
def test_a_child_s_name_after_of(name, said):
    assert french.of_name(name) == said


@pytest.mark.parametrize(
    "number, shown, dialled",
    [
        ("0563624344", "05 63 62 43 44", "+33563624344"),
        ("05 63 62 43 44", "05 63 62 43 44", "+33563624344"),
        ("05.63.62.43.44", "05 63 62 43 44", "+33563624344"),
        ("+33 5 63 62 43 44", "+33 5 63 62 43 44", "+33563624344"),
        # Ten digits with a plus are a foreign number: pairs would read as a French one.
        ("+32 2 555 12 34", "+32 2 555 12 34", "+3225551234"),
        ("3939", "3939", "3939"),
    ],
)
def test_a_telephone_number(number, shown, dialled):
    assert read(french.phone(number)) == shown
    assert french.phone_link(number) == dialled
    assert " " not in french.phone(number), "un numéro ne se coupe pas en fin de ligne"
