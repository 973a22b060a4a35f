"""Days booked that can no longer be cancelled and may be left to others, as their family sees them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from families.models import Family, FamilyRequest
from reservations.models import Activity, Booking, BookingReceipt
from reservations.queries.planning import enrolments_of, load_planning
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.rules.decide import decide

LOOKED_BACK = timedelta(days=62)


@dataclass(frozen=True)
class LateDay:
    """A day that can be given back, or that has been; ``until`` is when others can book it for the last time."""

    booking: Booking
    until: str = ""
    can_take_back: bool = False

    @property
    def is_resold(self) -> bool:
        """Whether another family took it, so that it is not charged."""
        row = self.booking
        return row.status == Booking.Status.CANCELLED and row.cancelled_by_id is None and row.closure_id is None

    @property
    def tone(self) -> str:
        """The state for the ``status`` component."""
        return "done" if self.is_resold else "cancelled" if self.is_over else "pending"

    @property
    def word(self) -> str:
        """The state in two words."""
        if self.is_resold:
            return "Pris, non facturé"
        return "Annulé" if self.is_over else "Rendu"

    @property
    def is_over(self) -> bool:
        """Whether it is no longer reserved."""
        return self.booking.status == Booking.Status.CANCELLED


@dataclass(frozen=True)
class LateDaysPage:
    """What a household reads on « Rendre un jour »."""

    free: list[LateDay]
    given: list[LateDay]
    resold: list[LateDay]
    activities: list[Activity]


def late_days_page(family: Family, *, at: datetime) -> LateDaysPage:
    """Return the days that a household may give back, those that it has, and those that others took; ten queries at most."""
    today = at.date()
    related = ("child", "activity", "site__school", "site__venue")
    own = Booking.objects.filter(family=family, activity__resells_late_days=True).select_related(*related)
    resold = own.filter(
        status=Booking.Status.CANCELLED, day__gte=today - LOOKED_BACK, cancelled_by=None, closure=None
    ).exclude(given_back_at=None)
    rows = [row for row in enrolments_of(family) if row.activity.resells_late_days and row.ends_on >= today]
    ended = [LateDay(row) for row in resold.order_by("-day")]
    activities = list({row.activity_id: row.activity for row in rows}.values())
    if not rows:
        return LateDaysPage([], [], ended, activities)
    planning = load_planning(family, rows, today, _last_late_day(activities, at), at=at)
    free, given = [], []
    for key in sorted(planning.bookings, key=lambda key: (key[2], key)):
        slot, day = key[:2], key[2]
        booking = planning.own_booking(slot, day)
        if booking is None:
            continue
        booking.child, booking.activity = planning.children[slot[0]], planning.activities[slot[1]]
        decision = decide(planning.context(slot, day), at)
        rule = planning.policies[slot[1]].add
        until = rule.last_moment(day) if at < rule.until(day) else ""
        if booking.given_back_at:
            given.append(LateDay(booking, until, decision.can_take_back))
        elif decision.can_give_back:
            free.append(LateDay(booking, until))
    return LateDaysPage(free, given, ended, activities)


def _last_late_day(activities: list[Activity], at: datetime) -> date:
    """Return a day after which every booked one can still be cancelled, or has been given back since its rule changed."""
    return at.date() + timedelta(days=max(activity.cancel_rule.longest_notice for activity in activities) + 1)


def has_late_days(family: Family, *, at: datetime) -> bool:
    """Say whether a household has an activity whose days can be given back; one query."""
    return (
        enrolments_of(family)
        .filter(ends_on__gte=at.date(), activity__resells_late_days=True, site__places__isnull=False)
        .exists()
    )


def late_days_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of such a request shows: the answers as they were, and where each day given back stands now."""
    receipt = BookingReceipt.objects.get(request=request)
    rows = receipt.given_back_bookings.select_related("child", "activity").order_by("day")
    given = [LateDay(row) for row in rows if row.given_back_at is not None]
    return {"answers": answers_by_child(lines_of(receipt)), "given": given}
