"""An agent closes days: what was booked is freed without charge, everybody concerned is told.

A booking locks its children before it reads the closures; a closure locks the same children before it reads the bookings. Whoever
comes second thus sees the other: no booking is left on a closed day.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal
from families.models import Child, FamilyRequest
from families.services.requests import record_settled_requests
from reservations import settlements
from reservations.kinds import CLOSURE
from reservations.models import (
    AbsenceDay,
    Activity,
    Booking,
    BookingReceipt,
    Closure,
    ClosureNotice,
    ReceiptLine,
    WaitingEntry,
)
from reservations.queries.closures import bookings_under, children_under, waits_under
from reservations.rules.closures import LONGEST

BATCH = 1000


def close_days(*, closure: Closure, activities: Collection[Activity], by: User, at: datetime) -> Closure:
    """Decide a closure that is not saved yet, for some activities (none: all of them), and return it.

    Frees every booking that it concerns, without charge; each household gets a numbered receipt and a mail to each guardian. Who
    waited for a place on these days waits no more. The same form sent twice decides once.

    A day that is past may still be closed: what happened is often written down the day after. Raises Refusal for days that are
    too long past, in disorder or too many.
    """
    if closure.ends_on < closure.starts_on:
        raise Refusal("La fin précède le début.")
    if closure.starts_on < at.date() - timedelta(days=LONGEST):
        raise Refusal(f"Un jour passé depuis plus de {LONGEST} jours ne se ferme plus.")
    if closure.ends_on - closure.starts_on >= timedelta(days=LONGEST):
        raise Refusal(f"Une fermeture dure {LONGEST} jours au plus. Faites-en plusieurs.")
    try:
        return _close(closure, list(activities), by, at)
    except IntegrityError:
        # Another copy of the same form got here first.
        first = Closure.objects.filter(submission=closure.submission).first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _close(closure: Closure, activities: Sequence[Activity], by: User, at: datetime) -> Closure:
    only = [activity.pk for activity in activities]
    lock_children(children_under(closure, only).values_list("pk", flat=True))
    closure.decided_at, closure.decided_by, closure.pk = at, by, None
    closure.save(force_insert=True)
    closure.activities.set(activities)
    bookings = list(bookings_under(closure, only).select_related("child", "activity").order_by("family_id", "pk"))
    _free(closure, bookings, by, at)
    waits_under(closure, only).update(status=WaitingEntry.Status.WITHDRAWN, ended_at=at, ended_by=by)
    return closure


def lock_children(children: Collection[int]) -> None:
    """Lock children (ids) in id order, as those who book for them do, until the end of the transaction."""
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=children).order_by("pk"))


def _free(closure: Closure, bookings: Sequence[Booking], by: User, at: datetime) -> None:
    if not bookings:
        return
    _settle_absences(closure, bookings, at)
    settlements.tell_freed(bookings, why=closure.label, at=at)
    receipts = write_receipts(
        closure,
        {family: _summary(closure, rows) for family, rows in by_family(bookings).items()},
        by=by,
        at=at,
        undone=False,
    )
    reason = f"service fermé\u00a0: {closure.label}"
    ReceiptLine.objects.bulk_create(
        [
            ReceiptLine(
                receipt=receipts[booking.family_id],
                child=booking.child,
                activity=booking.activity,
                day=booking.day,
                formula=booking.formula,
                adding=False,
                outcome=ReceiptLine.Outcome.CANCELLED,
                reason=reason,
            )
            for booking in bookings
        ],
        batch_size=BATCH,
    )
    for booking in bookings:
        booking.status, booking.cancelled_at, booking.cancelled_by = Booking.Status.CANCELLED, at, by
        booking.closure, booking.cancel_receipt = closure, receipts[booking.family_id]
    changed = ["status", "cancelled_at", "cancelled_by", "closure", "cancel_receipt"]
    Booking.objects.bulk_update(bookings, changed, batch_size=BATCH)


def by_family(bookings: Sequence[Booking]) -> Mapping[int, list[Booking]]:
    """Group bookings by household (id)."""
    found: dict[int, list[Booking]] = defaultdict(list)
    for booking in bookings:
        found[booking.family_id].append(booking)
    return found


def _summary(closure: Closure, bookings: Sequence[Booking]) -> str:
    names = ", ".join(dict.fromkeys(booking.child.first_name for booking in bookings))
    number = len(bookings)
    plural = "s" if number > 1 else ""
    return f"{closure.label}\u00a0: {number} réservation{plural} annulée{plural} par le service ({names})"


def write_receipts(
    closure: Closure, summaries: Mapping[int, str], *, by: User, at: datetime, undone: bool
) -> dict[int, BookingReceipt]:
    """Write a numbered request, its receipt and what is to be told for each household (id: summary); return the receipts."""
    requests = record_settled_requests(kind=CLOSURE, summaries=summaries, entered_by=by, at=at)
    receipts = BookingReceipt.objects.bulk_create(
        [
            BookingReceipt(request=request, submission=uuid5(closure.submission, f"{family} {undone}"))
            for family, request in requests.items()
        ],
        batch_size=BATCH,
    )
    found = dict(zip(requests, receipts, strict=True))
    ClosureNotice.objects.bulk_create(
        [
            ClosureNotice(closure=closure, family_id=family, undone=undone, receipt=receipt)
            for family, receipt in found.items()
        ],
        batch_size=BATCH,
    )
    from reservations import tasks  # which imports the services

    enqueue_after_commit(tasks.tell_closures)
    return found


def _settle_absences(closure: Closure, bookings: Sequence[Booking], at: datetime) -> None:
    """Absences announced on the freed days have no object any more; a request that waited for them alone is settled."""
    days = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking__in=[booking.pk for booking in bookings])
    requests = set(days.values_list("absence__request", flat=True))
    days.update(
        outcome=AbsenceDay.Outcome.CANCELLED, reason=f"service fermé\u00a0: {closure.label}, rien n’est facturé"
    )
    still = AbsenceDay.objects.filter(outcome=AbsenceDay.Outcome.PENDING).values("absence__request")
    FamilyRequest.objects.filter(pk__in=requests, status__in=FamilyRequest.OPEN).exclude(pk__in=still).update(
        status=FamilyRequest.Status.DONE,
        decided_at=at,
        decision=f"Le service est fermé ({closure.label})\u00a0: ces jours ne sont pas facturés.",
    )
