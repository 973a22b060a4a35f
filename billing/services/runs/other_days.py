"""What an invoice charges besides the month's bookings: presences without booking, days of earlier months, supplements.

Days of an earlier month: those of a month carried over as too small, and those booked or noticed once its invoice was out. They
go on the next invoice; the issued one never changes.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import TruncMonth

from billing.models import CarriedMonth, Invoice, Supplement, SupplementLine
from billing.rules.drafts import BookedDay, Fixed
from billing.rules.periods import last_day_of, month_of
from billing.services.runs.days import FIELDS, NAME_LENGTH, booked_day
from reservations.models import Attendance, Booking

LOOKED_BACK = timedelta(days=92)
WITHOUT_BOOKING = "sans réservation"


@dataclass(frozen=True, slots=True)
class Families:
    """Households by a range of ids, both ends included."""

    first: int
    last: int

    def of(self, field: str) -> dict[str, int]:
        """The same as a filter on a field of a query."""
        return {f"{field}__gte": self.first, f"{field}__lte": self.last}


def other_days(month: date, within: Families) -> dict[int, list[BookedDay]]:
    """Return, by household, the days besides the month's bookings that an invoice of the month charges; five queries."""
    found: dict[int, list[BookedDay]] = defaultdict(list)
    carried = _carried(within)
    since = min([month - LOOKED_BACK, *(day for months in carried.values() for day in months)])
    for family, booked in _earlier_bookings(month, within, carried, since):
        found[family].append(booked)
    for family, booked in _presences(month, within, since):
        found[family].append(booked)
    for family, booked in _supplements(within):
        found[family].append(booked)
    return found


def families_with_other_days(month: date) -> "list[QuerySet[Booking] | QuerySet[Attendance]]":
    """Return the households (ids) that have any of these and no invoice of the month, as queries to be united."""
    here = Invoice.objects.filter(family_id=OuterRef("family_id"), month=month, for_others=False)
    return [
        rows.filter(~Exists(here)).order_by().values_list("family_id", flat=True)  # type: ignore[misc]
        for rows in (
            CarriedMonth.objects.filter(invoice=None, month__lt=month),
            presences_to_invoice(month, month - LOOKED_BACK),
            booked_after_their_invoice(month, month - LOOKED_BACK),
            Supplement.objects.filter(status=Supplement.Status.CONFIRMED, lines__invoice_line=None),
        )
    ]


def presences_to_invoice(month: date, since: date) -> QuerySet[Attendance]:
    """Return the presences without booking up to the end of a month that no line charges, and that no booking answers for."""
    booked = Booking.objects.filter(
        child=OuterRef("child"), activity=OuterRef("activity"), day=OuterRef("day"), status=Booking.Status.ACTIVE
    )
    rows = Attendance.objects.filter(
        ~Exists(booked),
        state=Attendance.State.UNBOOKED,
        family__isnull=False,
        day__gte=since,
        day__lte=last_day_of(month),
    )
    return rows.filter(invoice_line=None)


def booked_after_their_invoice(month: date, since: date) -> QuerySet[Booking]:
    """Return the bookings of earlier months that were written once the invoice of their month was out."""
    invoiced = Invoice.objects.filter(
        family_id=OuterRef("family_id"),
        month=OuterRef("day_month"),
        issued_at__lte=OuterRef("booked_at"),
        for_others=False,
    )
    rows = Booking.objects.filter(
        status=Booking.Status.ACTIVE, day__gte=since, day__lt=month, booked_at__date__gte=F("day")
    )
    return rows.annotate(day_month=TruncMonth("day")).filter(Exists(invoiced), invoice_line=None)


# --- Each of them -----------------------------------------------------------------------------------------------------

Rows = Iterator[tuple[int, BookedDay]]


def _carried(within: Families) -> dict[int, set[date]]:
    rows = CarriedMonth.objects.filter(invoice=None, **within.of("family"))
    found: dict[int, set[date]] = defaultdict(set)
    for family, month in rows.values_list("family_id", "month"):
        found[family].add(month)
    return found


def _earlier_bookings(month: date, within: Families, carried: dict[int, set[date]], since: date) -> Rows:
    late = booked_after_their_invoice(month, since).filter(**within.of("family"))
    yield from ((row[0], booked_day(row)) for row in late.order_by("pk").values_list(*FIELDS))
    if not carried:
        return
    rows = Booking.objects.filter(
        status=Booking.Status.ACTIVE, family__in=list(carried), day__gte=since, day__lt=month, invoice_line=None
    )
    for row in rows.order_by("pk").values_list(*FIELDS):
        if month_of(row[7]) in carried[row[0]]:
            yield row[0], booked_day(row)


def _presences(month: date, within: Families, since: date) -> Rows:
    rows = presences_to_invoice(month, since).filter(**within.of("family"))
    fields = [name for name in FIELDS if name not in ("formula", "late_reason")]
    for family, pk, child, first_name, last_name, activity, name, day in rows.order_by("pk").values_list(*fields):
        yield (
            family,
            BookedDay(
                booking_id=0,
                child_id=child,
                child_name=f"{first_name} {last_name.upper()}",
                activity_id=activity,
                activity_name=f"{name}, {WITHOUT_BOOKING}"[:NAME_LENGTH],
                day=day,
                attendance_id=pk,
            ),
        )


def _supplements(within: Families) -> Rows:
    rows = SupplementLine.objects.filter(
        supplement__status=Supplement.Status.CONFIRMED, invoice_line=None, **within.of("supplement__family")
    )
    for row in rows.select_related("supplement", "line__booking", "line__attendance").order_by("pk"):
        line = row.line
        yield (
            row.supplement.family_id,
            BookedDay(
                booking_id=0,
                child_id=line.child_id,
                child_name=line.child_name,
                activity_id=line.source.activity_id,
                activity_name=line.activity_name,
                day=line.day,
                fixed=Fixed(row.pk, row.care_part, row.food_part, row.quotient, row.band, row.deliberation),
            ),
        )
