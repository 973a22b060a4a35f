"""``python -m billing.payfip.simulator --port 8004``: the stand-in on 127.0.0.1; PORTAL_CLOCK gives its instant."""

import argparse
import contextlib
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from .server import Running

ALLOWED_ENVIRONMENTS = ("demo", "test")
_started = time.time()


def now() -> datetime:
    """The instant that PORTAL_CLOCK shows (its text, or the file that it names) and that flows since, or the real one."""
    text, anchor = os.environ.get("PORTAL_CLOCK", "").strip(), _started
    if text.startswith("file:"):
        path = Path(text.removeprefix("file:"))
        text, anchor = path.read_text(encoding="utf-8").strip(), path.stat().st_mtime
    if not text:
        return datetime.now(UTC)
    wall, _, own = text.partition("@")
    start = datetime.fromisoformat(wall)
    start = start if start.tzinfo else start.replace(tzinfo=ZoneInfo("Europe/Paris"))
    return start.astimezone(UTC) + timedelta(seconds=time.time() - float(own or anchor))


def main() -> int:
    """Run until stopped; refuse to start outside a demonstration or a test."""
    parser = argparse.ArgumentParser(prog="python -m billing.payfip.simulator")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    numcli = os.environ.get("SIMULATOR_NUMCLI", "")
    if os.environ.get("PORTAL_ENV") not in ALLOWED_ENVIRONMENTS or not numcli:
        print("Le PayFiP fictif ne démarre qu’avec PORTAL_ENV=demo ou test, et SIMULATOR_NUMCLI.", file=sys.stderr)
        return 2
    running = Running(numcli, port=options.port, now=now)

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    print(f"PayFiP fictif : {running.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        running.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
