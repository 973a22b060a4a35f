"""Faults planted behind the portal's back: each is found, named, alone, and by how much."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from post_office.models import Email

from billing.models import (
    Allocation,
    AttemptShare,
    CreditNote,
    Discrepancy,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAttempt,
    PayzenMessage,
    TillEntry,
)
from billing.services.corrections import confirm_credit_note, propose_price_error
from billing.services.reconciliation import CannotExplain, explain_discrepancy
from billing.tests.payments import world as bank
from castres_portal.base.models import Counter
from reservations.models import Booking

from .world import NIGHT, behind_its_back, check, found

pytestmark = pytest.mark.django_db
CENT = Decimal("0.01")
OCTOBER = date(2026, 10, 1)
FREE_DAY = date(2026, 10, 13)


def test_a_healthy_town_has_nothing_to_examine(town):
    run = check()

    assert (found(), run.found, run.finished_at) == ([], 0, NIGHT)
    assert (run.invoices, run.lines, run.bookings, run.payments, run.messages) == (3, 12, 12, 2, 1)
    assert Email.objects.filter(to="regisseur@example.org").count() == 0


def part_of_a_line(town):
    with behind_its_back():
        _line(town).update(care_part=Decimal("0.91"))


def total_of_an_invoice(town):
    with behind_its_back():
        Invoice.objects.filter(pk=town.unpaid.pk).update(total=town.unpaid.total + 1)


def booking_cancelled_and_charged(town):
    booking = Booking.objects.filter(pk=_line(town).get().booking_id)
    booking.update(status=Booking.Status.CANCELLED, cancelled_at=NIGHT)


def booking_of_another_day(town):
    Booking.objects.filter(pk=_line(town).get().booking_id).update(day=FREE_DAY)


def day_left_out(town):
    town.book_after(FREE_DAY)


def allocated_beyond_the_invoice(town):
    share = Allocation.objects.get(invoice=town.at_counter)
    with behind_its_back():
        Payment.objects.filter(pk=share.payment_id).update(amount=share.amount + 2)
    Allocation.objects.filter(pk=share.pk).update(amount=share.amount + 2)


def allocated_beyond_the_payment(town):
    Allocation.objects.create(payment=town.cheque, invoice=town.unpaid, amount=CENT)


def payment_without_message(town):
    PayzenMessage.objects.all().delete()


def payment_from_nowhere(town):
    with behind_its_back():
        TillEntry.objects.filter(payment=town.cheque)._raw_delete("default")


def another_amount_than_the_bank(town):
    with behind_its_back():
        Payment.objects.filter(pk=town.card.pk).update(amount=town.card.amount + CENT)


def reversal_forgotten(town):
    _message(town, "CAPTURE_FAILED", outcome=PayzenMessage.Outcome.NOTED)


def money_forgotten(town):
    _message(town, "AUTHORISED", trans_uuid="b" * 32, outcome=PayzenMessage.Outcome.APPLIED, explanation="Appliqué.")


def message_left_behind(town):
    _message(town, "AUTHORISED", trans_uuid="c" * 32, outcome=PayzenMessage.Outcome.STORED)


def another_state(town):
    PaymentAttempt.objects.update(status=PaymentAttempt.Status.REFUSED)


def another_share(town):
    AttemptShare.objects.update(amount=CENT)


def invoice_number_missing(town):
    with behind_its_back():
        Invoice.objects.filter(number="2610000003").update(number="2610000004")
    Counter.objects.filter(series="factures-2610").update(value=4)


def last_receipt_missing(town):
    Counter.objects.filter(series="quittances-2026").update(value=3)


def credit_note_used_twice(town):
    line = _line(town).get()
    note = propose_price_error(
        invoice=town.unpaid,
        lines=[line.pk],
        per_line=None,
        reason="prix",
        words="Prix faux.",
        by=town.regisseur,
        at=NIGHT,
    )
    confirm_credit_note(note=note, by=town.regisseur, at=NIGHT)
    Allocation.objects.filter(credit_note=note).update(amount=line.amount + 1)


def sum_of_a_credit_note(town):
    line = _line(town).get()
    note = propose_price_error(
        invoice=town.unpaid,
        lines=[line.pk],
        per_line=None,
        reason="prix",
        words="Prix faux.",
        by=town.regisseur,
        at=NIGHT,
    )
    CreditNote.objects.filter(pk=note.pk).update(total=note.total + 1)


FAULTS = [
    (part_of_a_line, "parts-de-ligne", "-0.01"),
    (total_of_an_invoice, "somme-de-facture", "1.00"),
    (booking_cancelled_and_charged, "ligne-sans-origine", "3.00"),
    (booking_of_another_day, "ligne-sans-origine", "3.00"),
    (day_left_out, "jours-non-factures", "-3.00"),
    (allocated_beyond_the_invoice, "facture-trop-imputee", "2.00"),
    (allocated_beyond_the_payment, "paiement-trop-impute", "0.01"),
    (payment_without_message, "paiement-sans-preuve", "12.00"),
    (payment_from_nowhere, "paiement-sans-preuve", "12.00"),
    (another_amount_than_the_bank, "montant-de-paiement", "0.01"),
    (reversal_forgotten, "annulation-manquante", "12.00"),
    (money_forgotten, "paiement-manquant", "-12.00"),
    (message_left_behind, "message-sans-suite", None),
    (another_state, "etat-de-tentative", None),
    (another_share, "parts-de-tentative", "11.99"),
    (invoice_number_missing, "numero-manquant", None),
    (last_receipt_missing, "numero-manquant", None),
    (credit_note_used_twice, "paiement-trop-impute", "1.00"),
    (sum_of_a_credit_note, "somme-d-avoir", "1.00"),
]


@pytest.mark.parametrize(("fault", "kind", "difference"), FAULTS, ids=lambda each: getattr(each, "__name__", None))
def test_a_fault_is_found_and_named_alone(town, fault, kind, difference):
    fault(town)
    check()

    row = Discrepancy.objects.get()
    assert (row.kind, row.difference) == (kind, Decimal(difference) if difference else None)
    assert row.words
    assert row.expected != row.found


def test_what_is_new_is_told_once_and_what_is_mended_goes(town):
    another_state(town)
    first = check()
    letter = Email.objects.get(to="regisseur@example.org")
    assert "1 écart" in letter.subject
    assert "Martin" not in letter.message + letter.html_message

    second = check(NIGHT + timedelta(days=1))
    assert (first.new, second.new, second.found) == (1, 0, 1)
    assert Email.objects.filter(to="regisseur@example.org").count() == 1

    PaymentAttempt.objects.update(status=PaymentAttempt.Status.PAID)
    assert check(NIGHT + timedelta(days=2)).found == 0
    assert Discrepancy.objects.get().gone_at == NIGHT + timedelta(days=2)


def test_an_explanation_holds_for_the_sums_that_it_was_written_about(town):
    another_amount_than_the_bank(town)
    check()
    row = Discrepancy.objects.get()
    with pytest.raises(CannotExplain, match="Écrivez"):
        explain_discrepancy(discrepancy=row.pk, words=" ", by=town.regisseur, at=NIGHT)
    explain_discrepancy(discrepancy=row.pk, words="Vu avec la banque.", by=town.regisseur, at=NIGHT)
    check(NIGHT + timedelta(days=1))
    assert Discrepancy.objects.get().explanation == "Vu avec la banque."

    with behind_its_back():
        Payment.objects.filter(pk=town.card.pk).update(amount=town.card.amount + 1)
    assert check(NIGHT + timedelta(days=2)).new == 1
    assert Discrepancy.objects.get(gone_at=None).explanation == ""


def test_one_month_leaves_the_others_alone(town):
    another_state(town)
    check()
    assert check(NIGHT + timedelta(hours=1), month=date(2026, 9, 1)).found == 0
    assert found() == ["etat-de-tentative"]
    assert check(NIGHT + timedelta(hours=2), month=OCTOBER).found == 1


def test_the_command_says_what_differs_and_fails(town, capsys):
    call_command("reconcile_accounts")
    assert "Tout concorde." in capsys.readouterr().out
    another_state(town)
    with pytest.raises(CommandError, match="1, dont 1 nouveaux"):
        call_command("reconcile_accounts", month="2026-10")
    assert "État d’une tentative" in capsys.readouterr().out
    assert not mail.outbox


# --- Planting ---------------------------------------------------------------------------------------------------------


def _line(town):
    first = town.unpaid.lines.order_by("day").first()
    return InvoiceLine.objects.filter(pk=first.pk)


def _message(town, status, *, outcome, explanation="", **changes):
    fields = bank.word(town.attempt, status, **changes)
    return PayzenMessage.objects.create(
        channel="notification",
        body_sha256=bank.uuid() * 2,
        fields=fields,
        attempt=town.attempt,
        received_at=NIGHT - timedelta(hours=5),
        outcome=outcome,
        explanation=explanation,
    )
