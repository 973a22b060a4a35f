"""Tasks of the reservations: wake-up calls for what the rows say is to be done."""

from celery import shared_task

from castres_portal.base import clock
from reservations.services import appointments, waiting


@shared_task
def remind_appointments() -> None:
    """Remind the families whose appointment is two days away; what an earlier run missed is caught up."""
    appointments.remind(at=clock.now())


@shared_task
def forget_old_appointments() -> None:
    """Erase the appointments past their time of keeping."""
    appointments.forget_appointments(at=clock.now())


@shared_task
def offer_places() -> None:
    """Offer the places that have come free to those who wait for them, in order; end what is over."""
    waiting.offer_places(at=clock.now())
