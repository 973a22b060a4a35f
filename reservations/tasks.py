"""Tasks of the reservations: wake-up calls for what the rows say is to be done."""

from celery import shared_task

from castres_portal.base import clock
from reservations.services import appointments, closures, enrolling, kitchen, reminders, waiting


@shared_task
def remind_appointments() -> None:
    """Remind the families whose appointment is two days away; what an earlier run missed is caught up."""
    appointments.remind(at=clock.now())


@shared_task
def forget_old_appointments() -> None:
    """Erase the appointments past their time of keeping."""
    appointments.forget_appointments(at=clock.now())


@shared_task
def keep_kitchen_orders() -> None:
    """Freeze the orders whose deadline has passed, write down what changed in the others; what was missed is caught up."""
    at = clock.now()
    kitchen.freeze_due_orders(at=at)
    kitchen.follow_orders(at=at)


@shared_task
def check_kitchen() -> None:
    """Count the coming days twice, from the bookings and from the receipts."""
    kitchen.check_days(at=clock.now())


@shared_task
def carry_enrolments() -> None:
    """Go on with the runs that carry a year's enrolments over to the next."""
    enrolling.resume_carrying(at=clock.now())


@shared_task
def raise_levels() -> None:
    """Write the new level of the children whose enrolments were carried over, once the year has begun."""
    enrolling.raise_levels(today=clock.today())


@shared_task
def offer_places() -> None:
    """Offer the places that have come free to those who wait for them, in order; end what is over."""
    waiting.offer_places(at=clock.now())


@shared_task
def tell_closures() -> None:
    """Tell the families of closures decided or undone."""
    closures.tell_closures(at=clock.now())


@shared_task
def remind_of_usual_days() -> None:
    """Plan the reminders of usual days that are not booked, and write those that wait, a killed run's included."""
    at = clock.now()
    reminders.plan_reminders(at=at)
    reminders.send_reminders(at=at)


@shared_task
def forget_old_reminders() -> None:
    """Erase the reminders whose days are long past."""
    reminders.forget_reminders(at=clock.now())
