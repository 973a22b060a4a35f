"""Waking a worker after commit, whether the broker answers or not.

A task is a wake-up call for work that already stands in the database as rows; when the broker is down the call is
logged and lost, and the scheduler's sweep of the next minute does the work (law 5).
"""

import logging
import threading
from functools import partial
from typing import Any

from celery import Task, current_app
from django.conf import settings
from django.db import transaction
from kombu import Connection
from kombu.pools import producers

log = logging.getLogger(__name__)
_local = threading.local()
PATIENCE_SECONDS = 0.5


def enqueue_after_commit(task: Task, *args: Any) -> None:
    """Send ``task`` with ``args`` (ids only) once the present transaction commits; never raises."""
    transaction.on_commit(partial(wake, task, *args))


def wake(task: Task, *args: Any) -> bool:
    """Send a task now; return False, having logged it, when the broker does not take it within half a second."""
    if current_app.conf.task_always_eager:
        task.apply(args)
        return True
    try:
        with producers[_publisher()].acquire(block=True, timeout=PATIENCE_SECONDS) as producer:
            task.apply_async(args, producer=producer, retry=False)
    except Exception as error:  # whatever the transport raises: a broker never takes a page down
        log.warning("Le courtier de tâches ne répond pas ; %s sera repris par le balayage (%s)", task.name, error)
        _local.connection = None
        return False
    return True


def _publisher() -> Connection:
    connection = getattr(_local, "connection", None)
    if connection is None:
        options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        if settings.REDIS_URL:
            options |= {
                "socket_timeout": PATIENCE_SECONDS,
                "socket_connect_timeout": PATIENCE_SECONDS,
                "retry_on_timeout": False,
                "max_retries": 0,
            }
        connection = Connection(settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=PATIENCE_SECONDS)
        _local.connection = connection
    return connection
