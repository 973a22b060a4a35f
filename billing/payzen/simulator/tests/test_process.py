"""The process itself: what it listens to, how it stops, what it remembers."""

import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

from .bank import PROJECT, bank_environment, start_bank, wait_until


def test_a_planned_message_survives_a_restart_and_each_signal_stops_cleanly(tmp_path, shop):
    clock = tmp_path / "clock"
    clock.write_text("2026-11-19T12:06")
    bank = start_bank(tmp_path / "data", clock)
    bank.post("vads-payment/", data=shop.form(bank.now()))
    bank.control("commandes/F2610000001-a1/choisir/", outcome="accept", fault="delayed", delay=1)
    assert bank.stop(signal.SIGTERM) == 0
    assert shop.received == []
    bank = start_bank(tmp_path / "data", clock)
    wait_until(lambda: shop.statuses == ["AUTHORISED"])
    assert bank.stop(signal.SIGINT) == 0
    assert "Traceback" not in bank.log.read_text()


def test_only_this_machine_can_reach_it(bank):
    port = urlsplit(bank.url).port
    with socket.socket() as other:
        # Had the bank taken every address, this one would be in use.
        other.bind(("127.0.0.2", port))
    assert bank.get("", headers={"Host": "banque.example.org"}).status_code == 400


def test_nothing_of_the_portal_is_loaded(tmp_path):
    script = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "billing.payzen.simulator.settings"
import django; django.setup()
import billing.payzen.simulator.urls
import billing.payzen.simulator.scheduler
own = ("billing", "billing.payzen")
names = [n for n in sys.modules if n.split(".")[0] in
         ("castres_portal", "accounts", "families", "documents", "reservations", "billing")]
print([n for n in names if n not in own and not n.startswith("billing.payzen.simulator")])
"""
    run = _run(["-c", script], tmp_path)
    assert run.stdout.strip() == "[]", run.stderr


def test_the_migration_says_all_that_the_models_say(tmp_path):
    settings = "--settings=billing.payzen.simulator.settings"
    run = _run(["-m", "django", "makemigrations", "--check", "--dry-run", settings], tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def _run(arguments, tmp_path):
    environment = bank_environment(tmp_path / "clock") | {"BANK_DATA": str(tmp_path)}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
