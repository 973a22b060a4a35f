"""Days that an issued invoice charges and that are no longer owed: an absence granted, a closure that freed them.

The invoice stays, the régisseur is told what to credit.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from billing.models import Anomaly, InvoiceLine
from billing.rules.grouping import days_text
from billing.rules.periods import month_of, number_series
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers
from reservations.models import AbsenceDay, Booking


def report_granted_after_invoice(days: Sequence[AbsenceDay], at: datetime) -> None:
    """Raise an anomaly for each invoice that charges days whose absence has just been granted; part of the caller's transaction.

    The numbers of the months are locked first: a run that is issuing one of them has either finished, and its lines are seen
    here, or will see these days and leave them out.
    """
    request = days[0].absence.request
    _report(
        [row.booking_id for row in days],  # type: ignore[misc]
        [row.day for row in days],
        f"La demande n° {request.number} a été acceptée après la facture",
        at,
    )


def report_freed_after_invoice(bookings: Sequence[Booking], why: str, at: datetime) -> None:
    """The same for days that a closure has just freed."""
    said = f"« {why} » a libéré des jours après la facture"
    _report([row.pk for row in bookings], [row.day for row in bookings], said, at)


def _report(bookings: Sequence[int], days: Sequence[date], said: str, at: datetime) -> None:
    for month in sorted({month_of(day) for day in days}):
        take_numbers(number_series(month), 0)
    charged = InvoiceLine.objects.filter(booking__in=bookings, amount__gt=0)
    by_invoice: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in charged.select_related("invoice").order_by("day"):
        by_invoice[line.invoice_id].append(line)
    for lines in by_invoice.values():
        invoice = lines[0].invoice
        amount = sum((line.amount for line in lines), Decimal("0.00"))
        Anomaly.objects.create(
            kind=Anomaly.Kind.EXCUSED_LATE,
            message=(
                f"{said} {invoice.number} : {lines[0].child_name}, "
                f"{lines[0].activity_name}, {days_text([line.day for line in lines])}. La facture émise ne change pas ; "
                f"{euros(amount)} sont à rendre à la famille."
            ),
            family_id=invoice.family_id,
            invoice=invoice,
            noticed_at=at,
        )
