"""The site under measure: two web processes, as in production, over the present database."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from castres_portal.demo.processes import Child, answers, end_all, free_port, wait_until
from castres_portal.demo.supervisor import web_command


@contextmanager
def site(folder: Path, name: str) -> Iterator[int]:
    """Start the web server and give its port; stop it at the end."""
    port = free_port()
    environment = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    log = folder / f"{name}.log"
    web = Child("web", [sys.executable, *web_command(port)], log=log, env=environment)
    web.start()
    try:
        if not wait_until(lambda: answers(f"http://127.0.0.1:{port}/sante/"), 60):
            raise SystemExit(f"le serveur ne répond pas : {log}")
        yield port
    finally:
        end_all([web])
