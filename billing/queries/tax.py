"""What a household paid, year by year, as its tax attestation reads it. Amounts in euros."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Sum

from billing.models import Allocation, CoveredLine, CreditNote, CreditNoteLine, CreditNoteRefund, InvoiceLine, Payment
from billing.rules.tax import BilledCare, Settlement
from castres_portal.base.clock import in_paris
from families.models import Custody, Family

CESU = (Payment.Means.CESU, Payment.Means.E_CESU)


def years_paid(family: Family) -> list[int]:
    """Return the calendar years in which the household paid something, the latest first; one query."""
    paid = Allocation.objects.filter(invoice__family=family, payment__isnull=False)
    instants = paid.values_list("payment__received_at", flat=True)
    return sorted({in_paris(at).year for at in instants.distinct()}, reverse=True)


def billed_care_of(family: Family) -> list[BilledCare]:
    """Return the household's invoices on which something was paid, each with its care by child, less its credit notes.

    What others pay is taken off: only what it paid itself counts (CGI art. 200 quater B).

    Money that a credit note takes from a paid invoice to another is a settlement of the other, and no more of the first.
    """
    totals: dict[int, Decimal] = {}
    settlements: dict[int, list[Settlement]] = defaultdict(list)
    for row in Allocation.objects.filter(invoice__family=family).select_related("invoice", "payment", "credit_note"):
        totals[row.invoice_id] = row.invoice.total
        if row.payment:
            settlements[row.invoice_id].append(Settlement(in_paris(row.payment.received_at).date(), row.amount))
        elif row.credit_note and row.credit_note.decided_at and row.credit_note.invoice_id != row.invoice_id:
            moved = in_paris(row.credit_note.decided_at).date()
            settlements[row.invoice_id].append(Settlement(moved, row.amount))
            settlements[row.credit_note.invoice_id].append(Settlement(moved, -row.amount))
    for refund in CreditNoteRefund.objects.filter(note__family=family).select_related("note"):
        settlements[refund.note.invoice_id].append(Settlement(in_paris(refund.recorded_at).date(), -refund.amount))
    cares: dict[int, dict[int, Decimal]] = defaultdict(dict)
    sums = InvoiceLine.objects.filter(invoice__in=totals).order_by().values_list("invoice_id", "child_id")
    for invoice, child, care in sums.annotate(care=Sum("care_part")):
        cares[invoice][child] = care
    by_others = CoveredLine.objects.filter(line__invoice__in=totals).order_by()
    for invoice, child, care in by_others.values_list("line__invoice", "line__child").annotate(care=Sum("care_part")):
        cares[invoice][child] -= care
    credited = CreditNoteLine.objects.filter(note__invoice__in=totals, note__status=CreditNote.Status.CONFIRMED)
    for credit in credited.select_related("line"):
        totals[credit.line.invoice_id] -= credit.amount
        cares[credit.line.invoice_id][credit.line.child_id] -= credit.care_part
    _leave_out_children_of_others(family, cares)
    return [BilledCare(total, cares[invoice], sorted(settlements[invoice])) for invoice, total in totals.items()]


def _leave_out_children_of_others(family: Family, cares: dict[int, dict[int, Decimal]]) -> None:
    """Who pays a part for a child that lives in another household alone has no credit for it: she is not in his charge."""
    at_home = set(Custody.objects.filter(family=family).values_list("child_id", flat=True))
    for care in cares.values():
        for child in [child for child in care if child not in at_home]:
            del care[child]


def paid_by_cesu(family: Family, year: int) -> Decimal:
    """Return what the household paid by CESU in a calendar year (Paris), in euros; one query."""
    rows = Payment.objects.filter(family=family, means__in=CESU, received_at__year=year)
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
