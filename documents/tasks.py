"""What the documents’ part does by itself. Each task may run twice."""

import logging

from celery import shared_task

from castres_portal.base import clock
from documents.services.regulations import announce_new_versions

log = logging.getLogger(__name__)


@shared_task
def announce_regulations() -> None:
    """Tell the households concerned that a règlement has changed."""
    at = clock.now()
    count = announce_new_versions(today=at.date(), at=at)
    if count:
        log.info("Foyers à qui une nouvelle version de règlement est annoncée : %s", count)
