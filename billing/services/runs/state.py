"""The seal of a month: what its invoices are counted from, so that a preview knows that it is no longer true."""

import hashlib
from datetime import date

from django.db.models import Count, Max, Q, Sum

from billing.models import CarriedMonth, Coverage, Invoice, Supplement
from billing.rules.periods import last_day_of
from billing.services.runs.other_days import LOOKED_BACK, presences_to_invoice
from families.models import Guardian, QuotientRecord
from reservations.models import AbsenceDay, Booking, Tariff, TariffBand
from reservations.models.absences import EXCUSED


def state_of_month(month: date) -> str:
    """Return the seal of what the invoices of a month are counted from; ten queries."""
    last = last_day_of(month)
    booked = Booking.objects.filter(status=Booking.Status.ACTIVE, day__gte=month, day__lte=last)
    in_force = Q(starts_on__lte=last) & (Q(ends_on=None) | Q(ends_on__gte=month))
    tariffs = Tariff.objects.filter(in_force)
    parts = (
        booked.order_by("formula").values_list("formula").annotate(Count("pk"), Sum("pk"), Max("pk")),
        AbsenceDay.objects.filter(EXCUSED, day__range=(month, last)).aggregate(Count("pk"), Sum("pk")).values(),
        QuotientRecord.objects.filter(in_force).order_by("pk").values_list("pk", "value", "starts_on", "ends_on"),
        TariffBand.objects.filter(tariff__in=tariffs).order_by("pk").values_list(),
        Guardian.objects.filter(pays=True).aggregate(Count("pk"), Sum("pk")).values(),
        Invoice.objects.filter(month=month).aggregate(Count("pk"), Max("pk")).values(),
        presences_to_invoice(month, month - LOOKED_BACK).aggregate(Count("pk"), Sum("pk")).values(),
        CarriedMonth.objects.filter(invoice=None).aggregate(Count("pk"), Sum("pk")).values(),
        Supplement.objects.filter(status=Supplement.Status.CONFIRMED).aggregate(Count("pk"), Sum("pk")).values(),
        Coverage.objects.filter(in_force).order_by("pk").values_list("pk", "ends_on"),
    )
    seal = hashlib.sha256()
    for part in parts:
        for row in part.iterator(2000) if hasattr(part, "iterator") else part:
            seal.update(repr(row).encode())
        seal.update(b"/")
    return seal.hexdigest()
