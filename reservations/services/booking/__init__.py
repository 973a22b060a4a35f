"""Booking and cancelling days: one submit, one transaction, one answer for every day."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from families.models import Family, FamilyRequest, Guardian
from reservations.models import BookingReceipt
from reservations.rules.changes import DayChanges
from reservations.services.booking.foreseeing import Foreseen, foresee_days
from reservations.services.booking.orders import (
    MOST_DAYS,
    Answers,
    LateReasonNeeded,
    NothingToChange,
    Order,
    UnknownChild,
    Wanted,
)
from reservations.services.booking.places import give_places, locked_days
from reservations.services.booking.weeks import hold_whole_weeks
from reservations.services.booking.weighing import planning_for, weigh
from reservations.services.booking.writing import write_days, write_receipt

__all__ = [
    "MOST_DAYS",
    "Foreseen",
    "LateReasonNeeded",
    "NothingToChange",
    "Order",
    "UnknownChild",
    "Wanted",
    "book_days",
    "fingerprint",
    "foresee_days",
    "give_back",
    "locked_days",
]


def book_days(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    changes: Mapping[Wanted, DayChanges],
    submission: UUID,
    at: datetime,
    at_desk: bool = False,
    late_reason: str = "",
) -> BookingReceipt:
    """Book and cancel the days asked for each child (by id) in each activity (by slug), and return the numbered receipt.

    Each day gets an outcome: booked, cancelled, refused with its reason, or unchanged because somebody had already done it. A day
    refused refuses nothing else. The same form sent twice, as it was, returns the first receipt. ``at_desk``: an agent (``user``)
    does it for the family, deadlines give way and ``late_reason`` says why.

    Raises NothingToChange when no day differs from what was shown, UnknownChild for a child that the household has not
    enrolled, LateReasonNeeded when an agent goes past a deadline and does not say why, Refusal for a form of more days than a
    calendar holds.
    """
    if not any(changes.values()):
        raise NothingToChange("Vous n’avez rien modifié : vos réservations restent comme elles sont.")
    if sum(len(asked.days) for asked in changes.values()) > MOST_DAYS:
        raise Refusal("Ce formulaire contient trop de jours. Enregistrez un mois à la fois.")
    named = fingerprint(submission, changes)
    order = Order(family, guardian, user, changes, named, at, at_desk, late_reason.strip())
    try:
        return _answer(order)
    except IntegrityError:
        # Another copy of the same form got here first: its receipt is the answer.
        receipts = BookingReceipt.objects.select_related("request")
        first = receipts.filter(submission=order.submission, request__family=family).first()
        if first is None:
            raise
        return first


def fingerprint(submission: UUID, changes: Mapping[Wanted, DayChanges]) -> UUID:
    """Name a form *and* what was asked in it: a form reached again by « back » and changed is another submit."""
    asked = [
        f"{activity}:{child}:{sign}{day.isoformat()}{days.formula(day)}"
        for (child, activity), days in sorted(changes.items())
        for sign, group in (("+", days.additions), ("-", days.removals), ("~", days.switched))
        for day in sorted(group)
    ]
    return uuid5(submission, "|".join(asked))


@transaction.atomic(durable=True)
def _answer(order: Order) -> BookingReceipt:
    planning = planning_for(order)
    answers = Answers()
    candidates = [
        candidate
        for wanted, asked in order.changes.items()
        for candidate in weigh(planning, order, wanted, asked, answers)
    ]
    candidates = hold_whole_weeks(planning, order, candidates, answers)
    give_places(planning, order, candidates, answers)
    return write_receipt(planning, order, answers)


def give_back(order: Order, request: FamilyRequest) -> BookingReceipt:
    """Cancel the days of an order within the caller's transaction, under the caller's numbered request, which mails its own
    receipt. Each day is decided by the same rule, under the same lock, as a submit of the calendar."""
    planning = planning_for(order)
    answers = Answers()
    for wanted, asked in order.changes.items():
        for _ in weigh(planning, order, wanted, asked, answers):
            raise ValueError("an order that only gives back asks for no place")
    return write_days(planning, order, answers, request)
