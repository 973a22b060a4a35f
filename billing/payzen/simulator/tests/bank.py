"""The bank's process as its tests start, drive and stop it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from .merchant import KEY, REST_PASSWORD, SITE_ID

PROJECT = Path(__file__).resolve().parents[4]


@dataclass
class Bank:
    process: subprocess.Popen[bytes]
    url: str
    clock: Path
    log: Path

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=20, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=20, **options)

    def order(self, order_id: str) -> dict[str, Any]:
        return self.get(f"controle/commandes/{order_id}/").json()

    def set(self, **switches: Any) -> None:
        self.control("reglages/", **switches)

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.post(f"controle/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def now(self) -> datetime:
        return datetime.fromisoformat(self.get("controle/etat/").json()["now"])

    def rest(self, service: str, *, password: str = REST_PASSWORD, **body: Any) -> dict[str, Any]:
        return self.post(f"api-payment/V4/{service}", json=body, auth=(SITE_ID, password)).json()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop the process; gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


def bank_environment(clock: Path, rule_url: str = "") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BANK_", "PAYZEN_", "PORTAL_"))}
    return kept | {
        "PORTAL_ENV": "test",
        "PORTAL_CLOCK": f"file:{clock}",
        "BANK_SITE_ID": SITE_ID,
        "BANK_KEY": KEY,
        "BANK_ALGORITHM": "sha256",
        "BANK_REST_PASSWORD": REST_PASSWORD,
        "BANK_RULE_URL": rule_url,
        # The portal's own settings must not leak into the bank.
        "DJANGO_SETTINGS_MODULE": "castres_portal.settings",
    }


def bank_command(data: Path) -> list[str]:
    return [sys.executable, "-m", "billing.payzen.simulator", "--port", "0", "--data", str(data)]


def start_bank(data: Path, clock: Path, rule_url: str = "") -> Bank:
    """Start a bank on a free port; returns once it listens."""
    data.mkdir(exist_ok=True)
    log = data / "journal.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            bank_command(data),
            env=bank_environment(clock, rule_url),
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    wait_until(lambda: "http://127.0.0.1:" in log.read_text() or process.poll() is not None, seconds=30)
    assert process.poll() is None, log.read_text()
    return Bank(process, log.read_text().rpartition(" ")[2].strip(), clock, log)


def wait_until(condition: Callable[[], bool], seconds: float = 8) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the bank did not do it in time"
        time.sleep(0.05)
