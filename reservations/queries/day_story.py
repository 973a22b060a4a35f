"""« L’histoire de ce jour »: all that happened to a child's day in an activity, in the household's own rows, and how it stands.

Closures are the town's and are told to everybody whom they touch; another household's bookings never are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from accounts.models import User
from castres_portal.base.french import clock_time
from families.models import Child, Family
from reservations.models import AbsenceDay, Activity, Attendance, Booking, Closure, Enrolment, ReceiptLine, WaitingEntry
from reservations.queries.calendar.days import Day, Drawing, Left, waits_of
from reservations.queries.calendar.prices import Prices
from reservations.queries.menus import menus_between
from reservations.queries.planning import Planning, Slot, enrolments_of, family_order, load_planning, pupil_of
from reservations.rules.calendar import ClosedDay
from reservations.rules.closures import Pupil, Stop
from reservations.rules.formulas import formula_label
from reservations.rules.menus import MenuOfDay

DESK = "l’Espace Famille"


@dataclass(frozen=True)
class Event:
    """Something that happened: when, what, by whom, under which number; ``tone`` names the state as ``status`` does."""

    at: datetime
    words: str
    who: str = ""
    number: str = ""
    tone: str = "unchanged"


@dataclass(frozen=True)
class Story:
    """A child's day in an activity: how it stands, then all that happened to it, the oldest first."""

    child: Child
    activity: Activity
    place: str
    day: Day
    events: Sequence[Event]

    @property
    def runs(self) -> bool:
        """Whether there is something to say: the activity runs that weekday, or something happened."""
        return bool(self.events) or self.day.day.weekday() in self.activity.weekdays


@dataclass(frozen=True)
class DayPage:
    """What templates/reservations/day.html shows; ``closed`` says why there is no school, ``menus`` are for who eats there."""

    day: date
    stories: Sequence[Story]
    closed: ClosedDay | None
    menus: Sequence[MenuOfDay] = ()


def day_page(
    family: Family, day: date, *, reader: User | None, at: datetime, child: int | None = None, activity: str = ""
) -> DayPage | None:
    """Return a household's day: every child and activity, or one of them; None when it has no such child and activity.

    Twenty-two queries at most, whatever the number of children and activities.
    """
    rows = enrolments_of(family)
    if child is not None:
        rows = rows.filter(child=child, activity__slug=activity)
    enrolments = sorted(rows.order_by(), key=family_order)
    if child is not None and not enrolments:
        return None
    planning = load_planning(family, enrolments, day, day, at=at)
    slots = list(planning.enrolments)
    prices = Prices.load(family.pk, planning.children, planning.activities, day, day)
    drawing = Drawing(planning, prices, at, waits_of(planning, day, day), {}, Left())
    events = _events(family, planning, day, reader)
    stories = [
        Story(
            planning.children[slot[0]],
            planning.activities[slot[1]],
            _place(planning, slot, day),
            drawing.day(slot, day),
            sorted(events.get(slot, []), key=lambda event: event.at),
        )
        for slot in slots
    ]
    eats = any(story.activity.is_meal for story in stories)
    menus = menus_between(day, day).get(day, []) if eats else []
    return DayPage(
        day, [story for story in stories if child is not None or story.runs], planning.calendar.why_closed(day), menus
    )


def story_of(booking: Booking, *, at: datetime) -> Sequence[Event]:
    """Return, for an agent, what happened to the day of a booking, in its household's rows."""
    page = day_page(
        booking.family, booking.day, reader=None, at=at, child=booking.child_id, activity=booking.activity.slug
    )
    return page.stories[0].events if page else []


def _place(planning: Planning, slot: Slot, day: date) -> str:
    enrolment: Enrolment = planning.enrolment(slot, day) or planning.enrolments[slot][-1]
    return enrolment.site.place_name


def _events(family: Family, planning: Planning, day: date, reader: User | None) -> dict[Slot, list[Event]]:
    """Gather what happened, by child and activity; seven queries at most."""
    found: dict[Slot, list[Event]] = {slot: [] for slot in planning.enrolments}
    children, activities = list(planning.children), list(planning.activities)
    of_slots = Q(child__in=children, activity__in=activities, day=day)
    for slot, event in (
        *_of_bookings(family, of_slots, reader),
        *_of_refusals(family, of_slots, reader),
        *_of_waits(family, of_slots),
        *_of_absences(family, children, activities, day, reader),
        *_of_attendance(family, of_slots),
        *_of_closures(planning, day),
    ):
        if slot in found:
            found[slot].append(event)
    return found


# --- What happened ----------------------------------------------------------------------------------------------------


def _of_bookings(family: Family, of_slots: Q, reader: User | None) -> Iterable[tuple[Slot, Event]]:
    rows = Booking.objects.filter(of_slots, family=family).order_by("pk")
    related = (
        "booked_by",
        "cancelled_by",
        "receipt__request",
        "cancel_receipt__request",
        "give_back_receipt__request",
        "closure",
    )
    bookings = list(rows.select_related(*related))
    remade = {row.receipt_id for row in bookings if row.receipt_id}
    for row in bookings:
        slot = (row.child_id, row.activity_id)
        formula = f" ({formula_label(row.formula).lower()})" if row.formula else ""
        late = f", hors délai\u00a0: {row.late_reason}" if row.late_reason else ""
        number = row.receipt.request.number if row.receipt else ""
        yield slot, Event(row.booked_at, f"Réservé{formula}{late}", _who(row.booked_by, reader), number, "booked")
        if row.given_back_at:
            number = row.give_back_receipt.request.number if row.give_back_receipt else ""
            yield (
                slot,
                Event(row.given_back_at, "Rendu hors délai\u00a0: la place est laissée à un autre enfant", "", number),
            )
        if row.cancelled_at is None:
            continue
        number = row.cancel_receipt.request.number if row.cancel_receipt else ""
        if row.given_back_at and row.cancelled_by_id is None and row.closure is None:
            yield (
                slot,
                Event(
                    row.cancelled_at,
                    "Place prise par un autre enfant\u00a0: rien n’est facturé",
                    "",
                    number,
                    "cancelled",
                ),
            )
        elif row.closure:
            yield (
                slot,
                Event(row.cancelled_at, f"Annulé sans frais\u00a0: {row.closure.label}", DESK, number, "cancelled"),
            )
        elif row.cancel_receipt_id in remade:
            yield slot, Event(row.cancelled_at, f"Formule quittée{formula}", _who(row.cancelled_by, reader), number)
        else:
            who = _who(row.cancelled_by, reader)
            yield slot, Event(row.cancelled_at, f"Annulé{formula}", who, number, "cancelled")


def _of_refusals(family: Family, of_slots: Q, reader: User | None) -> Iterable[tuple[Slot, Event]]:
    lines = ReceiptLine.objects.filter(
        of_slots,
        receipt__request__family=family,
        outcome__in=(ReceiptLine.Outcome.REFUSED, ReceiptLine.Outcome.UNCHANGED),
    )
    for line in lines.select_related("receipt__request__entered_by").order_by("receipt_id"):
        request = line.receipt.request
        refused = line.outcome == ReceiptLine.Outcome.REFUSED
        word = ("Ajout refusé" if line.adding else "Retrait refusé") if refused else "Demande sans effet"
        yield (
            (line.child_id, line.activity_id),
            Event(
                request.received_at,
                f"{word}\u00a0: {line.reason}" if line.reason else word,
                _who(request.entered_by, reader),
                request.number,
                "refused" if refused else "unchanged",
            ),
        )


def _of_waits(family: Family, of_slots: Q) -> Iterable[tuple[Slot, Event]]:
    for row in WaitingEntry.objects.filter(of_slots, family=family).select_related("request").order_by("pk"):
        slot, number = (row.child_id, row.activity_id), row.request.number
        yield slot, Event(row.joined_at, "Mis en liste d’attente", "", number, "waiting")
        if row.offered_at:
            yield slot, Event(row.offered_at, "Une place est proposée", DESK, number, "new")
        if row.ended_at:
            yield slot, Event(row.ended_at, f"Liste d’attente\u00a0: {row.get_status_display().lower()}", "", number)


def _of_absences(
    family: Family, children: Sequence[int], activities: Sequence[int], day: date, reader: User | None
) -> Iterable[tuple[Slot, Event]]:
    rows = AbsenceDay.objects.filter(
        day=day, absence__request__family=family, absence__child__in=children, absence__activity__in=activities
    )
    for row in rows.select_related("absence__request__entered_by").order_by("pk"):
        absence, request = row.absence, row.absence.request
        slot = (absence.child_id, absence.activity_id)
        who = _who(request.entered_by, reader)
        yield slot, Event(request.received_at, "Absence annoncée", who, request.number, "waiting")
        if request.decided_at and row.outcome not in (AbsenceDay.Outcome.PENDING, AbsenceDay.Outcome.CANCELLED):
            yield slot, Event(request.decided_at, row.get_outcome_display(), "", request.number)


def _of_attendance(family: Family, of_slots: Q) -> Iterable[tuple[Slot, Event]]:
    """What was touched at the door; a touch taken back says nothing."""
    rows = Attendance.objects.filter(of_slots, family=family).exclude(state=Attendance.State.CLEARED)
    for row in rows.order_by("pk"):
        hours = [
            f"{word} {clock_time(hour)}"
            for word, hour in (("arrivé à", row.arrived_at), ("parti à", row.left_at))
            if hour
        ]
        words = ", ".join([f"Pointage\u00a0: {row.get_state_display().lower()}", *hours])
        yield (row.child_id, row.activity_id), Event(row.touched_at, words, "l’équipe d’accueil", "", "done")


def _of_closures(planning: Planning, day: date) -> Iterable[tuple[Slot, Event]]:
    closures = list(Closure.objects.filter(starts_on__lte=day, ends_on__gte=day).prefetch_related("activities"))
    if not closures:
        return
    pupils: Mapping[int, Pupil] = {pk: pupil_of(child) for pk, child in planning.children.items()}
    for closure in closures:
        stop = Stop(
            closure.label,
            closure.starts_on,
            closure.ends_on,
            frozenset(activity.pk for activity in closure.activities.all()),
            closure.school_id,
            closure.level,
            closure.class_name,
            closure.site_id,
        )
        for slot in planning.enrolments:
            enrolment = planning.enrolment(slot, day)
            if not stop.touches(day, slot[1], enrolment.site_id if enrolment else None, pupils[slot[0]]):
                continue
            yield slot, Event(closure.decided_at, f"Fermeture\u00a0: {closure.label}", DESK, "", "closed")
            if closure.undone_at:
                yield slot, Event(closure.undone_at, f"Fermeture levée\u00a0: {closure.label}", DESK, "", "open")


def _who(user: User | None, reader: User | None) -> str:
    """Say who did it, without an address: « vous » to oneself."""
    if user is None or user.is_staff:
        return DESK
    if reader is not None and user.pk == reader.pk:
        return "vous"
    return user.greeting if user.last_name else "l’autre responsable du foyer"
