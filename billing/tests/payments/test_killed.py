"""The web server dies while it receives a notification: the message was kept first, the sweep of each minute applies it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from billing.models import Payment, PayzenMessage
from billing.services import payments

from . import world

pytestmark = [pytest.mark.postgres, pytest.mark.serial, pytest.mark.django_db(transaction=True)]

# The process ends itself, at once and without a word, just after the function named has done its work.
DELIVER = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
from billing.services import payments
from billing.services.payments import applying, ledger
module, name = {
    "stored": (payments, "store_notification"),
    "written": (ledger, "allocate"),
    "mailed": (applying, "queue_receipt"),
}[sys.argv[1]]
real = getattr(module, name)
def deadly(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, deadly)
Client().post(sys.argv[2], data=sys.stdin.buffer.read(), content_type="application/x-www-form-urlencoded")
"""


def address() -> str:
    told = connection.settings_dict
    return f"postgres://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"


@pytest.mark.parametrize("when", ["stored", "written", "mailed"])
def test_killed_in_the_middle_of_a_notification_nothing_is_lost_nor_counted_twice(attempt, invoice, when):
    body = world.signed_body(world.word(attempt))
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "castres_portal.settings",
        "DATABASE_URL": address(),
        "PORTAL_CLOCK": "2026-11-19T12:06",
        "PAYZEN_SITE_ID": settings.PAYZEN["SITE_ID"],
        "PAYZEN_KEY": settings.PAYZEN["KEY"],
    }
    done = subprocess.run(
        [sys.executable, "-c", DELIVER, when, world.IPN],
        input=body,
        cwd=settings.BASE_DIR,
        env=environment,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert PayzenMessage.objects.get().outcome == PayzenMessage.Outcome.STORED
    assert not Payment.objects.exists(), "half a payment is none"

    payments.apply_stored_messages(at=world.CLICKED_AT + timedelta(minutes=1))
    assert world.deliver_body(body).content == b"OK-duplicate", "the bank, which had no answer, sends it again"

    assert Payment.objects.get().amount == invoice.total
    assert world.owed(invoice) == 0
