"""Moving an enrolment to another place of its activity, from a day; days follow only where a place is left."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name, plain_day, short_day
from families.models import FamilyRequest
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import ENROLMENT
from reservations.models import ActivitySite, Booking, Enrolment, WaitingEntry
from reservations.queries.enrolments import may_go_to
from reservations.services.booking.places import places_under_lock
from reservations.services.enrolling.ending import lock_child
from reservations.wakes import wake_waiting_list

ONE_DAY = timedelta(days=1)
NAMED = 8  # days named before « … »


class NoPlaceThere(Refusal):
    """Some days have no place left in the other site; ``days`` are those."""

    def __init__(self, site: ActivitySite, days: list[date]) -> None:
        more = f" et {len(days) - NAMED} autres" if len(days) > NAMED else ""
        super().__init__(
            f"Plus de place à « {site.place_name} » le {', '.join(short_day(day) for day in days[:NAMED])}{more}. Rien n’est "
            "enregistré\u00a0: choisissez un autre jour, ou laissez ces jours-là dans le lieu actuel."
        )
        self.days = days


@dataclass(frozen=True)
class Moved:
    """The enrolment in its new place, the days that followed and those that stay in the old one."""

    enrolment: Enrolment
    old: ActivitySite
    followed: list[date] = field(default_factory=list)
    stayed: list[date] = field(default_factory=list)
    waits: int = 0


@transaction.atomic(durable=True)
def move_enrolment(*, enrolment: int, site: int, on: date, leave_full_days: bool, user: User, at: datetime) -> Moved:
    """Move an enrolment (id) to another place (id) of its activity from a day, with the bookings of that day and after.

    The days of a new place that counts its places are locked last, in id order, then counted. With ``leave_full_days`` a day
    that is full there stays booked in the old place; without, nothing is done. Past days stay as they were. What the child waited
    for in the old place is given up. The household is told.

    Raises Refusal for a place that does not take the child or a day outside the enrolment, NoPlaceThere.
    """
    row = Enrolment.objects.filter(pk=enrolment).first()
    if row is None:
        raise Refusal("Cette inscription n’existe pas.")
    lock_child(row.child_id)
    related = (
        "child__school",
        "family",
        "activity",
        "site__school",
        "site__venue",
        "school_year",
        "request__guardian__user",
    )
    row = Enrolment.objects.select_related(*related).get(pk=enrolment)
    target = ActivitySite.objects.select_related("school", "venue", "activity").filter(pk=site).first()
    if row.ended_at is not None:
        raise Refusal("Cette inscription est terminée.")
    if target is None or not may_go_to(row, target):
        raise Refusal("Ce lieu ne reçoit pas cet enfant pour cette activité.")
    if not max(row.starts_on, at.date()) <= on <= row.ends_on:
        raise Refusal(
            f"Choisissez un jour entre le {plain_day(max(row.starts_on, at.date()))} et le {plain_day(row.ends_on)}."
        )
    bookings = list(
        Booking.objects.filter(enrolment=row, status=Booking.Status.ACTIVE, day__gte=on, given_back_at=None).order_by(
            "day"
        )
    )
    old = row.site
    full = _full_days(target, row, bookings, at)
    if full and not leave_full_days:
        raise NoPlaceThere(target, full)
    followed = [booking for booking in bookings if booking.day not in full]
    moved = _split(row, target, on, user, at) if on > row.starts_on else row
    if moved is row:
        row.site = target
        row.save(update_fields=["site"])
    Booking.objects.filter(pk__in=[booking.pk for booking in followed]).update(site=target, enrolment=moved)
    waits = WaitingEntry.objects.filter(enrolment=row, status__in=WaitingEntry.STANDING, day__gte=on).update(
        status=WaitingEntry.Status.WITHDRAWN, ended_at=at, ended_by=user, end_reason="changement de lieu"
    )
    result = Moved(moved, old, [booking.day for booking in followed], full, waits)
    emails.queue_move(result, on)
    wake_waiting_list()
    return result


def _split(row: Enrolment, target: ActivitySite, on: date, user: User, at: datetime) -> Enrolment:
    """End the enrolment the day before and begin another in the new place: each day keeps the place where it was."""
    request = record_request(
        kind=ENROLMENT,
        family=row.family,
        guardian=row.request.guardian,
        entered_by=user,
        summary=f"Changement de lieu {of_name(row.child.first_name)}\u00a0: {row.activity.name}, {row.school_year.label}",
        status=FamilyRequest.Status.DONE,
        at=at,
        decided_at=at,
    )
    last = row.ends_on
    row.ends_on = on - ONE_DAY
    row.ended_at, row.ended_by, row.end_reason, row.end_request = at, user, Enrolment.EndReason.MOVED, request
    row.save(update_fields=["ends_on", "ended_at", "ended_by", "end_reason", "end_request"])
    return Enrolment.objects.create(
        child=row.child,
        family=row.family,
        site=target,
        activity=row.activity,
        school_year=row.school_year,
        starts_on=on,
        ends_on=last,
        acceptance=row.acceptance,
        request=request,
    )


def _full_days(target: ActivitySite, row: Enrolment, bookings: list[Booking], at: datetime) -> list[date]:
    """Lock the days wanted in a place that counts them, and return those that are full: who waits there comes first."""
    if target.places is None or not bookings:
        return []
    usual = target.places
    found = places_under_lock({(target.pk, booking.day): usual for booking in bookings}, at)
    slot = (row.child_id, row.activity_id)
    return [b.day for b in bookings if (found.seen_by(slot, (target.pk, b.day), usual) or 0) <= 0]
