"""Tasks of the foundations."""

from celery import shared_task
from django.core.management import call_command

from castres_portal.base import clock


@shared_task
def send_mails() -> None:
    """Send the mails that wait."""
    from castres_portal.base import mail  # mail.py wakes this task

    mail.send_waiting(at=clock.now())


@shared_task
def tidy() -> None:
    """Forget expired sessions."""
    call_command("clearsessions")


@shared_task
def make_list_exports() -> None:
    """Write the long lists that agents asked for and that wait."""
    from castres_portal.base.exports import making  # it wakes this task

    making.make_waiting(clock.now)
