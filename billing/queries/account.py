"""A household's account: each invoice and each movement of money, in order. Amounts in euros."""

from datetime import date

from billing.models import CreditNoteRefund, Invoice, Payment
from billing.queries.corrections import credit_notes_of
from billing.rules.statement import Movement, Statement, statement_between
from castres_portal.base.clock import in_paris
from castres_portal.base.french import month_name
from families.models import Family

OWN, OTHERS = "Facture", "Facture de prises en charge"


def movements_of(family: Family) -> list[Movement]:
    """Return all that the household was asked for and gave, in no order; four queries."""
    return [*_invoices(family), *_credit_notes(family), *_payments(family)]


def account_of(family: Family, first: date, last: date) -> Statement:
    """Return the household's account over a period, both ends included; four queries."""
    return statement_between(movements_of(family), first, last)


def _invoices(family: Family) -> list[Movement]:
    rows = Invoice.objects.filter(family=family).order_by("issued_on", "number")
    return [
        Movement(
            issued_on, f"{OTHERS if for_others else OWN}, {month_name(month)}", number, asked=total, invoice=number
        )
        for number, month, issued_on, total, for_others in rows.values_list(
            "number", "month", "issued_on", "total", "for_others"
        )
    ]


def _credit_notes(family: Family) -> list[Movement]:
    notes = [
        Movement(
            in_paris(note.decided_at).date(),
            f"Avoir sur la facture {note.invoice.number}",
            note.number or "",
            given=note.total,
        )
        for note in credit_notes_of(family)
        if note.decided_at
    ]
    refunds = CreditNoteRefund.objects.filter(note__family=family).select_related("note")
    back = [
        Movement(
            in_paris(row.recorded_at).date(), "Remboursement par le comptable", row.note.number or "", given=-row.amount
        )
        for row in refunds
    ]
    return [*notes, *back]


def _payments(family: Family) -> list[Movement]:
    rows = Payment.objects.filter(family=family).order_by("received_at", "pk")
    return [
        Movement(
            in_paris(row.received_at).date(),
            f"{row.get_kind_display()}, {row.get_means_display().lower()}",
            row.number,
            given=row.amount,
        )
        for row in rows
    ]
