"""Sending notifications: at once, late, twice, or again at the quarter hour after a failure."""

import logging
import threading
import time
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.db import connection

from . import clock, faults
from .messages import notification_fields
from .models import Notification, Payment, Switches, Transaction

log = logging.getLogger("bank")

TIME_LIMIT_SECONDS = 10
MOST_RETRIES = 4
KEPT_CHARACTERS = 512
# The platform counts redirections as success although the shop never reads the message.
REDIRECTIONS = (301, 302, 303, 307, 308)
SUCCESSES = (*range(200, 207), *REDIRECTIONS)
SECONDS_AFTER_RETURN = 1.0

State = Notification.State


def announce(
    payment: Payment,
    transaction: Transaction | None,
    *,
    source: str,
    fault: str = faults.NORMAL,
    delay: int = 0,
) -> list[Notification]:
    """Tell the shop; returns once it has answered, unless the fault says late or never.

    `delay` is in real seconds and serves the fault « delayed » only. A re-send asked for in the
    back office goes to the rule's address, the rest to the form's own first.
    """
    rule_url = settings.SHOP.rule_url
    url = rule_url if source in ("BO", "MERCH_BO", "BATCH") else payment.fields.get("vads_url_check") or rule_url
    if not url:
        log.warning("commande %s\u00a0: aucune adresse de notification", payment.order_id)
        return []
    notification = Notification(
        payment=payment,
        transaction=transaction,
        source=source,
        fault=fault,
        url=url,
        fields=notification_fields(payment, transaction, shop=settings.SHOP, source=source, fault=fault),
        due_at=time.time() + (delay if fault == faults.DELAYED else 0),
        state=_first_state(fault),
    )
    notification.save()
    if fault == faults.DUPLICATED:
        return _send_twice(notification)
    if notification.state == State.SENDING:
        send(notification)
    return [notification]


def _first_state(fault: str) -> str:
    waits = {faults.LOST: State.LOST, faults.DELAYED: State.WAITING, faults.AFTER_RETURN: State.AFTER_RETURN}
    return waits.get(fault, State.SENDING)


def _send_twice(notification: Notification) -> list[Notification]:
    twin = Notification.objects.get(pk=notification.pk)
    twin.pk = None
    twin.save(force_insert=True)
    threads = [_in_thread(each) for each in (notification, twin)]
    for thread in threads:
        thread.join()
    return [notification, twin]


def _in_thread(notification: Notification) -> threading.Thread:
    def work() -> None:
        try:
            send(notification)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def send(notification: Notification) -> None:
    """Post a notification that this thread has claimed, and keep the shop's answer."""
    _build_late_fields(notification)
    _post(notification)
    notification.sent_at = clock.now()
    notification.save()
    log.info(
        "notification %s commande %s\u00a0: %s %s",
        notification.source,
        notification.payment.order_id,
        notification.http_status or "sans réponse",
        notification.problem,
    )
    if notification.state == State.FAILED:
        _plan_retry(notification)
    elif notification.source == "BO":
        _stop_retries(notification)


def _build_late_fields(notification: Notification) -> None:
    # A retry carries the status of the moment when it leaves, not of the first failure.
    if not notification.fields:
        notification.fields = notification_fields(
            notification.payment, notification.transaction, shop=settings.SHOP, source=notification.source
        )


def _post(notification: Notification) -> None:
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(
                notification.url,
                data=urlencode(notification.fields).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
                timeout=TIME_LIMIT_SECONDS,
                allow_redirects=False,
                stream=True,
            )
            answer = next(response.iter_content(4 * KEPT_CHARACTERS), b"")
    except requests.RequestException as error:
        notification.state, notification.problem = State.FAILED, f"Pas de réponse\u00a0: {type(error).__name__}"
        return
    notification.http_status = response.status_code
    notification.answer = answer.decode("utf-8", "replace")[:KEPT_CHARACTERS]
    notification.state = State.DELIVERED if response.status_code in SUCCESSES else State.FAILED
    if response.status_code in REDIRECTIONS:
        notification.problem = "Redirection comptée comme un succès\u00a0: la boutique n’a pas lu le message"
    elif notification.state == State.FAILED:
        notification.problem = "Code de réponse compté comme un échec"


def _plan_retry(failed: Notification) -> None:
    switches = Switches.current()
    if not switches.retry or failed.source not in ("PAY", "RETRY") or failed.attempt >= MOST_RETRIES:
        return
    wait = clock.seconds_to_quarter_hour(clock.now()) * switches.quarter_hour_seconds / clock.QUARTER_HOUR
    Notification.objects.create(
        payment=failed.payment,
        transaction=failed.transaction,
        source="RETRY",
        url=failed.url,
        due_at=time.time() + wait,
        attempt=failed.attempt + 1,
        state=State.WAITING,
    )


def _stop_retries(resent: Notification) -> None:
    Notification.objects.filter(
        payment=resent.payment, transaction=resent.transaction, source="RETRY", state=State.WAITING
    ).update(state=State.STOPPED)


def buyer_returned(payment: Payment) -> None:
    """The buyer clicked back to the shop: the messages that waited for it leave a second later."""
    payment.notifications.filter(state=State.AFTER_RETURN).update(
        state=State.WAITING, due_at=time.time() + SECONDS_AFTER_RETURN
    )


def send_due() -> list[Notification]:
    """Send, all at once, the notifications whose time has come; wait for their answers."""
    sent, threads = [], []
    for notification in Notification.objects.filter(state=State.WAITING, due_at__lte=time.time()):
        claimed = Notification.objects.filter(pk=notification.pk, state=State.WAITING).update(state=State.SENDING)
        if claimed:
            notification.state = State.SENDING
            threads.append(_in_thread(notification))
            sent.append(notification)
    for thread in threads:
        thread.join()
    return sent
