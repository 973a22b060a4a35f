"""A child who came without a booking: an agent has the day charged, or no longer. The sheet keeps what was seen at the door."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.french import plain_day
from reservations.models import Activity, Attendance, Booking, Enrolment

ALREADY = "ce jour est déjà réservé"


@dataclass
class Charged:
    """The days charged, and those that cannot be, each with its reason in French."""

    booked: list[Booking] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@transaction.atomic(durable=True)
def charge_presences(*, attendances: Collection[int], by: User, at: datetime) -> Charged:
    """Book, after the fact, the days of children seen without a booking (ids), so that the invoice of the month charges them by
    the rule « venu sans réservation » of their tariff.

    A day is booked for the household that had the child, if it had enrolled her; of two agents at once, one books it (constraint
    one_active_booking_per_day).
    """
    rows = Attendance.objects.filter(pk__in=attendances).select_related("child", "activity", "family", "site")
    charged = Charged()
    for row in rows.order_by("day", "pk"):
        answer = _booking(row, by, at)
        if isinstance(answer, Booking):
            charged.booked.append(answer)
        else:
            charged.refused.append(f"{row.child}, {row.activity}, {plain_day(row.day)}\u00a0: {answer}")
    return charged


def _booking(row: Attendance, by: User, at: datetime) -> Booking | str:
    if row.state != Attendance.State.UNBOOKED:
        return "il n’est pas « venu sans réservation »"
    if row.family_id is None:
        return "aucun foyer n’est connu ce jour-là"
    enrolment = Enrolment.objects.filter(
        child=row.child_id, family=row.family_id, activity=row.activity_id, starts_on__lte=row.day, ends_on__gte=row.day
    ).first()
    if enrolment is None:
        return "l’enfant n’y est pas inscrit ce jour-là par ce foyer"
    formula = _only_formula(row.activity)
    if formula is None:
        return "l’activité a plusieurs formules, aucune n’a été choisie"
    try:
        with transaction.atomic():
            return Booking.objects.create(
                enrolment=enrolment,
                child_id=row.child_id,
                family_id=row.family_id,
                activity_id=row.activity_id,
                site_id=row.site_id,
                day=row.day,
                formula=formula,
                unannounced=True,
                booked_at=at,
                booked_by=by,
            )
    except IntegrityError:
        return ALREADY


def _only_formula(activity: Activity) -> str | None:
    offered = list(activity.formulas.values_list("formula", flat=True))
    if not offered:
        return ""
    return offered[0] if len(offered) == 1 else None


@transaction.atomic(durable=True)
def waive_presences(*, attendances: Collection[int], by: User, at: datetime) -> int:
    """Give back the days booked after the fact for presences (ids); return how many. What was booked otherwise stays."""
    count = 0
    for row in Attendance.objects.filter(pk__in=attendances):
        count += Booking.objects.filter(
            child=row.child_id,
            activity=row.activity_id,
            day=row.day,
            status=Booking.Status.ACTIVE,
            unannounced=True,
        ).update(status=Booking.Status.CANCELLED, cancelled_at=at, cancelled_by=by)
    return count
