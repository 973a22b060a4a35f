"""Reads of the appointments: what is free for a family, what she has, and the agents' week."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from castres_portal.base.clock import in_paris, midnight
from families.models import Child, Family, FamilyRequest
from families.queries.households import children_of
from reservations.models import Appointment, AppointmentPlace, AppointmentSlot
from reservations.rules.appointments import AppointmentPolicy, days_in_words
from reservations.rules.deadlines import last_moment

WEEK = timedelta(days=7)
# A crèche receives children under six (article R2324-17 of the code de la santé publique).
CRECHE_YEARS = 6
HOLDING = ~Q(status=Appointment.Status.CANCELLED)


def policy() -> AppointmentPolicy:
    """Return the town's delays."""
    return AppointmentPolicy.read(settings.APPOINTMENTS)


# --- For the family ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SlotDay:
    """The free times of a day, each once however many persons receive then."""

    day: date
    slots: list[AppointmentSlot]


@dataclass(frozen=True)
class SlotWeek:
    """The free times of a week that begins on a Monday."""

    monday: date
    days: list[SlotDay]

    @property
    def count(self) -> int:
        """How many free times."""
        return sum(len(day.slots) for day in self.days)

    @property
    def ids(self) -> list[int]:
        """The ids of its slots."""
        return [slot.pk for day in self.days for slot in day.slots]


def free_slots() -> QuerySet[AppointmentSlot]:
    """Return the slots that nobody has, withdrawn ones apart."""
    held = Appointment.objects.filter(HOLDING, slot=OuterRef("pk"))
    return AppointmentSlot.objects.filter(~Exists(held), withdrawn_at=None)


def free_weeks(*, at: datetime) -> list[SlotWeek]:
    """Return what a family can take on line at an instant, week by week; one query.

    Of several persons who receive at one time and place only the first is shown: who it is does not matter to the family.
    """
    rule = policy()
    rows = free_slots().filter(starts_at__gt=at).select_related("place").order_by("starts_at", "place__name", "pk")
    times: dict[tuple[int, datetime, datetime], AppointmentSlot] = {}
    for slot in rows:
        if at < rule.book_until(slot.starts_at):
            times.setdefault((slot.place_id, slot.starts_at, slot.ends_at), slot)
    days = [SlotDay(day, list(slots)) for day, slots in groupby(times.values(), key=_day)]
    weeks = groupby(days, key=lambda row: row.day - timedelta(days=row.day.weekday()))
    return [SlotWeek(monday, list(rows)) for monday, rows in weeks]


def only_place(weeks: Iterable[SlotWeek]) -> AppointmentPlace | None:
    """Return the place of all the slots when there is but one."""
    places = {slot.place_id: slot.place for week in weeks for day in week.days for slot in day.slots}
    return next(iter(places.values())) if len(places) == 1 else None


def _day(slot: AppointmentSlot) -> date:
    return in_paris(slot.starts_at).date()


def creche_children(family: Family, *, today: date) -> list[Child]:
    """Return the household's children of an age to go to a crèche; one query."""
    oldest = date(today.year - CRECHE_YEARS, today.month, min(today.day, 28))
    return list(children_of(family, on=today).filter(birth_date__gt=oldest))


def appointments_of(family: Family) -> QuerySet[Appointment]:
    """Return a household's appointments with their slot, place, child and request."""
    return Appointment.objects.filter(family=family).select_related("slot__place", "child", "request")


def coming_appointments(family: Family, *, at: datetime) -> list["AppointmentSheet"]:
    """Return a household's appointments to come, the next first; one query."""
    rows = appointments_of(family).filter(status=Appointment.Status.PLANNED, slot__ends_at__gt=at)
    return [AppointmentSheet(row, at) for row in rows]


@dataclass(frozen=True)
class AppointmentSheet:
    """An appointment as pages and mails tell it, at an instant."""

    appointment: Appointment
    at: datetime

    @property
    def change_until(self) -> datetime:
        """The first instant at which it can no longer be changed on line."""
        return policy().change_until(self.appointment.slot.starts_at)

    @property
    def change_words(self) -> str:
        """The same, as a family reads it: « jusqu’au lundi 7 décembre 2026 à 12 h »."""
        until = in_paris(self.change_until)
        return last_moment(until, until.time() if until.time() > time.min else None)

    @property
    def may_change(self) -> bool:
        """Whether the family may still move or cancel it on line."""
        return self.appointment.status == Appointment.Status.PLANNED and self.at < self.change_until

    @property
    def is_coming(self) -> bool:
        """Whether it is still to come."""
        return self.appointment.status == Appointment.Status.PLANNED and self.at < self.appointment.slot.ends_at

    @property
    def wish(self) -> str:
        """The days wished, in words."""
        return days_in_words(self.appointment.weekdays)

    @property
    def tone(self) -> str:
        """Name of the state for the ``status`` component."""
        if self.appointment.status == Appointment.Status.PLANNED:
            return "booked" if self.is_coming else "closed"
        return {"venu": "done", "absent": "closed", "annule": "cancelled"}[self.appointment.status]

    @property
    def word(self) -> str:
        """The state, in the family's words."""
        if self.appointment.status == Appointment.Status.PLANNED:
            return "Confirmé" if self.is_coming else "Passé"
        return {"venu": "Passé", "absent": "Passé", "annule": "Annulé"}[self.appointment.status]


def appointment_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a request shows of its appointment; nothing once the appointment was erased. Two queries."""
    from castres_portal.base import clock

    rows = Appointment.objects.filter(request=request).select_related("slot__place", "child", "cancelled_by")
    found = rows.prefetch_related("moves").first()
    return {"sheet": AppointmentSheet(found, clock.now()) if found else None}


# --- For the agents ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgendaEntry:
    """A slot of the agenda and who has it, if anybody."""

    slot: AppointmentSlot
    appointment: Appointment | None

    @property
    def wish(self) -> str:
        """The days wished, in words."""
        return days_in_words(self.appointment.weekdays) if self.appointment else ""


@dataclass(frozen=True)
class AgendaDay:
    """A day of the agenda."""

    day: date
    entries: list[AgendaEntry] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many appointments."""
        return sum(entry.appointment is not None for entry in self.entries)

    @property
    def free(self) -> int:
        """How many free slots."""
        return len(self.entries) - self.taken


@dataclass(frozen=True)
class AgendaWeek:
    """A week of the agenda, from its Monday."""

    monday: date
    days: list[AgendaDay]

    @property
    def before(self) -> date:
        """The Monday before."""
        return self.monday - WEEK

    @property
    def after(self) -> date:
        """The Monday after."""
        return self.monday + WEEK

    @property
    def last(self) -> date:
        """The last day shown."""
        return self.days[-1].day


def agenda(day: date, *, place: int | None = None) -> AgendaWeek:
    """Return the week of a day: Monday to Friday, and a weekend only where there is something; two queries.

    A withdrawn slot shows only if somebody still has it.
    """
    monday = day - timedelta(days=day.weekday())
    held = Appointment.objects.filter(HOLDING).select_related("family", "child", "request__guardian")
    slots = (
        AppointmentSlot.objects.filter(starts_at__gte=midnight(monday), starts_at__lt=midnight(monday + WEEK))
        .select_related("place")
        .prefetch_related(Prefetch("appointments", queryset=held, to_attr="held"))
    )
    if place is not None:
        slots = slots.filter(place=place)
    by_day: dict[date, list[AgendaEntry]] = defaultdict(list)
    for slot in slots:
        has = slot.held[0] if slot.held else None
        if has or slot.withdrawn_at is None:
            by_day[_day(slot)].append(AgendaEntry(slot, has))
    shown = [monday + timedelta(days=offset) for offset in range(7)]
    return AgendaWeek(monday, [AgendaDay(d, by_day[d]) for d in shown if d.weekday() < 5 or by_day[d]])


def busy_times(receives: Iterable[str], first: date, last: date) -> list[tuple[str, datetime, datetime]]:
    """Return when some persons already receive between two days, both included; one query."""
    rows = AppointmentSlot.objects.filter(
        receives__in=list(receives),
        withdrawn_at=None,
        starts_at__lt=midnight(last + timedelta(days=1)),
        ends_at__gt=midnight(first),
    )
    return list(rows.order_by().values_list("receives", "starts_at", "ends_at"))


def next_opening_hint(*, at: datetime) -> Mapping[str, Any]:
    """Return how many slots are free from now on, and the last day that has one; one query."""
    starts = list(free_slots().filter(starts_at__gt=at).order_by("starts_at").values_list("starts_at", flat=True))
    return {"free": len(starts), "last": in_paris(starts[-1]).date() if starts else None}
