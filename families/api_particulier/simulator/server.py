"""Serving the stand-in: on its own as a program, or in a thread for the tests."""

import threading
from collections.abc import Callable
from datetime import date
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from .app import ApiParticulier


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """No line per request: an address holds an identity."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Running:
    """A stand-in that listens on 127.0.0.1; ``app`` is it, ``url`` its address."""

    def __init__(
        self, token: str, *, port: int = 0, today: Callable[[], date] = date.today, slowness: float = 30.0
    ) -> None:
        self._server = make_server("127.0.0.1", port, _not_yet, server_class=_Server, handler_class=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.app = ApiParticulier(self.url, token, today=today, slowness=slowness)
        self._server.set_app(self.app)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> "Running":
        """Answer from now on, in a thread."""
        self._thread.start()
        return self

    def wait(self) -> None:
        """Answer in this thread until interrupted."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Stop answering, even what is being slow."""
        self.app.closing.set()
        self._server.shutdown()
        self._server.server_close()


def _not_yet(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]
