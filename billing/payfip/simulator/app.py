"""The stand-in’s addresses: the web service, the payment page, the list, and the tests’ own way in."""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import requests

from . import pages, soap
from .operations import FAULTS, OUTCOMES, Book, Operation

SERVICE_PATH, PAYMENT_PATH = "/tpa/services/securite", "/tpa/paiementws.web"
LATE_SECONDS = 20.0
XML, HTML, JSON = "text/xml; charset=utf-8", "text/html; charset=utf-8", "application/json"
Answer = tuple[int, str, bytes, list[tuple[str, str]]]


class Payfip:
    """The stand-in as a WSGI application, for one régie; ``now`` is its clock."""

    def __init__(self, numcli: str, *, now: Callable[[], datetime], late_seconds: float = LATE_SECONDS) -> None:
        self.numcli = numcli
        self.now = now
        self.late_seconds = late_seconds
        self.book = Book()
        self.closing = threading.Event()
        self.told: list[tuple[str, int]] = []  # each notification sent: the operation, what the portal answered

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        status, kind, body, more = self._answer(environ)
        start_response(
            f"{int(status)} {HTTPStatus(status).phrase}",
            [("Content-Type", kind), ("Content-Length", str(len(body))), *more],
        )
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if (method, path) == ("POST", SERVICE_PATH):
            return self._serve(_body(environ))
        if path == PAYMENT_PATH and method in ("GET", "POST"):
            return self._payment(environ, method)
        if (method, path) == ("POST", "/controle/"):
            return self._control(json.loads(_body(environ)))
        if (method, path) == ("GET", "/"):
            return 200, HTML, pages.home(self.book.latest(), self.book.fault), []
        return 404, HTML, pages.missing(), []

    # --- The web service ----------------------------------------------------------------------------------------------

    def _serve(self, body: str) -> Answer:
        if self.book.fault == "down":
            return 500, XML, soap.breakdown(), []
        if "creerPaiementSecurise" in body:
            return self._create(soap.read(body, tuple(soap.RULES)))
        if "recupererDetailPaiementSecurise" in body:
            return self._details(soap.read(body, ("idOp",))["idOp"])
        return 500, XML, soap.breakdown(), []

    def _create(self, asked: dict[str, str]) -> Answer:
        if name := soap.wrong(asked):
            return 500, XML, soap.refusal("P2", f"{name} incorrect"), []
        if asked["numcli"] != self.numcli:
            return 500, XML, soap.refusal("P3", "numcli inconnu"), []
        return 200, XML, soap.opened(self.book.open(asked, self.now())), []

    def _details(self, idop: str) -> Answer:
        operation = self.book.find(idop)
        if operation is None:
            return 500, XML, soap.refusal("P1", "IdOp incorrect"), []
        if not operation.result:
            return 500, XML, soap.refusal("P5", "Resultat de la transaction non connu"), []
        numcli = "999999" if self.book.fault == "other_regie" else self.numcli
        return 200, XML, soap.details(operation, altered=self.book.fault == "altered", numcli=numcli), []

    # --- The payer ----------------------------------------------------------------------------------------------------

    def _payment(self, environ: dict[str, Any], method: str) -> Answer:
        operation = self.book.find(parse_qs(environ.get("QUERY_STRING", "")).get("idop", [""])[0])
        if operation is None:
            return 404, HTML, pages.missing(), []
        if method == "POST":
            chosen = {name: values[0] for name, values in parse_qs(_body(environ)).items()}
            if chosen.get("panne") in FAULTS:
                self.book.fault = chosen["panne"]
            if chosen.get("resultat") in OUTCOMES:
                self.decide(operation, chosen["resultat"])
            if operation.result == "A":
                return 303, HTML, b"", [("Location", operation.asked["urlredirect"])]
            return 303, HTML, b"", [("Location", f"{PAYMENT_PATH}?{urlencode({'idop': operation.idop})}")]
        is_open = operation.is_open(self.now())
        return 200, HTML, pages.payment(operation, is_open=is_open, fault=self.book.fault), []

    def decide(self, operation: Operation, result: str) -> None:
        """Write what the payer did, and tell the portal of it as the present fault has it."""
        if self.book.decide(operation, result, self.now()):
            self._tell(operation)

    def _tell(self, operation: Operation) -> None:
        fault = self.book.fault
        if fault == "silent":
            return
        if fault == "late":
            threading.Thread(target=self._tell_late, args=(operation,), daemon=True).start()
        elif fault == "forged":
            self._notify(operation, str(uuid4()))
        elif fault == "duplicated":
            twins = [threading.Thread(target=self._notify, args=(operation, operation.idop)) for _ in range(2)]
            for twin in twins:
                twin.start()
            for twin in twins:
                twin.join()
        else:
            self._notify(operation, operation.idop)

    def _tell_late(self, operation: Operation) -> None:
        if not self.closing.wait(self.late_seconds):
            self._notify(operation, operation.idop)

    def _notify(self, operation: Operation, idop: str) -> None:
        try:
            with requests.Session() as session:
                session.trust_env = False
                reply = session.post(
                    operation.asked["urlnotif"], data={"idop": idop}, timeout=10, allow_redirects=False
                )
            self.told.append((idop, reply.status_code))
        except requests.RequestException:
            self.told.append((idop, 0))

    # --- The tests ----------------------------------------------------------------------------------------------------

    def _control(self, wanted: dict[str, str]) -> Answer:
        """Set a fault, press a button for an operation, or let the night pass; give the operations."""
        if wanted.get("fault") in FAULTS:
            self.book.fault = wanted["fault"]
        operation = self.book.find(wanted.get("idop", ""))
        if operation and wanted.get("result") in OUTCOMES:
            self.decide(operation, wanted["result"])
        if wanted.get("night"):
            self.book.clean(self.now())
        state = {"operations": [[each.idop, each.result] for each in self.book.latest()], "told": self.told}
        return 200, JSON, json.dumps(state).encode(), []


def _body(environ: dict[str, Any]) -> str:
    length = environ.get("CONTENT_LENGTH") or "0"
    body: bytes = environ["wsgi.input"].read(int(length))
    return body.decode("utf-8", "replace")
