"""A shop for the bank to talk to: signs forms and keeps the notifications that it receives."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from billing.payzen.simulator.clock import stamp
from billing.payzen.simulator.signature import is_signed, sign

SITE_ID = "12345678"
KEY = "demonstration-key-0123456789"
REST_PASSWORD = "testpassword_demonstration"


@dataclass
class Merchant:
    """What the shop received, and what it will answer."""

    url: str
    received: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    answer: str = "OK-reçu"
    together: threading.Barrier | None = None

    @property
    def statuses(self) -> list[str]:
        return [message["vads_trans_status"] for message in self.received]

    def form(self, at: datetime, **changes: str | None) -> dict[str, str]:
        """A signed form of 63,98 €; `changes` name fields without `vads_`, None takes one away."""
        fields: dict[str, str | None] = {
            "version": "V2",
            "site_id": SITE_ID,
            "ctx_mode": "TEST",
            "trans_date": stamp(at),
            "trans_id": "000001",
            "amount": "6398",
            "currency": "978",
            "action_mode": "INTERACTIVE",
            "page_action": "PAYMENT",
            "payment_config": "SINGLE",
            "order_id": "F2610000001-a1",
            "order_info": "Facture d’octobre – démonstration",
            "url_return": f"{self.url}retour/",
            "url_check": f"{self.url}ipn/",
            **changes,
        }
        vads = {f"vads_{name}": value for name, value in fields.items() if value is not None}
        return {**vads, "signature": sign(vads, KEY)}


def is_genuine(message: dict[str, str]) -> bool:
    return is_signed(message, message["signature"], KEY, "sha256")


@contextmanager
def open_shop() -> Iterator[Merchant]:
    """A shop listening on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if merchant.together:
                merchant.together.wait(timeout=5)
            merchant.received.append(dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True)))
            answer = merchant.answer.encode()
            self.send_response(merchant.status)
            if merchant.status in (301, 302):
                self.send_header("Location", "/ailleurs/")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    merchant = Merchant(url=f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield merchant
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
