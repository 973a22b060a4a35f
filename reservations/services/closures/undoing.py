"""Undoing a closure: what it freed comes back where that is still possible, everybody concerned is told."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from families.models import Family
from reservations.models import Booking, Closure, Enrolment, ReceiptLine
from reservations.queries.planning import (
    Planning,
    Slot,
    by_slot,
    holiday_spans,
    homes_of,
    school_calendar,
    stops_between,
)
from reservations.rules.decide import decide
from reservations.services.booking.orders import Answers, Candidate, Order
from reservations.services.booking.places import give_places, places_under_lock
from reservations.services.closures.closing import BATCH, by_family, lock_children, write_receipts

Outcome = ReceiptLine.Outcome


def undo_closure(*, closure: Closure, by: User, at: datetime) -> Closure:
    """Give back what a closure freed: each day that is still to come and that nothing forbids now, places included.

    Deadlines do not count: the family had booked in time. Each household gets a receipt that answers for every day, and a mail.
    Raises Refusal when it is undone already.
    """
    return _undo(closure.pk, by, at)


@transaction.atomic(durable=True)
def _undo(pk: int, by: User, at: datetime) -> Closure:
    closure = Closure.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if closure.undone_at:
        raise Refusal("Cette fermeture est déjà annulée.")
    closure.undone_at, closure.undone_by = at, by
    closure.save(update_fields=["undone_at", "undone_by"])
    related = ("child", "activity", "family")
    freed = list(Booking.objects.filter(closure=closure).select_related(*related).order_by("booked_at", "pk"))
    if freed:
        lock_children({booking.child_id for booking in freed})
        _give_back(closure, freed, by, at)
    return closure


def _give_back(closure: Closure, freed: Sequence[Booking], by: User, at: datetime) -> None:
    plannings = _plannings(freed, at)
    usual = {
        (enrolment.site_id, booking.day): enrolment.site.places
        for booking in freed
        if (enrolment := plannings[booking.family_id].enrolment(_slot(booking), booking.day))
        and enrolment.site.places is not None
    }
    if usual:
        # Every day of every household at once, in id order; give_places counts them again, household by household.
        places_under_lock(usual, at)
    answers = {
        family: _answer(plannings[family], rows[0].family, rows, by, at) for family, rows in by_family(freed).items()
    }
    summaries = {family: _summary(closure, found) for family, found in answers.items()}
    receipts = write_receipts(closure, summaries, by=by, at=at, undone=True)
    lines, bookings = [], []
    for family, found in answers.items():
        for line in found.lines:
            line.receipt = receipts[family]
        for booking in found.to_book:
            booking.receipt = receipts[family]
        lines += found.lines
        bookings += found.to_book
    ReceiptLine.objects.bulk_create(lines, batch_size=BATCH)
    Booking.objects.bulk_create(bookings, batch_size=BATCH)


def _answer(planning: Planning, family: Family, freed: Sequence[Booking], by: User, at: datetime) -> Answers:
    order = Order(family, None, by, {}, submission=None, at=at, at_desk=True)  # type: ignore[arg-type]
    answers, candidates = Answers(), []
    for booking in freed:
        decision = decide(planning.context(_slot(booking), booking.day), at, at_desk=True)
        enrolment = planning.enrolment(_slot(booking), booking.day)
        if decision.can_add and enrolment is not None:
            candidates.append(Candidate(enrolment, booking.day, booking.formula))
            continue
        reason = decision.reason.sentence if decision.reason else "ce jour est déjà réservé"
        answers.lines.append(
            ReceiptLine(
                child=booking.child,
                activity=booking.activity,
                day=booking.day,
                formula=booking.formula,
                adding=True,
                outcome=Outcome.REFUSED if decision.reason else Outcome.UNCHANGED,
                reason=reason[:250],
            )
        )
    give_places(planning, order, candidates, answers)
    return answers


def _summary(closure: Closure, answers: Answers) -> str:
    back = len(answers.to_book)
    lost = len(answers.lines) - back
    said = [f"{back} réservation{'s' if back > 1 else ''} rétablie{'s' if back > 1 else ''}"] if back else []
    said += [f"{lost} non rétablie{'s' if lost > 1 else ''}"] if lost else []
    return f"{closure.label}, fermeture annulée\u00a0: {', '.join(said)}"


def _slot(booking: Booking) -> Slot:
    return booking.child_id, booking.activity_id


def _plannings(freed: Sequence[Booking], at: datetime) -> dict[int, Planning]:
    """Read, once for all the households, what decides of their days; seven queries."""
    days = sorted({booking.day for booking in freed})
    first, last = days[0], days[-1]
    families = {booking.family_id for booking in freed}
    children, activities = {booking.child_id for booking in freed}, {booking.activity_id for booking in freed}
    rows = (
        Enrolment.objects.filter(family__in=families, child__in=children, activity__in=activities)
        .select_related("child", "activity", "site__school", "site__venue", "school_year")
        .order_by("starts_on")
    )
    enrolments: dict[int, list[Enrolment]] = defaultdict(list)
    for row in rows:
        enrolments[row.family_id].append(row)
    active = Booking.objects.filter(
        child__in=children, activity__in=activities, day__in=days, status=Booking.Status.ACTIVE
    )
    bookings = {(b.child_id, b.activity_id, b.day): b for b in active.order_by()}
    calendar, homes, stops = school_calendar(), homes_of(children, first, last), stops_between(first, last)
    holidays = holiday_spans(activities, first, last)
    return {
        family: Planning(
            family=family,
            calendar=calendar,
            enrolments=by_slot(enrolments[family]),
            homes=homes,
            stops=stops,
            holidays=holidays,
            bookings=bookings,
            places=None,
        )
        for family in families
    }
