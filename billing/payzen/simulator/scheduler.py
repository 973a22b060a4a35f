"""The thread that sends what is due and closes the pages whose time is over."""

import logging
import threading

from django.db import connection

from . import clock, delivery, instalments, payments
from .models import Notification

log = logging.getLogger("bank")
PAUSE_SECONDS = 0.3


class Scheduler(threading.Thread):
    """Looks for due work several times a second until it is told to stop."""

    def __init__(self) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        _take_up_again()
        while not self._stopping.wait(PAUSE_SECONDS):
            try:
                payments.expire_pages(at=clock.now())
                instalments.debit_due(at=clock.now())
                delivery.send_due()
            except Exception:
                log.exception("l’envoi des notifications dues a échoué")
        connection.close()


def _take_up_again() -> None:
    # A message that was leaving when the process died may or may not have arrived: send it again.
    Notification.objects.filter(state=Notification.State.SENDING).update(state=Notification.State.WAITING)
