"""From booked days to an invoice, or to what holds it back."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import Anomaly
from billing.rules.drafts import BookedDay, draft_invoice
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

    assert "tranche la plus élevée" in draft.note
    assert words in draft.note
    assert len(draft.note) <= 300


def test_one_day_without_tariff_holds_the_whole_invoice_back():
    def price(day):
        if day.day.day == 5:
            raise NoTariff(1, day.day)
        return priced()

    draft, [reason] = draft_invoice(days(1, 2, 5), price)

    assert draft is None
    assert reason.kind == Kind.NO_TARIFF
    assert reason.message.startswith("Restauration scolaire : aucun tarif (5 octobre 2026).")


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
