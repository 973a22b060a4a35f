"""Appointments for a place in a crèche: slots of the past and coming weeks; one to come, one past, one cancelled, one moved."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from accounts.models import User
from castres_portal.base.clock import PARIS, midnight
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, PETIT, Account
from families.models import Guardian
from reservations.models import Appointment, AppointmentPlace, AppointmentSlot
from reservations.queries.appointments import free_slots
from reservations.rules.appointments import Opening
from reservations.services import appointments
from reservations.services.appointments import Asked

WEEKS_BEFORE, WEEKS_AFTER = 3, 6
TUESDAY, THURSDAY = 1, 3


def appointment_examples(today: date) -> None:
    """Open the slots as an agent did some weeks ago, and take appointments as the named families did."""
    agent = User.objects.get(email=AGENT.email)
    opened_at = _hour(today - timedelta(weeks=WEEKS_BEFORE + 1), 10)
    _open(today, agent, opened_at)
    _one_to_come(today)
    _one_moved(today)
    _one_cancelled_by_the_town(today, agent)
    _one_past(today, agent)


def _open(today: date, agent: User, at: datetime) -> None:
    house = AppointmentPlace.objects.create(
        name="Maison de la petite enfance (démonstration)",
        street="Adresse fictive, 1 rue des Essais",
        phone="05 63 62 40 06",
        directions="Au rez-de-chaussée ; les poussettes restent sous le porche",
        is_demo=True,
    )
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS_BEFORE)
    mornings = Opening(
        receives=["Mme Sylvie Albert (fictive)", "M. Jean Pons (fictif)"],
        weekdays=frozenset([TUESDAY, THURSDAY]),
        first_day=monday,
        weeks=WEEKS_BEFORE + WEEKS_AFTER,
        opens=time(9),
        closes=time(11, 30),
        minutes=30,
    )
    appointments.open_slots(place=house, opening=mornings, user=agent, at=at)


def _one_to_come(today: date) -> None:
    slot = _free_slot(today + timedelta(days=3))
    wish = _asked(today, name="Lucie", born_on=today - timedelta(days=120))
    _book(DURAND, slot, wish, _hour(today - timedelta(days=2), 20))


def _one_moved(today: date) -> None:
    wish = _asked(today, due_on=today + timedelta(days=110), words="Horaires décalés une semaine sur deux.")
    booked = _book(MARTIN, _free_slot(today + timedelta(days=4)), wish, _hour(today - timedelta(days=5), 13))
    appointments.move_appointment(
        appointment=booked.pk,
        slot=_free_slot(today + timedelta(days=9)).pk,
        user=booked.booked_by,
        at=_hour(today - timedelta(days=1), 18),
    )


def _one_cancelled_by_the_town(today: date, agent: User) -> None:
    wish = _asked(today, name="Naël", born_on=today - timedelta(days=200))
    booked = _book(PETIT, _free_slot(today + timedelta(days=6)), wish, _hour(today - timedelta(days=6), 9))
    appointments.cancel_appointment(
        appointment=booked.pk,
        user=agent,
        at=_hour(today - timedelta(days=1), 11),
        words="La salle est fermée ce jour-là pour travaux. Nous vous prions de nous excuser : choisissez un autre créneau.",
        by_agent=True,
    )


def _one_past(today: date, agent: User) -> None:
    wish = _asked(today, name="Élio", born_on=today - timedelta(days=260))
    slot = _free_slot(today - timedelta(days=14))
    booked = _book(BERNARD, slot, wish, _hour(today - timedelta(days=20), 21))
    appointments.remind(at=slot.starts_at - timedelta(days=1))
    appointments.mark_appointment(appointment=booked.pk, came=True, at=slot.ends_at)
    appointments.note_appointment(appointment=booked.pk, note="Dossier de préinscription remis.")


def _free_slot(day: date) -> AppointmentSlot:
    """Return the first slot that nobody has on or after a day."""
    return free_slots().filter(starts_at__gte=midnight(day)).order_by("starts_at", "pk")[0]


def _book(account: Account, slot: AppointmentSlot, wish: Asked, at: datetime) -> Appointment:
    guardian = Guardian.objects.select_related("family", "user").get(user__email=account.email, pays=True)
    return appointments.book_appointment(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        slot=slot.pk,
        asked=wish,
        submission=uuid4(),
        at=at,
    )


def _asked(
    today: date, *, name: str = "", born_on: date | None = None, due_on: date | None = None, words: str = ""
) -> Asked:
    return Asked(
        child=None,
        child_name=name,
        born_on=born_on,
        due_on=due_on,
        wished_on=date(today.year + 1, 9, 1),
        wished_days=frozenset([0, 1, 3, 4]),
        wished_from=time(8),
        wished_until=time(17, 30),
        words=words,
    )


def _hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS)
