"""What a worker does for the families: thin, safe to run twice."""

from celery import shared_task

from castres_portal.base import clock

# The services wake these tasks, so that they are imported inside the functions.


@shared_task
def make_data_exports() -> None:
    """Make the exports of personal data that wait, and delete those whose time is over."""
    from families.services.privacy import exports

    at = clock.now()
    exports.delete_expired_exports(at)
    exports.make_waiting_exports(at=at)


@shared_task
def purge_personal_data() -> None:
    """Tell the accounts about to be closed, then apply every retention period."""
    from families.services.privacy import inactivity, purging

    at = clock.now()
    inactivity.tell_inactive_accounts(at=at)
    purging.run_purges(at=at, dry_run=False)
