"""Holiday periods that are booked by whole weeks: a week that would stand in part is refused, in what it adds and in what it
gives back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property

from castres_portal.base.french import short_day
from reservations.models import Booking, ReceiptLine
from reservations.queries.holidays import running_days
from reservations.queries.planning import Planning, Slot
from reservations.rules.holidays import holiday_on, missing_days, monday_of, weeks_of
from reservations.services.booking.orders import Answers, Candidate, Order, Outcome

WeekOfChild = tuple[Slot, date]


def hold_whole_weeks(
    planning: Planning, order: Order, candidates: list[Candidate], answers: Answers
) -> list[Candidate]:
    """Return the candidates, those of a whole week bound to one another; answer for those of a week that would be partial."""
    if not any(span.by_week for spans in planning.holidays.values() for span in spans):
        return candidates
    bound = [replace(one, week=_week(planning, one.slot, one.day)) for one in candidates]
    touched = {(one.slot, one.week) for one in bound if one.week}
    touched |= {(_slot(row), week) for row in answers.to_cancel if (week := _week(planning, _slot(row), row.day))}
    if not touched:
        return candidates
    weeks = _Weeks(planning, order, bound, answers)
    partial = {(slot, week): lacking for slot, week in touched if (lacking := weeks.lacking(slot, week))}
    weeks.refuse_removals(partial)
    kept = []
    for one in bound:
        if one.week and (one.slot, one.week) in partial:
            weeks.refuse_addition(one, partial[one.slot, one.week])
        else:
            kept.append(one)
    return kept


def _week(planning: Planning, slot: Slot, day: date) -> date | None:
    """Return the Monday of a day's week when the period that holds it is booked by whole weeks."""
    span = holiday_on(planning.holidays.get(slot[1], ()), day)
    return monday_of(day) if span and span.by_week else None


def _slot(row: Booking) -> Slot:
    return row.child_id, row.activity_id


class _Weeks:
    """The weeks that an order touches, the children's rows being locked."""

    def __init__(self, planning: Planning, order: Order, candidates: Collection[Candidate], answers: Answers) -> None:
        self.planning, self.order, self.answers = planning, order, answers
        self.days = [one.day for one in candidates] + [row.day for row in answers.to_cancel]
        self.added: dict[Slot, set[date]] = defaultdict(set)
        for booking in answers.to_book:
            self.added[_slot(booking)].add(booking.day)
        for one in candidates:
            self.added[one.slot].add(one.day)

    @cached_property
    def standing(self) -> Mapping[Slot, set[date]]:
        """What was booked and stays, in these weeks; one query, which an order that asks for weeks whole does without."""
        rows = Booking.objects.filter(
            child__in=self.order.children,
            family=self.order.family,
            status=Booking.Status.ACTIVE,
            day__range=(monday_of(min(self.days)), monday_of(max(self.days)) + timedelta(days=6)),
        )
        gone = {row.pk for row in self.answers.to_cancel}
        found: dict[Slot, set[date]] = defaultdict(set)
        for pk, child, activity, day in rows.order_by().values_list("pk", "child_id", "activity_id", "day"):
            if pk not in gone:
                found[child, activity].add(day)
        return found

    def lacking(self, slot: Slot, monday: date) -> list[date]:
        """Return the days that the week would lack: those on which the centre runs and the child lives here."""
        whole = self._whole(slot, monday)
        days = {monday + timedelta(days=n) for n in range(7)}
        added = self.added[slot] & days
        if added and added >= set(whole):
            return []
        return missing_days(whole, added | self.standing[slot] & days)

    def _whole(self, slot: Slot, monday: date) -> list[date]:
        weekdays = self.planning.policies[slot[1]].weekdays
        return [
            day
            for span in self.planning.holidays[slot[1]]
            if span.by_week
            for week in weeks_of(span, weekdays)
            if week.monday == monday
            for day in running_days(self.planning, slot, week)
        ]

    def refuse_addition(self, one: Candidate, lacking: list[date]) -> None:
        """Answer for a day whose week would be partial."""
        self.answers.lines.append(
            ReceiptLine(
                child=one.enrolment.child,
                activity=one.enrolment.activity,
                day=one.day,
                formula=one.formula,
                adding=True,
                outcome=Outcome.REFUSED,
                reason=f"cette période se réserve par semaines entières : il manque le {_days(lacking)}",
            )
        )

    def refuse_removals(self, partial: dict[WeekOfChild, list[date]]) -> None:
        """Keep the bookings whose week would be left in part, and say so."""
        again = {(*_slot(booking), booking.day) for booking in self.answers.to_book}
        kept = {
            (*_slot(row), row.day)
            for row in self.answers.to_cancel
            if (_slot(row), monday_of(row.day)) in partial and (*_slot(row), row.day) not in again
        }
        self.answers.to_cancel = [row for row in self.answers.to_cancel if (*_slot(row), row.day) not in kept]
        for line in self.answers.lines:
            if line.outcome == Outcome.CANCELLED and (line.child.pk, line.activity.pk, line.day) in kept:
                line.outcome = Outcome.REFUSED
                line.reason = "cette période se rend par semaines entières"


def _days(days: list[date]) -> str:
    return ", le ".join(short_day(day) for day in days)
