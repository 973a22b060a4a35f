"""Serving the stand-in: on its own as a program, or in a thread for the tests."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from .app import LATE_SECONDS, PAYMENT_PATH, SERVICE_PATH, Payfip


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """No line per request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def real_now() -> datetime:
    """The machine’s own instant."""
    return datetime.now(UTC)


class Running:
    """A stand-in that listens on 127.0.0.1; ``app`` is it, ``url`` its address."""

    def __init__(
        self,
        numcli: str,
        *,
        port: int = 0,
        now: Callable[[], datetime] = real_now,
        late_seconds: float = LATE_SECONDS,
    ) -> None:
        self.app = Payfip(numcli, now=now, late_seconds=late_seconds)
        self._server = make_server("127.0.0.1", port, self.app, server_class=_Server, handler_class=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.service_url, self.payment_url = self.url + SERVICE_PATH, self.url + PAYMENT_PATH
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> "Running":
        """Answer from now on, in a thread."""
        self._thread.start()
        return self

    def wait(self) -> None:
        """Answer in this thread until interrupted."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Stop answering, and forget what was to be told late."""
        self.app.closing.set()
        self._server.shutdown()
        self._server.server_close()
