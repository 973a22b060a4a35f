"""Tasks of the documents: each is a wake-up for rows that wait, and is safe to run twice or at once (decision 5)."""

import logging

from celery import shared_task

from castres_portal.base import clock

log = logging.getLogger(__name__)

# The services wake these tasks, so that they are imported inside the functions.


@shared_task
def scan_documents() -> None:
    """Give the antivirus what waits for it."""
    from documents.services import scanning

    scanning.scan_waiting(at=clock.now())


@shared_task
def remind_documents() -> None:
    """Tell the families whose papers end soon."""
    from documents.services import reminders

    reminders.remind_families(at=clock.now())


@shared_task
def purge_documents() -> None:
    """Delete what is past its time, and the files that no row knows."""
    from documents.services import purging

    purging.purge(at=clock.now())


@shared_task
def forget_old_papers() -> None:
    """Delete the papers delivered long ago."""
    from documents.services import papers

    papers.forget_papers(at=clock.now())


@shared_task
def announce_regulations() -> None:
    """Tell the households concerned that a règlement has changed."""
    from documents.services.regulations import announce_new_versions

    at = clock.now()
    count = announce_new_versions(today=at.date(), at=at)
    if count:
        log.info("Foyers à qui une nouvelle version de règlement est annoncée : %s", count)
