"""Tasks of the families."""

from celery import shared_task

from castres_portal.base import clock


@shared_task
def end_limits() -> None:
    """Give full rights back to the guardians whose limit is over."""
    from families.services.rights import end_limits as service

    service(at=clock.now())
