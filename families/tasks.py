"""Tasks of the families: each is a wake-up for rows that wait, and is safe to run twice or at once (decision 5)."""

from celery import shared_task

from castres_portal.base import clock


@shared_task
def tell_quotient_endings() -> None:
    """Tell the households whose quotient is about to end."""
    from families.services.quotients import tell_households_of_endings

    now = clock.now()
    tell_households_of_endings(today=now.date(), at=now)
