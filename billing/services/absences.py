"""Absences granted once their month is invoiced: the issued invoice stays, the régisseur is told what to credit."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from billing.models import Anomaly, InvoiceLine
from billing.rules.grouping import days_text
from billing.rules.periods import month_of, number_series
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers
from reservations.models import AbsenceDay


def report_granted_after_invoice(days: Sequence[AbsenceDay], at: datetime) -> None:
    """Raise an anomaly for each invoice that charges days whose absence has just been granted; part of the caller's transaction.

    The numbers of the months are locked first: a run that is issuing one of them has either finished, and its lines are seen
    here, or will see these days and leave them out.
    """
    for month in sorted({month_of(row.day) for row in days}):
        take_numbers(number_series(month), 0)
    charged = InvoiceLine.objects.filter(booking__in=[row.booking_id for row in days], amount__gt=0)
    by_invoice: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in charged.select_related("invoice").order_by("day"):
        by_invoice[line.invoice_id].append(line)
    request = days[0].absence.request
    for lines in by_invoice.values():
        invoice = lines[0].invoice
        amount = sum((line.amount for line in lines), Decimal("0.00"))
        Anomaly.objects.create(
            kind=Anomaly.Kind.EXCUSED_LATE,
            message=(
                f"La demande n° {request.number} a été acceptée après la facture {invoice.number} : {lines[0].child_name}, "
                f"{lines[0].activity_name}, {days_text([line.day for line in lines])}. La facture émise ne change pas ; "
                f"{euros(amount)} sont à rendre à la famille."
            ),
            family_id=invoice.family_id,
            invoice=invoice,
            noticed_at=at,
        )
