"""What a worker does for the families: thin, safe to run twice."""

from celery import shared_task

from castres_portal.base import clock


@shared_task
def apply_due_changes() -> None:
    """Write the accepted changes whose day has come (a new school on the first day of class)."""
    from families.services.situation import applying

    applying.apply_due_changes(at=clock.now())
