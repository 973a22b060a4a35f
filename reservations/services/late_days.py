"""« Rendre un jour »: too late to cancel, a family leaves its place to another, and pays unless somebody takes it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment, of_name
from families.models import Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import GIVEN_BACK
from reservations.models import AbsenceDay, Booking, BookingReceipt, ReceiptLine
from reservations.queries.planning import Planning, Slot
from reservations.rules.changes import DayChanges
from reservations.rules.decide import decide
from reservations.services.booking import Order, fingerprint
from reservations.services.booking.places import places_under_lock
from reservations.services.booking.weighing import planning_for
from reservations.wakes import wake_waiting_list

Outcome = ReceiptLine.Outcome
Status = FamilyRequest.Status
MOST_DAYS = 100
UNLESS_TAKEN = "facturé, sauf si une autre famille prend la place"
PROMISED = "la place est proposée à une famille qui attend : si elle n’en veut pas, vous pourrez reprendre ce jour"


def give_back_late_days(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    bookings: Collection[int],
    submission: UUID,
    at: datetime,
) -> BookingReceipt:
    """Leave to others the places of booked days (ids of bookings) that can no longer be cancelled; return the numbered receipt.

    The bookings stay, so stay charged, until another household takes the place. Each day gets its outcome. The same form sent
    twice returns the first receipt. Raises Refusal without a day of the household or with too many.
    """
    return _submit(family, guardian, user, bookings, submission, at, back=True)


def take_back_late_days(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    bookings: Collection[int],
    submission: UUID,
    at: datetime,
) -> BookingReceipt:
    """Make days given back (ids of bookings) the child's again where nobody has the place; as ``give_back_late_days``."""
    return _submit(family, guardian, user, bookings, submission, at, back=False)


def _submit(
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    bookings: Collection[int],
    submission: UUID,
    at: datetime,
    *,
    back: bool,
) -> BookingReceipt:
    if len(bookings) > MOST_DAYS:
        raise Refusal("Ce formulaire contient trop de jours. Envoyez-le en plusieurs fois.")
    rows = list(Booking.objects.filter(pk__in=bookings, family=family).select_related("activity"))
    if not rows:
        raise Refusal("Cochez au moins un jour.")
    days: dict[tuple[int, str], set[date]] = {}
    for row in rows:
        days.setdefault((row.child_id, row.activity.slug), set()).add(row.day)
    asked = {
        slot: DayChanges(removals=frozenset(found)) if back else DayChanges(additions=frozenset(found))
        for slot, found in days.items()
    }
    order = Order(family, guardian, user, asked, fingerprint(submission, asked), at)
    try:
        return _give_back(order) if back else _take_back(order)
    except IntegrityError:
        # Another copy of the same form got here first: its receipt is the answer.
        receipts = BookingReceipt.objects.select_related("request")
        first = receipts.filter(submission=order.submission, request__family=family).first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _give_back(order: Order) -> BookingReceipt:
    planning = planning_for(order)
    _read_absences(planning)
    lines, given = [], []
    for slot, day in _asked(planning, order):
        booking = planning.own_booking(slot, day)
        outcome, reason = _back(planning, slot, day, order.at)
        lines.append(_line(planning, slot, day, outcome, reason, adding=False))
        if booking and outcome == Outcome.GIVEN_BACK:
            given.append(booking.pk)
    receipt = _write(order, lines, "rendu")
    Booking.objects.filter(pk__in=given).update(given_back_at=order.at, give_back_receipt=receipt)
    if given:
        wake_waiting_list()
    return receipt


def _back(planning: Planning, slot: Slot, day: date, at: datetime) -> tuple[str, str]:
    booking = planning.own_booking(slot, day)
    if booking is None:
        return Outcome.UNCHANGED, "ce jour n’est plus réservé"
    if booking.given_back_at:
        return Outcome.UNCHANGED, f"déjà rendu le {moment(booking.given_back_at)}"
    context = planning.context(slot, day)
    decision = decide(context, at)
    if decision.can_give_back:
        return Outcome.GIVEN_BACK, UNLESS_TAKEN
    if decision.can_cancel:
        return Outcome.REFUSED, "ce jour s’annule encore sans frais : décochez-le dans le calendrier"
    if context.absent:
        return Outcome.REFUSED, "une absence est annoncée pour ce jour"
    if not context.resells:
        return Outcome.REFUSED, "un jour de cette activité ne se rend pas hors délai"
    return Outcome.REFUSED, decision.reason.sentence if decision.reason else ""


@transaction.atomic(durable=True)
def _take_back(order: Order) -> BookingReceipt:
    planning = planning_for(order)
    found = [(slot, day, planning.own_booking(slot, day)) for slot, day in _asked(planning, order)]
    usual = {
        (row.site_id, row.day): row.site.places
        for row in Booking.objects.filter(pk__in=[b.pk for *_, b in found if b]).select_related("site")
        if row.site.places is not None
    }
    places = places_under_lock(usual, order.at) if usual else None
    # Read again, the days locked: somebody may have taken a place while this waited.
    ids = [booking.pk for *_, booking in found if booking]
    fresh = {row.pk: row for row in Booking.objects.filter(pk__in=ids, status=Booking.Status.ACTIVE)}
    left = dict(places.left) if places else {}
    lines, kept = [], []
    for slot, day, booking in found:
        row = fresh.get(booking.pk) if booking else None
        if row is None:
            lines.append(_line(planning, slot, day, Outcome.REFUSED, _gone(planning, slot, day), adding=True))
            continue
        key = (row.site_id, day)
        seen = None
        if places and key in left:
            seen = replace(places, left=left).seen_by(slot, key, None)
        context = replace(planning.context(slot, day), given_back=row.given_back_at is not None, places_left=seen)
        outcome, reason = _again(row, decide(context, order.at).can_take_back, day, order.at)
        lines.append(_line(planning, slot, day, outcome, reason, adding=True))
        if outcome == Outcome.TAKEN_BACK:
            kept.append(row.pk)
            if key in left:
                left[key] -= 1
    receipt = _write(order, lines, "repris")
    Booking.objects.filter(pk__in=kept).update(given_back_at=None)
    return receipt


def _again(booking: Booking, can_take_back: bool, day: date, at: datetime) -> tuple[str, str]:
    if booking.given_back_at is None:
        return Outcome.UNCHANGED, "ce jour est réservé"
    if can_take_back:
        return Outcome.TAKEN_BACK, "l’enfant est attendu, le jour est facturé"
    return Outcome.REFUSED, "ce jour est passé" if day < at.date() else PROMISED


def _gone(planning: Planning, slot: Slot, day: date) -> str:
    gone = planning.cancelled.get((*slot, day)) or planning.bookings.get((*slot, day))
    if gone is None or gone.family_id != planning.family:
        return "ce jour n’est pas réservé"
    if gone.given_back_at:
        return "une autre famille a pris la place : ce jour n’est pas facturé"
    return "ce jour a été annulé"


# --- Common to both ---------------------------------------------------------------------------------------------------


def _read_absences(planning: Planning) -> None:
    """Mark the bookings beside which an absence stands."""
    ids = [booking.pk for booking in planning.bookings.values()]
    rows = AbsenceDay.objects.filter(booking__in=ids, outcome__in=AbsenceDay.STANDING)
    standing = dict(rows.values_list("booking_id", "outcome"))
    for booking in planning.bookings.values():
        booking.absence = standing.get(booking.pk)  # type: ignore[attr-defined]


def _asked(planning: Planning, order: Order) -> Iterable[tuple[Slot, date]]:
    for slot in planning.enrolments:
        asked = order.changes[slot[0], planning.activities[slot[1]].slug]
        for day in sorted(asked.days):
            yield slot, day


def _line(planning: Planning, slot: Slot, day: date, outcome: str, reason: str, *, adding: bool) -> ReceiptLine:
    booking = planning.own_booking(slot, day)
    return ReceiptLine(
        child=planning.children[slot[0]],
        activity=planning.activities[slot[1]],
        day=day,
        formula=booking.formula if booking else "",
        adding=adding,
        outcome=outcome,
        reason=reason[:250],
    )


def _write(order: Order, lines: list[ReceiptLine], word: str) -> BookingReceipt:
    refused = sum(line.outcome == Outcome.REFUSED for line in lines)
    status = Status.REFUSED if refused == len(lines) else Status.PARTLY if refused else Status.DONE
    request = record_request(
        kind=GIVEN_BACK,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=_summary(lines, word),
        status=status,
        at=order.at,
        decided_at=order.at,
    )
    receipt = BookingReceipt.objects.create(request=request, submission=order.submission, activity=lines[0].activity)
    for line in lines:
        line.receipt = receipt
    ReceiptLine.objects.bulk_create(lines)
    emails.queue_late_days_receipt(receipt, lines, order.guardian, order.user)
    return receipt


def _summary(lines: Collection[ReceiptLine], word: str) -> str:
    """« 2 jours rendus hors délai (Zoé) », « 1 jour repris (Zoé) »."""
    done = [line for line in lines if line.outcome in (Outcome.GIVEN_BACK, Outcome.TAKEN_BACK)]
    plural = "s" if len(done) > 1 else ""
    names = list(dict.fromkeys(line.child.first_name for line in done or lines))
    if not done:
        return f"Aucun jour {word} ({', '.join(names)})"
    late = " hors délai" if word == "rendu" else ""
    whose = of_name(names[0]) if len(names) == 1 else f"({', '.join(names)})"
    return f"{len(done)} jour{plural} {word}{plural}{late} {whose}"
