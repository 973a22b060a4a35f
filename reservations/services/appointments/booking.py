"""Taking an appointment. A slot is given under the lock of its row; a household's requests follow each other."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import clock_time, long_day
from families.models import Child, Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import APPOINTMENT
from reservations.models import Appointment, AppointmentSlot
from reservations.queries.appointments import HOLDING, policy
from reservations.rules.appointments import child_key


class AppointmentRefused(Refusal):
    """An appointment that cannot be taken or changed; the sentence says why."""


class SlotTaken(AppointmentRefused):
    """The slot is no longer free: another one is to be chosen."""

    def __init__(self) -> None:
        super().__init__("Ce créneau vient d’être pris. Vos réponses sont gardées : choisissez-en un autre.")


@dataclass(frozen=True)
class Asked:
    """What the family says: which child (one of the household, else a name and one of two days), and what she wishes."""

    child: Child | None
    child_name: str
    born_on: date | None
    due_on: date | None
    wished_on: date
    wished_days: frozenset[int]
    wished_from: time
    wished_until: time
    words: str = ""

    @property
    def key(self) -> str:
        """What two requests for the same child have in common."""
        return child_key(self.child.pk if self.child else None, self.child_name, self.born_on, self.due_on)

    @property
    def who(self) -> str:
        """The child's first name, for a title."""
        if self.child:
            return self.child.first_name
        return self.child_name or "enfant à naître"


def book_appointment(
    *,
    family: Family,
    guardian: Guardian,
    user: User | None,
    slot: int,
    asked: Asked,
    submission: UUID,
    at: datetime,
    by_agent: bool = False,
) -> Appointment:
    """Give a household the slot (id) and return the appointment; the same form sent twice returns the first one.

    The request is recorded as done, the guardian receives a mail with a calendar file. When another person receives at the same
    time and place, her slot serves as well. An agent (``by_agent``) is not held by the delay to book.

    Raises SlotTaken when nobody is free at that time any more, AppointmentRefused when it is too late for it or when this child
    already has an appointment to come in this household.
    """
    try:
        return _book(family, guardian, user, slot, asked, submission, at, by_agent)
    except IntegrityError:
        first = Appointment.objects.filter(submission=submission, family=family).select_related("request").first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _book(
    family: Family,
    guardian: Guardian,
    user: User | None,
    slot: int,
    asked: Asked,
    submission: UUID,
    at: datetime,
    by_agent: bool,
) -> Appointment:
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)
    first = Appointment.objects.filter(submission=submission, family=family).select_related("request").first()
    if first:
        return first
    refuse_second(family, asked.key, at)
    given = take_slot(slot, at=at, by_agent=by_agent)
    appointment = Appointment(
        submission=submission,
        slot=given,
        family=family,
        child=asked.child,
        child_name="" if asked.child else asked.child_name,
        born_on=None if asked.child else asked.born_on,
        due_on=None if asked.child else asked.due_on,
        child_key=asked.key,
        wished_on=asked.wished_on,
        wished_days=" ".join(str(day) for day in sorted(asked.wished_days)),
        wished_from=asked.wished_from,
        wished_until=asked.wished_until,
        words=asked.words,
        booked_at=at,
        booked_by=user,
        told_at=at,
    )
    return _write(appointment, asked, guardian, user, at)


def _write(appointment: Appointment, asked: Asked, guardian: Guardian, user: User | None, at: datetime) -> Appointment:
    appointment.request = record_request(
        kind=APPOINTMENT,
        family=appointment.family,
        guardian=guardian,
        entered_by=user,
        summary=f"Rendez-vous pour une place en crèche ({asked.who})",
        status=FamilyRequest.Status.DONE,
        at=at,
        decided_at=at,
    )
    appointment.save(force_insert=True)
    emails.queue_appointment(appointment, user, at=at)
    return appointment


def refuse_second(family: Family, key: str, at: datetime) -> None:
    """Raise AppointmentRefused when a child has an appointment to come in this household; its row is locked by the caller."""
    rows = Appointment.objects.filter(
        family=family, child_key=key, status=Appointment.Status.PLANNED, slot__ends_at__gt=at
    )
    other = rows.select_related("slot").first()
    if other:
        start = other.slot.starts_at
        raise AppointmentRefused(
            f"Un rendez-vous est déjà prévu pour cet enfant, le {long_day(start)} à {clock_time(start)}. Vous pouvez le "
            "déplacer plutôt que d’en prendre un second."
        )


def take_slot(slot: int, *, at: datetime, by_agent: bool) -> AppointmentSlot:
    """Lock the time of a slot (id) and return the slot to give: that one, else the one of another person who receives then.

    Raises SlotTaken or AppointmentRefused.
    """
    wanted = AppointmentSlot.objects.filter(pk=slot).first()
    if wanted is None:
        raise AppointmentRefused("Choisissez un créneau de la liste.")
    if at >= wanted.starts_at or (not by_agent and at >= policy().book_until(wanted.starts_at)):
        raise AppointmentRefused("Il est trop tard pour ce créneau : choisissez-en un autre.")
    same_time = AppointmentSlot.objects.filter(
        place=wanted.place_id, starts_at=wanted.starts_at, ends_at=wanted.ends_at, withdrawn_at=None
    )
    locked = list(same_time.select_for_update(of=("self",), no_key=True).select_related("place").order_by("pk"))
    held = set(Appointment.objects.filter(HOLDING, slot__in=locked).values_list("slot_id", flat=True))
    free = [row for row in locked if row.pk not in held]
    if not free:
        raise SlotTaken
    return next((row for row in free if row.pk == slot), free[0])
