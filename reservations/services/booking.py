"""Booking and cancelling days: one submit, one transaction, one answer for every day."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from families.models import Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import BOOKING
from reservations.models import Booking, BookingReceipt, Enrolment, ReceiptLine, SiteDay
from reservations.queries.planning import (
    Planning,
    SiteAndDay,
    bookings_per_day,
    by_children,
    enrolments_of,
    homes_of,
    school_calendar,
)
from reservations.queries.receipts import summary_of
from reservations.rules.changes import DayChanges
from reservations.rules.decide import decide

Outcome = ReceiptLine.Outcome
NOT_BOOKED = "jour sans réservation"
MOST_DAYS = 400  # of one submit: more than a school year of one child, less than a flood


class NothingToChange(Refusal):
    """The form was sent as it was shown."""


class UnknownChild(Refusal):
    """A child that this household has not enrolled in the activity."""


@dataclass(frozen=True)
class Order:
    """Who asks for what."""

    family: Family
    guardian: Guardian | None
    user: User | None
    activity: str
    changes: Mapping[int, DayChanges]
    submission: UUID
    at: datetime

    @property
    def days(self) -> list[date]:
        """Every day that is asked for or looked at again, in order."""
        return sorted({day for changes in self.changes.values() for day in changes.days})


@dataclass
class Answers:
    """What is to be written, gathered before anything is."""

    lines: list[ReceiptLine] = field(default_factory=list)
    to_book: list[Booking] = field(default_factory=list)
    to_cancel: list[Booking] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The state of the request: done, partly, refused."""
        refused = sum(line.outcome == Outcome.REFUSED for line in self.lines)
        if not refused:
            return FamilyRequest.Status.DONE
        return FamilyRequest.Status.PARTLY if self.to_book or self.to_cancel else FamilyRequest.Status.REFUSED


def book_days(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    activity: str,
    changes: Mapping[int, DayChanges],
    submission: UUID,
    at: datetime,
) -> BookingReceipt:
    """Book and cancel the days asked for each child (by id) in an activity (slug), and return the numbered receipt.

    Each day gets an outcome: booked, cancelled, refused with its reason, or unchanged because somebody had already done it. A day
    refused refuses nothing else. The same form sent twice, as it was, returns the first receipt.

    Raises NothingToChange when no day differs from what was shown, UnknownChild for a child that the household has not
    enrolled, Refusal for a form of more days than a calendar holds.
    """
    if not any(changes.values()):
        raise NothingToChange("Vous n’avez rien modifié : vos réservations restent comme elles sont.")
    if sum(len(asked.days) for asked in changes.values()) > MOST_DAYS:
        raise Refusal("Ce formulaire contient trop de jours. Enregistrez un mois à la fois.")
    order = Order(family, guardian, user, activity, changes, _fingerprint(submission, activity, changes), at)
    try:
        return _answer(order)
    except IntegrityError:
        # Another copy of the same form got here first: its receipt is the answer.
        receipts = BookingReceipt.objects.select_related("request")
        first = receipts.filter(submission=order.submission, request__family=family).first()
        if first is None:
            raise
        return first


def _fingerprint(submission: UUID, activity: str, changes: Mapping[int, DayChanges]) -> UUID:
    """Name a form *and* what was ticked in it: a form reached again by « back » and changed is another submit."""
    asked = [
        f"{child}:{sign}{day.isoformat()}"
        for child, days in sorted(changes.items())
        for sign, group in (("+", days.additions), ("-", days.removals))
        for day in sorted(group)
    ]
    return uuid5(submission, "|".join([activity, *asked]))


@transaction.atomic(durable=True)
def _answer(order: Order) -> BookingReceipt:
    planning = _planning(order)
    answers = Answers()
    candidates = [
        candidate
        for child, asked in order.changes.items()
        for candidate in _weigh(planning, order, child, asked, answers)
    ]
    _give_places(planning, order, candidates, answers)
    return _write(planning, order, answers)


def _planning(order: Order) -> Planning:
    """Read what decides. The children's rows are locked before their bookings are read: two parents who change one child's
    days follow each other, in whatever households."""
    days = order.days
    enrolled = by_children(enrolments_of(order.family).filter(activity__slug=order.activity).order_by())
    if order.changes.keys() - enrolled.keys():
        raise UnknownChild("Cet enfant n’est pas inscrit à cette activité par votre foyer.")
    enrolments = {child: enrolled[child] for child in order.changes}
    activity = next(iter(enrolments.values()))[0].activity
    calendar = school_calendar()
    homes = homes_of(list(order.changes), days[0], days[-1], lock=True)
    # Cancelled bookings too: they say who cancelled.
    bookings = Booking.objects.filter(activity=activity, child__in=list(order.changes), day__in=days)
    latest = {
        (booking.child_id, booking.day): booking
        for booking in sorted(
            bookings.select_related("booked_by", "cancelled_by").order_by(),
            key=lambda booking: (booking.status == Booking.Status.ACTIVE, booking.pk),
        )
    }
    return Planning(
        family=order.family.pk,
        activity=activity,
        calendar=calendar,
        enrolments=enrolments,
        homes=homes,
        bookings={key: booking for key, booking in latest.items() if booking.status == Booking.Status.ACTIVE},
        cancelled={key: booking for key, booking in latest.items() if booking.status != Booking.Status.ACTIVE},
        # Places are counted later, under lock, for the days that nothing else refuses.
        places=None,
    )


@dataclass(frozen=True)
class Candidate:
    """A day that can be added, its place still to be found."""

    enrolment: Enrolment
    day: date

    @property
    def key(self) -> SiteAndDay:
        """The site and the day whose places it would take."""
        return self.enrolment.site_id, self.day


def _weigh(planning: Planning, order: Order, child: int, asked: DayChanges, answers: Answers) -> Iterable[Candidate]:
    """Answer for a child's days, but for those that still need a place."""
    kin = planning.enrolments[child][0].child

    def say(day: date, adding: bool, outcome: str, reason: str = "") -> None:
        answers.lines.append(ReceiptLine(child=kin, day=day, adding=adding, outcome=outcome, reason=reason[:250]))

    for day in sorted(asked.days):
        booking = planning.own_booking(child, day)
        adding = day in asked.additions or day in asked.kept
        if booking is not None and adding:
            if day in asked.additions:
                say(day, True, Outcome.UNCHANGED, f"déjà réservé {_by(booking.booked_by, booking.booked_at, order)}")
        elif booking is None and not adding:
            if day in asked.removals:
                say(day, False, Outcome.UNCHANGED, _already_free(planning, child, day, order))
        elif day in asked.kept:
            say(day, True, Outcome.UNCHANGED, f"{_cancelled(planning, child, day, order)} : ce jour n’est plus réservé")
        elif day in asked.left:
            assert booking is not None
            by = _by(booking.booked_by, booking.booked_at, order)
            say(day, False, Outcome.UNCHANGED, f"réservé entre-temps {by} : ce jour reste réservé")
        else:
            decision = decide(planning.context(child, day), order.at)
            if decision.reason:
                say(day, adding, Outcome.REFUSED, decision.reason.sentence)
            elif booking is not None:
                answers.to_cancel.append(booking)
                say(day, False, Outcome.CANCELLED)
            else:
                enrolment = planning.enrolment(child, day)
                assert enrolment is not None  # decide() said so
                yield Candidate(enrolment, day)


def _already_free(planning: Planning, child: int, day: date, order: Order) -> str:
    gone = _cancelled(planning, child, day, order)
    return f"déjà {gone}" if gone != NOT_BOOKED else gone


def _cancelled(planning: Planning, child: int, day: date, order: Order) -> str:
    booking = planning.cancelled.get((child, day))
    if booking is None or booking.family_id != order.family.pk or booking.cancelled_at is None:
        return NOT_BOOKED
    return f"annulé {_by(booking.cancelled_by, booking.cancelled_at, order)}"


def _by(user: User | None, at: datetime, order: Order) -> str:
    """Say who did it and when, without an address: « par Madame MARTIN le 19/11/2026 à 12:06 »."""
    if user is None or user.is_staff:
        who = "par l’Espace Famille"
    elif order.user is not None and user.pk == order.user.pk:
        who = "par vous"
    else:
        who = f"par {user.greeting}" if user.last_name else "par l’autre responsable du foyer"
    return f"{who} le {moment(at)}"


# --- Within another submit ------------------------------------------------------------------------------------------


def give_back(order: Order, request: FamilyRequest) -> BookingReceipt:
    """Cancel the days of an order within the caller's transaction, under the caller's numbered request, which mails its own
    receipt. Each day is decided by the same rule, under the same lock, as a submit of the calendar."""
    planning = _planning(order)
    answers = Answers()
    for child, asked in order.changes.items():
        for _ in _weigh(planning, order, child, asked, answers):
            raise ValueError("an order that only gives back asks for no place")
    receipt = BookingReceipt.objects.create(request=request, submission=order.submission, activity=planning.activity)
    _write_days(order, answers, receipt)
    return receipt


# --- Places -----------------------------------------------------------------------------------------------------------


def _give_places(planning: Planning, order: Order, candidates: list[Candidate], answers: Answers) -> None:
    """Give each candidate its place, in the order asked, or refuse it; scarce days are locked first, then counted."""
    scarce = sorted({c.key for c in candidates if c.enrolment.site.places is not None})
    left: dict[SiteAndDay, int | None] = dict(_places_under_lock(scarce, candidates)) if scarce else {}
    for candidate in candidates:
        places = left.get(candidate.key)
        context = replace(planning.context(candidate.enrolment.child_id, candidate.day), places_left=places)
        decision = decide(context, order.at)
        outcome = Outcome.BOOKED if decision.can_add else Outcome.REFUSED
        reason = decision.reason.sentence if decision.reason else ""
        child = candidate.enrolment.child
        answers.lines.append(ReceiptLine(child=child, day=candidate.day, adding=True, outcome=outcome, reason=reason))
        if decision.can_add:
            answers.to_book.append(_booking(planning, order, candidate))
            if places is not None:
                left[candidate.key] = places - 1


def _places_under_lock(keys: list[SiteAndDay], candidates: Iterable[Candidate]) -> dict[SiteAndDay, int]:
    """Lock these days of sites until the end of the transaction, then count what is left."""
    usual = {c.key: c.enrolment.site.places or 0 for c in candidates}
    SiteDay.objects.bulk_create([SiteDay(site_id=site, day=day) for site, day in keys], ignore_conflicts=True)
    wanted = Q()
    for site in sorted({site for site, _ in keys}):
        wanted |= Q(site=site, day__in=[day for other, day in keys if other == site])
    given = {(row.site_id, row.day): row.places for row in locked_days(wanted)}
    # A query of its own: one that waited for the lock would count with the eyes of before it.
    taken = bookings_per_day({site for site, _ in keys}, Q(day__in={day for _, day in keys}))
    return {
        key: (usual[key] if given[key] is None else given[key]) - taken.get(key, 0)  # type: ignore[operator]
        for key in keys
    }


def locked_days(wanted: Q) -> list[SiteDay]:
    """Lock days of sites, in id order."""
    return list(SiteDay.objects.select_for_update(of=("self",), no_key=True).filter(wanted).order_by("pk"))


# --- Writing ----------------------------------------------------------------------------------------------------------


def _booking(planning: Planning, order: Order, candidate: Candidate) -> Booking:
    return Booking(
        enrolment=candidate.enrolment,
        child=candidate.enrolment.child,
        family=order.family,
        activity=planning.activity,
        site=candidate.enrolment.site,
        day=candidate.day,
        booked_at=order.at,
        booked_by=order.user,
    )


def _write(planning: Planning, order: Order, answers: Answers) -> BookingReceipt:
    answers.lines.sort(key=lambda line: (line.child.birth_date, line.child_id, line.day))
    request = record_request(
        kind=BOOKING,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=summary_of(planning.activity, answers.lines),
        status=answers.status,
        at=order.at,
        decided_at=order.at,
    )
    receipt = BookingReceipt.objects.create(request=request, submission=order.submission, activity=planning.activity)
    _write_days(order, answers, receipt)
    emails.queue_booking_receipt(receipt, answers.lines, order.guardian, order.user)
    return receipt


def _write_days(order: Order, answers: Answers, receipt: BookingReceipt) -> None:
    for line in answers.lines:
        line.receipt = receipt
    ReceiptLine.objects.bulk_create(answers.lines)
    if answers.to_book:
        for booking in answers.to_book:
            booking.receipt = receipt
        Booking.objects.bulk_create(answers.to_book)
    if answers.to_cancel:
        _cancel(answers.to_cancel, order, receipt)


def _cancel(bookings: Collection[Booking], order: Order, receipt: BookingReceipt) -> None:
    Booking.objects.filter(pk__in=[booking.pk for booking in bookings], status=Booking.Status.ACTIVE).update(
        status=Booking.Status.CANCELLED, cancelled_at=order.at, cancelled_by=order.user, cancel_receipt=receipt
    )
