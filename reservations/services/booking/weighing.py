"""What becomes of each day of a submit, by the one function of law 1; what still needs a place is handed on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from accounts.models import User
from castres_portal.base.french import moment
from families.models import Child
from reservations.models import Activity, Booking, ReceiptLine
from reservations.queries.planning import (
    Planning,
    Slot,
    by_slot,
    enrolments_of,
    holiday_spans,
    homes_of,
    school_calendar,
    stops_between,
)
from reservations.rules.calendar import SchoolCalendar
from reservations.rules.changes import DayChanges
from reservations.rules.decide import Decision, decide
from reservations.rules.formulas import Formula, formula_label
from reservations.rules.holidays import monday_of
from reservations.services.booking.orders import (
    Answers,
    Candidate,
    LateReasonNeeded,
    Order,
    Outcome,
    UnknownChild,
    Wanted,
)

NOT_BOOKED = "jour sans réservation"


def planning_for(order: Order) -> Planning:
    """Read what decides. The children's rows are locked before their bookings are read: two parents who change one child's
    days follow each other, in whatever households."""
    days = order.days
    slugs = {activity for _, activity in order.changes}
    enrolled = by_slot(
        enrolments_of(order.family).filter(activity__slug__in=slugs, child__in=order.children).order_by()
    )
    named = {(child, rows[0].activity.slug): (child, activity) for (child, activity), rows in enrolled.items()}
    if order.changes.keys() - named.keys():
        raise UnknownChild("Cet enfant n’est pas inscrit à cette activité par votre foyer.")
    enrolments = {slot: enrolled[slot] for wanted, slot in named.items() if wanted in order.changes}
    rows = [row for found in enrolments.values() for row in found]
    seasonal = {row.activity_id for row in rows if row.activity.in_holidays}
    # To the ends of their weeks: a holiday period may be booked by whole weeks.
    first, last = monday_of(days[0]), monday_of(days[-1]) + timedelta(days=6)
    # No school decides in the holidays.
    calendar = SchoolCalendar([], []) if seasonal >= {activity for _, activity in enrolments} else school_calendar()
    homes = homes_of(order.children, first, last, lock=not order.only_looks)
    # After the lock, which a closure takes too: one that has just been decided is seen here, or sees what is booked here.
    stops = stops_between(first, last)
    # Cancelled bookings too: they say who cancelled.
    bookings = Booking.objects.filter(
        activity__in={activity for _, activity in enrolments}, child__in=order.children, day__in=days
    )
    latest = {
        (booking.child_id, booking.activity_id, booking.day): booking
        for booking in sorted(
            bookings.select_related("booked_by", "cancelled_by").order_by(),
            key=lambda booking: (booking.status == Booking.Status.ACTIVE, booking.pk),
        )
    }
    return Planning(
        family=order.family.pk,
        calendar=calendar,
        enrolments=enrolments,
        homes=homes,
        stops=stops,
        holidays=holiday_spans(seasonal, first, last) if seasonal else {},
        bookings={key: booking for key, booking in latest.items() if booking.status == Booking.Status.ACTIVE},
        cancelled={key: booking for key, booking in latest.items() if booking.status != Booking.Status.ACTIVE},
        # Places are counted later, under lock, for the days that nothing else refuses.
        places=None,
    )


def weigh(planning: Planning, order: Order, wanted: Wanted, asked: DayChanges, answers: Answers) -> Iterator[Candidate]:
    """Answer for a child's days in an activity, but for those that still need a place."""
    child, slug = wanted
    slot = next(slot for slot in planning.enrolments if slot[0] == child and planning.activities[slot[1]].slug == slug)
    scales = _Scales(planning, order, slot, asked, answers)
    for day in sorted(asked.days):
        if candidate := scales.weigh(day):
            yield candidate
    if scales.late and not order.late_reason and not order.only_looks:
        raise LateReasonNeeded(scales.late)


class _Scales:
    """One child's days in one activity."""

    def __init__(self, planning: Planning, order: Order, slot: Slot, asked: DayChanges, answers: Answers) -> None:
        self.planning, self.order, self.slot, self.asked, self.answers = planning, order, slot, asked, answers
        self.child: Child = planning.children[slot[0]]
        self.activity: Activity = planning.activities[slot[1]]
        self.late: list[date] = []
        self.offered = formulas_of(planning, slot, asked)

    def say(self, day: date, adding: bool, outcome: str, reason: str = "", formula: str = "") -> None:
        line = ReceiptLine(
            child=self.child, activity=self.activity, day=day, adding=adding, outcome=outcome, reason=reason[:250]
        )
        said = formula or self.asked.formula(day)
        line.formula = said if said in Formula.values else ""
        self.answers.lines.append(line)

    def weigh(self, day: date) -> Candidate | None:
        """Answer for a day, or return it when only a place is missing."""
        asked, booking = self.asked, self.planning.own_booking(self.slot, day)
        if day in asked.removals:
            self._remove(day, booking)
        elif day in asked.kept:
            self._kept(day, booking)
        elif day in asked.left:
            if booking is not None:
                self.say(
                    day,
                    False,
                    Outcome.UNCHANGED,
                    f"réservé entre-temps {self._booked(booking)} : ce jour reste réservé",
                )
        elif booking is None:
            if day in asked.switched:
                gone = self._gone(day)
                self.say(day, True, Outcome.UNCHANGED, f"{gone} : ce jour n’est plus réservé")
                return None
            return self._add(day)
        elif booking.formula == asked.formula(day):
            self.say(day, True, Outcome.UNCHANGED, f"déjà réservé {self._booked(booking)}")
        elif day in asked.additions:
            said = f"déjà réservé {self._booked(booking)} ({formula_label(booking.formula)}) : ce jour reste ainsi"
            self.say(day, True, Outcome.UNCHANGED, said, booking.formula)
        else:
            self._switch(day, booking)
        return None

    # --- Each kind of change ---

    def _remove(self, day: date, booking: Booking | None) -> None:
        if booking is None:
            self.say(day, False, Outcome.UNCHANGED, self._already_free(day))
            return
        decision = self._decide(day)
        if decision.reason:
            self.say(day, False, Outcome.REFUSED, decision.reason.sentence, booking.formula)
            return
        self.answers.to_cancel.append(booking)
        self.say(day, False, Outcome.CANCELLED, self._why_late(day), booking.formula)

    def _kept(self, day: date, booking: Booking | None) -> None:
        if booking is None:
            self.say(day, True, Outcome.UNCHANGED, f"{self._gone(day)} : ce jour n’est plus réservé")
        elif booking.formula != self.asked.formula(day):
            said = f"formule changée entre-temps {self._booked(booking)} : {formula_label(booking.formula)}"
            self.say(day, True, Outcome.UNCHANGED, said, booking.formula)

    def _add(self, day: date) -> Candidate | None:
        formula = self.asked.formula(day)
        if self.offered is not None and formula not in self.offered:
            self.say(day, True, Outcome.REFUSED, "choisissez une des formules proposées")
            return None
        decision = self._decide(day)
        if decision.reason:
            self.say(day, True, Outcome.REFUSED, decision.reason.sentence)
            return None
        enrolment = self.planning.enrolment(self.slot, day)
        assert enrolment is not None  # decide() said so
        return Candidate(enrolment, day, formula, late=day in self.late)

    def _switch(self, day: date, booking: Booking) -> None:
        """Give another formula to a booked day: it is given back and taken again, its place is its own."""
        formula = self.asked.formula(day)
        if self.offered is not None and formula not in self.offered:
            self.say(day, True, Outcome.REFUSED, "choisissez une des formules proposées")
            return
        if booking.given_back_at is not None:
            self.say(day, True, Outcome.REFUSED, "jour rendu : reprenez-le avant de changer sa formule")
            return
        decision = self._decide(day)
        if not decision.reason:
            free = replace(self.planning.context(self.slot, day), booked_by=None, places_left=None)
            decision = decide(free, self.order.at, at_desk=self.order.at_desk)
        if decision.reason:
            self.say(day, True, Outcome.REFUSED, f"{decision.reason.sentence} : la formule reste la même")
            return
        self.answers.to_cancel.append(booking)
        again = booking_of(self.order, Candidate(booking.enrolment, day, formula, day in self.late))
        again.site_id = booking.site_id  # where its place is
        self.answers.to_book.append(again)
        self.say(day, True, Outcome.SWITCHED, self._why_late(day) or f"au lieu de : {formula_label(booking.formula)}")

    def _decide(self, day: date) -> Decision:
        context = self.planning.context(self.slot, day)
        decision = decide(context, self.order.at)
        if decision.reason and self.order.at_desk:
            at_desk = decide(context, self.order.at, at_desk=True)
            if not at_desk.reason:
                self.late.append(day)
            return at_desk
        return decision

    def _why_late(self, day: date) -> str:
        return f"hors délai : {self.order.late_reason}" if day in self.late else ""

    # --- Who did what ---

    def _already_free(self, day: date) -> str:
        gone = self._gone(day)
        return f"déjà {gone}" if gone != NOT_BOOKED else gone

    def _gone(self, day: date) -> str:
        booking = self.planning.cancelled.get((*self.slot, day))
        if booking is None or booking.family_id != self.order.family.pk or booking.cancelled_at is None:
            return NOT_BOOKED
        if booking.given_back_at is not None and booking.cancelled_by_id is None:
            return f"rendu, puis pris par une autre famille le {moment(booking.cancelled_at)}"
        return f"annulé {done_by(booking.cancelled_by, booking.cancelled_at, self.order.user)}"

    def _booked(self, booking: Booking) -> str:
        return done_by(booking.booked_by, booking.booked_at, self.order.user)


def formulas_of(planning: Planning, slot: Slot, asked: DayChanges) -> frozenset[str] | None:
    """Return the formulas that an activity offers, None for one that has none and is asked for none; one query for all."""
    if not asked and not asked.formulas:
        return None
    if not getattr(planning.enrolments[slot][0], "has_formulas", True) and not asked.formulas:
        return None
    return planning.formulas.get(slot[1]) or frozenset({""})


def done_by(user: User | None, at: datetime, reader: User | None) -> str:
    """Say who did it and when, without an address: « par Madame MARTIN le 19/11/2026 à 12:06 », « par vous » to oneself."""
    if user is None or user.is_staff:
        who = "par l’Espace Famille"
    elif reader is not None and user.pk == reader.pk:
        who = "par vous"
    else:
        who = f"par {user.greeting}" if user.last_name else "par l’autre responsable du foyer"
    return f"{who} le {moment(at)}"


def booking_of(order: Order, candidate: Candidate) -> Booking:
    """Return the booking of a candidate, not saved."""
    return Booking(
        enrolment=candidate.enrolment,
        child_id=candidate.enrolment.child_id,
        family=order.family,
        activity_id=candidate.enrolment.activity_id,
        site_id=candidate.enrolment.site_id,
        day=candidate.day,
        formula=candidate.formula,
        late_reason=order.late_reason if candidate.late else "",
        booked_at=order.at,
        booked_by=order.user,
    )
