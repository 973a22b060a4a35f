"""``python -m families.api_particulier.simulator --port 8003``: the stand-in on 127.0.0.1; PORTAL_CLOCK gives its month."""

import argparse
import contextlib
import os
import signal
import sys
from datetime import date
from pathlib import Path
from types import FrameType

from .server import Running


def today() -> date:
    """Return the day that PORTAL_CLOCK shows (its text, or the file that it names), or the real one."""
    text = os.environ.get("PORTAL_CLOCK", "")
    if text.startswith("file:"):
        text = Path(text.removeprefix("file:")).read_text(encoding="utf-8").strip()
    return date.fromisoformat(text[:10]) if text else date.today()  # noqa: DTZ011  (the month alone matters)


def main() -> int:
    """Run until stopped."""
    parser = argparse.ArgumentParser(prog="python -m families.api_particulier.simulator")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    token = os.environ.get("SIMULATOR_TOKEN", "")
    if not token:
        print("SIMULATOR_TOKEN manque.")
        return 2
    running = Running(token, port=options.port, today=today)

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    print(f"CAF et MSA fictives : {running.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        running.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
