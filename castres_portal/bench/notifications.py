"""The bank’s notifications under measure: a thousand signed messages, eight at a time, none lost."""

import http.client
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.urls import reverse

from billing.models import AttemptShare, Invoice, Payment, PaymentAttempt, PayzenMessage
from billing.payzen import form
from billing.payzen.config import payzen_config
from billing.payzen.signature import sign
from billing.services.payments import apply_stored_messages
from castres_portal.base import clock
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import median, percentile
from castres_portal.demo.processes import Child, answers, end_all, free_port, wait_until
from castres_portal.demo.supervisor import web_command

MESSAGES = 1000
AT_ONCE = 8
SLOW = "temps d’horloge, machine partagée ; chaque message gardé est écrit sur le disque avant la réponse"
LATER = (
    "à plus de la moitié de ses fils d’exécution, le serveur garde le message, répond, et laisse le reste à l’ouvrier"
)
PREFIX = "bench"


def measure(folder: Path) -> list[Row]:
    """Send each message once, some twice, to two web processes; count what was kept and credited."""
    bodies = [_body(attempt) for attempt in _attempts()]
    port = free_port()
    environment = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    web = Child("web", [sys.executable, *web_command(port)], log=folder / "notifications.log", env=environment)
    web.start()
    try:
        if not wait_until(lambda: answers(f"http://127.0.0.1:{port}/sante/"), 60):
            raise SystemExit(f"le serveur ne répond pas : {folder / 'notifications.log'}")
        alone, together = bodies[: MESSAGES // 10], bodies[MESSAGES // 10 :]
        one_by_one, _ = _send(port, alone, at_once=1)
        crowded, rate = _send(port, together + together[: MESSAGES // 10], at_once=AT_ONCE)
    finally:
        end_all([web])
    left, started = PayzenMessage.objects.filter(outcome=PayzenMessage.Outcome.STORED).count(), time.perf_counter()
    apply_stored_messages(at=clock.now() + timedelta(minutes=1))  # the worker's part, which nobody waits for
    later = left / (time.perf_counter() - started)
    kept = PayzenMessage.objects.filter(attempt__order_id__startswith=PREFIX).count()
    credited = Payment.objects.filter(attempt__order_id__startswith=PREFIX).count()
    return [
        Row("notifications, une à la fois : médiane", median(one_by_one), None, "ms"),
        Row("notifications, une à la fois : 95e centile", percentile(one_by_one, 0.95), 50, "ms", note=SLOW),
        Row(f"notifications, {AT_ONCE} à la fois : 95e centile", percentile(crowded, 0.95), 50, "ms", note=SLOW),
        Row(f"notifications, {AT_ONCE} à la fois : par seconde", rate, 200, at_least=True, note=SLOW),
        Row(f"notifications appliquées ensuite par un processus ({left}) : par seconde", later, None, note=LATER),
        Row("notifications : perdues, ou comptées deux fois", abs(MESSAGES - kept) + abs(MESSAGES - credited), 0),
    ]


def _attempts() -> list[PaymentAttempt]:
    """Open as many payments, on the town’s invoices in turn, as if families had clicked a minute ago."""
    config, at = payzen_config(), clock.now()
    invoices = list(Invoice.objects.order_by("pk")[:MESSAGES])
    attempts = PaymentAttempt.objects.bulk_create(
        [
            PaymentAttempt(
                reference=f"{PREFIX}{number:027d}",
                order_id=f"{PREFIX}-{number}",
                invoice=(invoice := invoices[number % len(invoices)]),
                family_id=invoice.family_id,
                amount=invoice.total,
                site_id=config.site_id,
                mode=config.mode,
                trans_id=form.trans_id(form.LAST_TRANS_ID - number),
                utc_date=form.trans_day(at),
                created_at=at,
            )
            for number in range(MESSAGES)
        ]
    )
    AttemptShare.objects.bulk_create(
        [AttemptShare(attempt=each, invoice_id=each.invoice_id, amount=each.amount) for each in attempts]
    )
    return attempts


def _body(attempt: PaymentAttempt) -> bytes:
    cents, instant = str(int(attempt.amount * 100)), form.trans_date(attempt.created_at)
    said = {
        "site_id": attempt.site_id,
        "ctx_mode": attempt.mode,
        "order_id": attempt.order_id,
        "trans_id": attempt.trans_id,
        "trans_date": instant,
        "trans_uuid": f"{attempt.pk:032x}",
        "trans_status": "AUTHORISED",
        "operation_type": "DEBIT",
        "amount": cents,
        "currency": "978",
        "effective_amount": cents,
        "effective_creation_date": instant,
        "hash": f"{attempt.pk:064x}",
        "url_check_src": "PAY",
    }
    fields = {f"vads_{name}": value for name, value in said.items()}
    return urlencode({**fields, "signature": sign(fields, payzen_config().key)}).encode()


def _send(port: int, bodies: list[bytes], *, at_once: int) -> tuple[list[float], float]:
    """Post messages as the bank does, a connection each; return times (ms) and messages per second."""
    path, started = reverse("billing:payzen_ipn"), time.perf_counter()

    def post(body: bytes) -> float:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"une notification répond {answer.status} : {text!r}")
        return (time.perf_counter() - begun) * 1000

    with ThreadPoolExecutor(at_once) as pool:
        times = list(pool.map(post, bodies))
    return times, len(times) / (time.perf_counter() - started)
