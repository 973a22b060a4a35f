"""What a household paid, year by year, as its tax attestation reads it. Amounts in euros."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Sum

from billing.models import Allocation, InvoiceLine, Payment
from billing.rules.tax import BilledCare, Settlement
from castres_portal.base.clock import in_paris
from families.models import Family

CESU = (Payment.Means.CESU, Payment.Means.E_CESU)


def years_paid(family: Family) -> list[int]:
    """Return the calendar years in which the household paid something, the latest first; one query."""
    instants = Allocation.objects.filter(invoice__family=family).values_list("payment__received_at", flat=True)
    return sorted({in_paris(at).year for at in instants.distinct()}, reverse=True)


def billed_care_of(family: Family) -> list[BilledCare]:
    """Return the household's invoices on which something was paid, each with its care by child; two queries."""
    rows = (
        Allocation.objects.filter(invoice__family=family)
        .order_by("payment__received_at", "pk")
        .values_list("invoice_id", "invoice__total", "payment__received_at", "amount")
    )
    totals: dict[int, Decimal] = {}
    settlements: dict[int, list[Settlement]] = defaultdict(list)
    for invoice, total, received_at, amount in rows:
        totals[invoice] = total
        settlements[invoice].append(Settlement(in_paris(received_at).date(), amount))
    cares: dict[int, dict[int, Decimal]] = defaultdict(dict)
    sums = InvoiceLine.objects.filter(invoice__in=totals).order_by().values_list("invoice_id", "child_id")
    for invoice, child, care in sums.annotate(care=Sum("care_part")):
        cares[invoice][child] = care
    return [BilledCare(total, cares[invoice], settlements[invoice]) for invoice, total in totals.items()]


def paid_by_cesu(family: Family, year: int) -> Decimal:
    """Return what the household paid by CESU in a calendar year (Paris), in euros; one query."""
    rows = Payment.objects.filter(family=family, means__in=CESU, received_at__year=year)
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
