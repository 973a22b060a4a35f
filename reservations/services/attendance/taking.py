"""Taking attendance: touches arrive when they can, perhaps twice, out of order, from two tablets; the last one made wins."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.models import User
from castres_portal.base.clock import in_paris
from reservations.models import ActivitySite, Attendance, AttendanceTouch, Booking
from reservations.queries.attendance.scope import sites_of, window_of
from reservations.queries.attendance.sheet import expected_children
from reservations.queries.planning import homes_of
from reservations.rules.attendance import (
    CAME,
    CLOCK_TOLERANCE,
    STATES,
    TabletClock,
    Touch,
    holds,
    is_late,
    meaning,
    why_not,
)

Slot = tuple[int, int, date]  # child, activity (ids), day
NEVER = datetime(
    2000, 1, 1, tzinfo=UTC
)  # of a row just made, that no touch has filled yet: never seen after the transaction
NOT_YOURS = "Cette feuille n’est pas la vôtre\u00a0: demandez à l’Espace Famille de vous donner ce lieu."


class Outcome(StrEnum):
    """What became of a touch."""

    KEPT = "retenu"
    OLDER = "depasse"
    AGAIN = "deja-recu"
    REFUSED = "refuse"


@dataclass(frozen=True)
class Answer:
    """What became of one touch, and why when it was refused, or says something else than what was touched."""

    key: UUID
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class _Weighed:
    touch: Touch
    site: ActivitySite
    state: str
    at: datetime
    arrived: time | None
    left: time | None
    booking: Booking | None
    family: int | None
    clock_fixed: bool

    @property
    def slot(self) -> Slot:
        return self.touch.child, self.site.activity_id, self.touch.day

    @property
    def order(self) -> tuple[datetime, str]:
        return self.at, self.touch.key.hex


@transaction.atomic(durable=True)
def take_attendance(*, user: User, touches: Sequence[Touch], tablet_now: datetime, at: datetime) -> list[Answer]:
    """Keep the touches of a tablet and answer each, in their order; the same one sent again changes nothing.

    ``tablet_now`` is what the tablet's clock says as it sends: its instants are moved by what it is wrong by. For a child, an
    activity and a day the last touch made wins, whichever arrives first; all of them stay in the history.
    """
    answers: dict[UUID, Answer] = {}
    weighed = _weigh(user, touches, TabletClock(tablet_now, at), at, answers)
    _keep(user, weighed, at, answers)
    return [answers[touch.key] for touch in touches]


# --- What each touch means --------------------------------------------------------------------------------------------


def _weigh(
    user: User, touches: Iterable[Touch], clock: TabletClock, at: datetime, answers: dict[UUID, Answer]
) -> list[_Weighed]:
    unique = list({touch.key: touch for touch in touches}.values())
    known = set(AttendanceTouch.objects.filter(key__in=[touch.key for touch in unique]).values_list("key", flat=True))
    answers.update((key, Answer(key, Outcome.AGAIN)) for key in known)
    new = [touch for touch in unique if touch.key not in known]
    today = in_paris(at).date()
    sites = {site.pk: site for site in sites_of(user, today=today).filter(pk__in={touch.site for touch in new})}
    bookings = _bookings(new, sites)
    expected = _expected(new, sites, bookings)
    window, found = window_of(user), []
    for touch in new:
        site = sites.get(touch.site)
        instant = clock.instant(touch.at, touch.day)
        reason = NOT_YOURS if site is None else why_not(touch.day, instant.date(), today, window)
        state = ""
        if site and not reason:
            booking = bookings.get((touch.child, site.activity_id, touch.day))
            state, reason = _meaning(touch, booking, expected)
        if reason or site is None:
            answers[touch.key] = Answer(touch.key, Outcome.REFUSED, reason)
            continue
        came = state in CAME
        found.append(
            _Weighed(
                touch,
                site,
                state,
                instant,
                clock.hour(touch.arrived, touch.day) if came else None,
                clock.hour(touch.left, touch.day) if came else None,
                booking,
                booking.family_id if booking else None,
                abs(instant - touch.at) > CLOCK_TOLERANCE,
            )
        )
    return _with_households(found)


def _meaning(touch: Touch, booking: Booking | None, expected: set[tuple[int, int]]) -> tuple[str, str]:
    if touch.state not in STATES:
        return "", "Ce pointage ne dit ni présent, ni absent."
    return meaning(touch.state, booked=booking is not None, expected=(touch.site, touch.child) in expected)


def _bookings(touches: Collection[Touch], sites: dict[int, ActivitySite]) -> dict[Slot, Booking]:
    rows = Booking.objects.filter(
        activity__in={site.activity_id for site in sites.values()},
        child__in={touch.child for touch in touches},
        day__in={touch.day for touch in touches},
        status=Booking.Status.ACTIVE,
    )
    return {(row.child_id, row.activity_id, row.day): row for row in rows.order_by()}


def _expected(
    touches: Collection[Touch], sites: dict[int, ActivitySite], bookings: dict[Slot, Booking]
) -> set[tuple[int, int]]:
    """Return the children without a booking who belong to the place (site, child): one query for each site that has any."""
    wanted: dict[int, set[int]] = {}
    for touch in touches:
        site = sites.get(touch.site)
        if site and (touch.child, site.activity_id, touch.day) not in bookings:
            wanted.setdefault(site.pk, set()).add(touch.child)
    return {
        (site, child)
        for site, children in wanted.items()
        for child in expected_children(sites[site]).filter(pk__in=children).order_by().values_list("pk", flat=True)
    }


def _with_households(found: list[_Weighed]) -> list[_Weighed]:
    """Say whose day an unbooked one is: the household that has the child that day, if any is known."""
    alone = [one for one in found if one.family is None]
    if not alone:
        return found
    days = [one.touch.day for one in alone]
    homes = homes_of({one.touch.child for one in alone}, min(days), max(days))
    return [
        one if one.family else _Weighed(**{**vars(one), "family": homes.household(one.touch.child, one.touch.day)})
        for one in found
    ]


# --- Keeping them -----------------------------------------------------------------------------------------------------


def _keep(user: User, weighed: list[_Weighed], at: datetime, answers: dict[UUID, Answer]) -> None:
    if not weighed:
        return
    rows = _rows(user, weighed, at)
    again = set(
        AttendanceTouch.objects.filter(key__in=[one.touch.key for one in weighed]).values_list("key", flat=True)
    )
    history, changed = [], set()
    for one in sorted(weighed, key=lambda one: one.order):
        row = rows[one.slot]
        if one.touch.key in again:
            answers[one.touch.key] = Answer(one.touch.key, Outcome.AGAIN)
            continue
        stood = holds(one.at, one.touch.key, row.touched_at, row.touch)
        history.append(_touch(one, row, user, at, stood))
        if stood:
            _fill(row, one, user, at)
            changed.add(one.slot)
        answers[one.touch.key] = _answer(one, stood)
    _write(rows, changed, history)


def _rows(user: User, weighed: list[_Weighed], at: datetime) -> dict[Slot, Attendance]:
    """Make the rows that do not exist, and lock them all.

    They are made in one order, of child, activity and day, and locked in that of their ids: two tablets that send the same
    children follow each other. A row that another has just made is not made twice (attendance_once_per_day).
    """
    by_slot = {one.slot: one for one in weighed}
    mine = Attendance.objects.filter(
        child__in={child for child, _, _ in by_slot},
        activity__in={activity for _, activity, _ in by_slot},
        day__in={day for _, _, day in by_slot},
    ).order_by("pk")
    there = set(mine.values_list("child_id", "activity_id", "day"))
    Attendance.objects.bulk_create(
        [
            Attendance(
                child_id=slot[0],
                activity_id=slot[1],
                day=slot[2],
                site=by_slot[slot].site,
                state=Attendance.State.CLEARED,
                touch=by_slot[slot].touch.key,
                touched_at=NEVER,
                received_at=at,
                by=user,
            )
            for slot in sorted(by_slot.keys() - there)
        ],
        ignore_conflicts=True,
    )
    locked = mine.select_for_update(of=("self",), no_key=True)
    return {(row.child_id, row.activity_id, row.day): row for row in locked}


def _touch(one: _Weighed, row: Attendance, user: User, at: datetime, stood: bool) -> AttendanceTouch:
    return AttendanceTouch(
        attendance=row,
        key=one.touch.key,
        state=one.state,
        arrived_at=one.arrived,
        left_at=one.left,
        touched_at=one.at,
        received_at=at,
        clock_fixed=one.clock_fixed,
        stood=stood,
        by=user,
    )


FIELDS = (
    "site",
    "family",
    "booking",
    "state",
    "arrived_at",
    "left_at",
    "is_late",
    "touch",
    "touched_at",
    "received_at",
    "by",
)


def _fill(row: Attendance, one: _Weighed, user: User, at: datetime) -> None:
    row.site, row.booking, row.family_id = one.site, one.booking, one.family
    row.state, row.arrived_at, row.left_at = one.state, one.arrived, one.left
    row.is_late = is_late(row.day, one.at)
    row.touch, row.touched_at, row.received_at, row.by = one.touch.key, one.at, at, user


def _answer(one: _Weighed, stood: bool) -> Answer:
    if not stood:
        return Answer(one.touch.key, Outcome.OLDER, "Un pointage plus récent de cet enfant est déjà arrivé.")
    if one.state == one.touch.state:
        return Answer(one.touch.key, Outcome.KEPT)
    if one.booking:
        return Answer(one.touch.key, Outcome.KEPT, "Ce jour vient d’être réservé\u00a0: l’enfant est noté présent.")
    return Answer(
        one.touch.key, Outcome.KEPT, "La réservation a été annulée\u00a0: l’enfant est noté venu sans réservation."
    )


def _write(rows: dict[Slot, Attendance], changed: set[Slot], history: list[AttendanceTouch]) -> None:
    AttendanceTouch.objects.bulk_create(history)
    Attendance.objects.bulk_update([rows[slot] for slot in sorted(changed)], FIELDS)
    # The row made for a touch that was, after all, another's: nothing is known of that child.
    empty = [row.pk for row in rows.values() if row.touched_at == NEVER]
    if empty:
        Attendance.objects.filter(pk__in=empty).delete()
