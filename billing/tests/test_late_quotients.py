"""A quotient that comes after the invoice: the invoice stays, a correction is proposed, days to come follow by themselves."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.tests.factories import UserFactory
from billing.models import CreditNote, Invoice, Supplement
from billing.rules.corrections import parts_of
from billing.services.corrections import confirm_credit_note
from billing.services.corrections.proposing import propose_credit
from billing.services.late_quotients import note_late_quotient
from billing.tests.factories import NOON, TariffFactory, book, household, invoice_of
from castres_portal.base.clock import PARIS
from families.models import QuotientRecord
from families.quotient_changes import QuotientChange
from families.services.quotients import lock_family, write_period

pytestmark = pytest.mark.django_db(transaction=True)

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def martin(db):
    """A household that paid band B (3 €) for four days of October; November is booked, not invoiced."""
    TariffFactory()
    family = household(quotient=850)
    book(family, "Léa")
    book(family, family.custodies.get().child, [date(2026, 11, 5)])
    return family


def give(family, value, starts_on=OCTOBER, ends_on=None):
    with transaction.atomic():
        lock_family(family)
        write_period(
            family=family,
            value=value,
            month=OCTOBER,
            source="caf",
            starts_on=starts_on,
            ends_on=ends_on,
            proof="",
            request=None,
            at=NOON,
        )


def proposals():
    notes = [(-note.total, note.status) for note in CreditNote.objects.order_by("pk")]
    return notes + [(row.total, row.status) for row in Supplement.objects.order_by("pk")]


def test_the_invoice_stays_and_a_credit_note_is_proposed(martin):
    invoice = invoice_of(martin)
    give(martin, 400)
    note = CreditNote.objects.get()
    assert (note.reason, note.family, note.invoice, note.total) == ("quotient", martin, invoice, Decimal("8.00"))
    assert {(line.care_part, line.food_part) for line in note.lines.all()} == {(Decimal("0.60"), Decimal("1.40"))}
    assert Invoice.objects.get(pk=invoice.pk).total == Decimal("12.00")


def test_a_quotient_that_costs_more_is_a_supplement(martin):
    invoice_of(martin)
    give(martin, 1500)
    assert proposals() == [(Decimal("6.00"), "propose")]


def test_a_second_change_replaces_what_nobody_has_decided(martin):
    invoice_of(martin)
    give(martin, 400)
    give(martin, 1500)
    assert proposals() == [(Decimal("-8.00"), "refuse"), (Decimal("6.00"), "propose")]


def test_what_is_confirmed_is_counted_in_the_next_difference(martin):
    invoice_of(martin)
    give(martin, 400)
    confirm_credit_note(note=CreditNote.objects.get(), by=UserFactory(agent=True), at=NOON)
    give(martin, 850)
    assert proposals() == [(Decimal("-8.00"), "confirme"), (Decimal("8.00"), "propose")]


def test_a_day_that_is_not_owed_has_no_price_to_change(martin):
    line = invoice_of(martin).lines.first()
    with transaction.atomic():
        asked = {line.pk: parts_of(line)}
        propose_credit(line.invoice, asked, reason=CreditNote.Reason.ABSENCE, words="Absence", by=None, at=NOON)
    give(martin, 400)
    assert proposals() == [(Decimal("-3.00"), "propose"), (Decimal("-6.00"), "propose")]


def test_the_days_that_are_not_invoiced_follow_by_themselves(martin):
    invoice_of(martin)
    give(martin, 400)
    november = invoice_of(martin, month=date(2026, 11, 1), at=datetime(2026, 12, 8, 6, tzinfo=PARIS))
    assert november.total == Decimal("1.00")


@pytest.mark.parametrize(
    "value, starts_on",
    [
        (851, OCTOBER),  # the same band
        (400, date(2026, 11, 1)),  # after the invoiced days
    ],
)
def test_what_changes_no_invoiced_price_says_nothing(martin, value, starts_on):
    invoice_of(martin)
    give(martin, value, starts_on)
    assert proposals() == []


def test_a_household_without_invoices_says_nothing(martin):
    give(martin, 400)
    assert proposals() == []


def test_another_household_s_invoices_are_left_out(martin):
    other = household("Durand", quotient=850)
    book(other, "Tom")
    invoice_of(martin)
    give(martin, 400)
    assert CreditNote.objects.get().family == martin


def test_a_quotient_that_an_agent_takes_away_is_told(martin):
    invoice_of(martin)
    QuotientRecord.objects.filter(family=martin).delete()
    note_late_quotient(QuotientChange(martin, date(2026, 1, 1), NOON))
    assert proposals() == [(Decimal("6.00"), "propose")]
