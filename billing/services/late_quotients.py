"""A quotient that comes after the invoice: the invoice stays as it is, and the régisseur is told what it would have been."""

from collections import defaultdict
from decimal import Decimal

from billing.models import Anomaly, InvoiceLine
from castres_portal.base.french import euros, month_name, plain_day
from families.quotient_changes import QuotientChange
from reservations.pricing import HouseholdPrices, NoTariff, QuotientOutsideBands, WantedDay


def note_late_quotient(change: QuotientChange) -> None:
    """Write an anomaly when days already invoiced would now cost something else; part of the change's transaction.

    It names the household, the months, their invoices and the difference of each. Nothing of an invoice changes.
    """
    lines = list(
        InvoiceLine.objects.filter(invoice__family=change.family, day__gte=change.from_day)
        .select_related("invoice", "booking")
        .order_by("invoice__month", "pk")
    )
    if not lines:
        return
    differences = _differences(lines, change)
    if not differences:
        return
    invoices = {line.invoice.number: line.invoice for line in lines}
    said = " ; ".join(
        f"{month_name(invoices[number].month)}, facture {number} : {'+' if amount > 0 else ''}{euros(amount)}"
        for number, amount in differences.items()
    )
    Anomaly.objects.create(
        kind=Anomaly.Kind.LATE_QUOTIENT,
        message=(
            f"Le quotient du foyer {change.family} a changé après la facture, à partir du {plain_day(change.from_day)}. Les "
            f"factures émises ne changent pas. Écart avec le nouveau quotient : {said}."
        ),
        family=change.family,
        invoice=invoices[next(iter(differences))] if len(differences) == 1 else None,
        noticed_at=change.at,
    )


def _differences(lines: list[InvoiceLine], change: QuotientChange) -> dict[str, Decimal]:
    """Return, by invoice number, how many euros more (or less) its days would cost now; those unchanged are left out."""
    days = [line.day for line in lines]
    activities, children = {line.booking.activity_id for line in lines}, {line.child_id for line in lines}
    prices = HouseholdPrices.load([change.family.pk], children, activities, min(days), max(days))
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        try:
            excused = line.rule == InvoiceLine.Rule.EXCUSED
            priced = prices.price(change.family.pk, WantedDay.of(line.booking), excused=excused)
        except (NoTariff, QuotientOutsideBands):
            continue  # an anomaly of its own, when the month is invoiced
        found[line.invoice.number] += priced.price.total - line.amount
    return {number: amount for number, amount in found.items() if amount}
