"""Opening slots, and withdrawing those that nobody has."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from castres_portal.base.numbering import take_numbers
from reservations.models import AppointmentPlace, AppointmentSlot
from reservations.queries.appointments import busy_times, free_slots
from reservations.queries.planning import school_calendar
from reservations.rules.appointments import MOST_SLOTS, Opening, PlannedDay, plan_opening, slot_count
from reservations.rules.calendar import ClosureKind, public_holidays
from reservations.services.appointments.booking import AppointmentRefused

SCHOOL_CLOSURES = (ClosureKind.HOLIDAYS, ClosureKind.BRIDGE)


def preview_opening(
    opening: Opening, *, closed_days: Collection[object] = (), skip_school_holidays: bool = False
) -> list[PlannedDay]:
    """Return the days and slots that an opening would make, public holidays and closed days skipped; at most two queries."""
    calendar = school_calendar() if skip_school_holidays else None

    def why_closed(day: object) -> str:
        if name := public_holidays(day.year).get(day):  # type: ignore[attr-defined,call-overload]
            return str(name)
        if day in closed_days:
            return "Jour de fermeture"
        closure = calendar.why_closed(day) if calendar else None  # type: ignore[arg-type]
        return closure.label if closure and closure.kind in SCHOOL_CLOSURES else ""

    last = opening.first_day + timedelta(days=7 * opening.weeks)
    return plan_opening(opening, why_closed=why_closed, busy=busy_times(opening.receives, opening.first_day, last))


@transaction.atomic(durable=True)
def open_slots(
    *,
    place: AppointmentPlace,
    opening: Opening,
    closed_days: Collection[object] = (),
    skip_school_holidays: bool = False,
    user: User | None,
    at: datetime,
) -> list[AppointmentSlot]:
    """Make the slots of an opening and return them. Two openings follow each other: the number they take is locked.

    Slots over those that a person already has are left out. Raises AppointmentRefused when nothing is left to open, or too much.
    """
    number = take_numbers("ouvertures-de-creneaux")
    days = preview_opening(opening, closed_days=closed_days, skip_school_holidays=skip_school_holidays)
    count = slot_count(days)
    if not count:
        raise AppointmentRefused("Il n’y a aucun créneau à ouvrir : vérifiez les jours et les heures.")
    if count > MOST_SLOTS:
        raise AppointmentRefused(f"Cela ferait {count} créneaux : ouvrez-en {MOST_SLOTS} au plus à la fois.")
    return AppointmentSlot.objects.bulk_create(
        AppointmentSlot(
            place=place,
            receives=slot.receives,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            opening=number,
            opened_by=user,
        )
        for day in days
        for slot in day.kept
    )


@transaction.atomic(durable=True)
def withdraw_slots(*, slots: Iterable[int], at: datetime) -> int:
    """Withdraw the slots (ids) that nobody has, and return how many; a slot that a family has stays hers."""
    chosen = AppointmentSlot.objects.filter(pk__in=list(slots)).order_by("pk")
    locked = list(chosen.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    free = list(free_slots().filter(pk__in=locked, starts_at__gt=at).values_list("pk", flat=True))
    return AppointmentSlot.objects.filter(pk__in=free).update(withdrawn_at=at)
