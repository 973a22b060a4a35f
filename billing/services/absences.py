"""Days that an issued invoice charges and that are no longer owed: an absence granted, a closure that freed them.

The invoice stays; a credit note is proposed to the régie.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from billing.models import CreditNote, InvoiceLine
from billing.rules.corrections import parts_of
from billing.rules.grouping import days_text
from billing.rules.periods import month_of, number_series
from billing.services.corrections.proposing import propose_credit
from castres_portal.base.numbering import take_numbers
from reservations.models import AbsenceDay, Booking


def report_granted_after_invoice(days: Sequence[AbsenceDay], at: datetime) -> None:
    """Propose a credit note for each invoice that charges days whose absence has just been granted; in the caller's transaction.

    The numbers of the months are locked first: a run that is issuing one of them has either finished, and its lines are seen
    here, or will see these days and leave them out.
    """
    request = days[0].absence.request
    _report(
        [row.booking_id for row in days],  # type: ignore[misc]
        [row.day for row in days],
        CreditNote.Reason.ABSENCE,
        f"Absence acceptée, demande n° {request.number}",
        at,
    )


def report_freed_after_invoice(bookings: Sequence[Booking], why: str, at: datetime) -> None:
    """The same for days that a closure has just freed."""
    _report([row.pk for row in bookings], [row.day for row in bookings], CreditNote.Reason.CLOSURE, why, at)


def _report(bookings: Sequence[int], days: Sequence[date], reason: CreditNote.Reason, said: str, at: datetime) -> None:
    for month in sorted({month_of(day) for day in days}):
        take_numbers(number_series(month), 0)
    charged = InvoiceLine.objects.filter(booking__in=bookings, amount__gt=0).select_related("invoice")
    by_invoice: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in charged.order_by("invoice", "day"):
        by_invoice[line.invoice_id].append(line)
    for lines in by_invoice.values():
        first = lines[0]
        words = f"{said} : {first.child_name}, {first.activity_name}, {days_text([line.day for line in lines])}."
        asked = {line.pk: parts_of(line) for line in lines}
        propose_credit(first.invoice, asked, reason=reason, words=words, by=None, at=at)
