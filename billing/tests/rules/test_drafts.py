"""From booked days to an invoice, or to what holds it back."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Anomaly
from billing.rules.drafts import BookedDay, DraftLine, Fixed, draft_invoice, fixed_price, note_of
from castres_portal.base.tests.reading import read
from reservations.pricing import NoTariff, Price, PricedDay, QuotientOutsideBands, Rule

Kind = Anomaly.Kind


def days(*numbers, activity="Restauration scolaire"):
    return [BookedDay(n, 1, "Léa MARTIN", 1, activity, date(2026, 10, n)) for n in numbers]


def priced(total="3.00", rule=Rule.QUOTIENT, quotient=850):
    euros = Decimal(total)
    return PricedDay(Price(euros, Decimal(0), euros, "B", rule), quotient, "délibération")


def test_each_day_is_a_line_and_the_total_is_their_sum():
    draft, reasons = draft_invoice(days(1, 2, 5), lambda day: priced())

    assert reasons == []
    assert (draft.total, len(draft.lines), draft.note) == (Decimal("9.00"), 3, "")


@pytest.mark.parametrize("booked", [[], days(1, 2)], ids=["no day", "free days"])
def test_nothing_to_pay_is_no_invoice_and_nothing_amiss(booked):
    assert draft_invoice(booked, lambda day: priced("0.00")) == (None, [])


@pytest.mark.parametrize("count, words", [(1, "à une réservation"), (3, "à 3 réservations")])
def test_the_highest_band_is_stated(count, words):
    def price(day):
        return priced(rule=Rule.HIGHEST, quotient=None) if day.day.day <= count else priced()

    draft, _ = draft_invoice(days(1, 2, 3, 5), price)

    assert draft.note == (
        f"Faute de quotient familial connu, la tranche la plus élevée est appliquée {words}. "
        "Remettez votre attestation à l’Espace Famille."
    )
    assert len(draft.note) <= 300


def test_one_day_without_tariff_holds_the_whole_invoice_back():
    def price(day):
        if day.day.day == 5:
            raise NoTariff(1, day.day)
        return priced()

    draft, [reason] = draft_invoice(days(1, 2, 5), price)

    assert draft is None
    assert reason.kind == Kind.NO_TARIFF
    assert read(reason.message) == (
        "Restauration scolaire : aucun tarif (5 octobre 2026). Corrigez les tarifs, puis relancez la facturation du mois."
    )


def test_each_kind_is_named_once_with_its_causes_and_days():
    def price(day):
        if day.activity_name == "Étude":
            raise NoTariff(2, day.day)
        raise QuotientOutsideBands(850, 0 if day.day.day < 10 else 2)

    _, reasons = draft_invoice([*days(1, 2, 12), *days(1, activity="Étude")], price)

    assert [reason.kind for reason in reasons] == [Kind.QUOTIENT_GAP, Kind.NO_TARIFF]
    gap = reasons[0].message
    assert "le quotient 850 n’entre dans aucune tranche (2 réservations, du 1er octobre 2026 au 2 octobre 2026)" in gap
    assert "le quotient 850 entre dans plusieurs tranches (12 octobre 2026)" in gap


def test_causes_go_in_the_order_of_their_names_and_days():
    booked = [*days(12, 1, 5, activity="Étude"), *days(7, activity="Cantine")]

    def price(day):
        raise NoTariff(2, day.day)

    _, [reason] = draft_invoice(booked, price)

    assert read(reason.message) == (
        "Cantine : aucun tarif (7 octobre 2026) ; "
        "Étude : aucun tarif (3 réservations, du 1er octobre 2026 au 12 octobre 2026). "
        "Corrigez les tarifs, puis relancez la facturation du mois."
    )


def test_a_gap_and_a_lack_of_tariff_are_two_reasons_each_with_its_days_in_order():
    booked = [*days(20, 3, activity="Étude"), *days(9, activity="Cantine"), *days(12, activity="Étude")]

    def price(day):
        if day.activity_name == "Cantine":
            raise QuotientOutsideBands(850, 0)
        raise NoTariff(2, day.day)

    _, reasons = draft_invoice(booked, price)

    assert {reason.kind: read(reason.message) for reason in reasons} == {
        Kind.QUOTIENT_GAP: "Cantine : le quotient 850 n’entre dans aucune tranche (9 octobre 2026). "
        "Corrigez les tarifs, puis relancez la facturation du mois.",
        Kind.NO_TARIFF: "Étude : aucun tarif (3 réservations, du 3 octobre 2026 au 20 octobre 2026). "
        "Corrigez les tarifs, puis relancez la facturation du mois.",
    }


def test_half_a_euro_is_an_invoice():
    draft, _ = draft_invoice(days(1), lambda day: priced("0.50"))
    assert draft.total == Decimal("0.50")


@pytest.mark.parametrize("quotient, rule", [(850, Rule.QUOTIENT), (None, Rule.HIGHEST), (0, Rule.QUOTIENT)])
def test_a_supplement_keeps_the_price_that_was_proposed(quotient, rule):
    fixed = Fixed(7, Decimal("0.60"), Decimal("1.40"), quotient, "C", "délibération 2026-41")
    found = fixed_price(fixed)
    assert (found.price.care_part, found.price.food_part, found.price.total) == (
        Decimal("0.60"),
        Decimal("1.40"),
        Decimal("2.00"),
    )
    assert (found.price.band, found.price.rule) == ("C", rule)
    assert (found.quotient, found.deliberation) == (quotient, "délibération 2026-41")


def test_a_supplement_is_not_said_to_be_of_the_highest_band_once_more():
    fixed = Fixed(7, Decimal("0.60"), Decimal("1.40"), None, "G", "délibération")
    [booked] = days(1)
    assert note_of([DraftLine(booked._replace(fixed=fixed), fixed_price(fixed))]) == ""
