"""Our two questions to PayFiP: open an operation, and tell what became of it."""

import logging
import re
import unicodedata
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from billing.payfip import soap
from billing.payfip.config import LOOPBACK_HOSTS, PayfipConfig
from billing.payfip.details import to_transaction
from billing.payzen.rest import RestMismatch, RestPermanentError, RestTemporaryError
from billing.payzen.transactions import Transaction

log = logging.getLogger(__name__)

TIMEOUTS = (3.05, 10.0)  # seconds to connect, seconds of silence while reading
MAX_ANSWER_BYTES = 256 * 1024
# Guide PayFiP: unknown operation (never opened, or erased in the night since nobody paid); result not known yet.
UNKNOWN, NOT_YET = "P1", "P5"
LEAST_CENTS, MOST_CENTS = 100, 9_999_999

_IDOP = re.compile(r"[0-9a-fA-F-]{36}")
_REFDET = re.compile(r"[A-Za-z0-9]{6,30}")
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")


class OrderRefused(ValueError):
    """PayFiP would refuse such an order; the message is a French sentence for the family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayfipOrder:
    """What is asked of PayFiP: reference of 6 to 30 letters and digits, integer cents of euros, the year of the debt, what the
    payer reads (cut to 100 plain characters), her address for the ticket, where to notify and to come back."""

    refdet: str
    amount_cents: int
    year: int
    description: str
    payer_email: str = field(repr=False)
    notification_url: str
    return_url: str


class Client:
    """Ask PayFiP. One `requests` session, closed by `with` or `close()`."""

    def __init__(self, config: PayfipConfig, session: requests.Session | None = None) -> None:
        self._config = config
        self._session = session or requests.Session()
        # The stand-in of the demonstration is on this machine: never through the proxy of the environment.
        self._session.trust_env = urlsplit(config.service_url).hostname not in LOOPBACK_HOSTS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def create(self, order: PayfipOrder) -> str:
        """Open an operation and return its idOp, good for fifteen minutes. Raises OrderRefused and RestError."""
        _check(order)
        operation = "creerPaiementSecurise"
        values = {
            "exer": str(order.year),
            "mel": order.payer_email,
            "montant": str(order.amount_cents),
            "numcli": self._config.numcli,
            "objet": plain_object(order.description),
            "refdet": order.refdet,
            "saisie": self._config.saisie,
            "urlnotif": order.notification_url,
            "urlredirect": order.return_url,
        }
        idop = self._ask(operation, values).get("idOp", "")
        if not _IDOP.fullmatch(idop):
            raise RestMismatch(operation, "idop")
        return idop

    def details(self, idop: str) -> Transaction | None:
        """What became of an operation; None while its result is not known, or when PayFiP knows it no more. Raises RestError."""
        operation = "recupererDetailPaiementSecurise"
        try:
            details = self._ask(operation, {"idOp": idop})
        except RestPermanentError as error:
            if error.code in (UNKNOWN, NOT_YET):
                return None
            raise
        if details.get("idOp", details.get("idop", "")) != idop:
            raise RestMismatch(operation, "idop")
        return to_transaction(details, idop, self._config)

    def _ask(self, operation: str, values: dict[str, str]) -> dict[str, str]:
        try:
            return soap.answer(self._post(operation, soap.request(operation, values)))
        except soap.Fault as fault:
            if fault.code:
                raise RestPermanentError(operation, fault.code) from None
            raise RestTemporaryError(operation, "technical") from None
        except soap.Unreadable:
            raise RestTemporaryError(operation, "malformed") from None

    def _post(self, operation: str, body: bytes) -> bytes:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        try:
            with self._session.post(
                self._config.service_url,
                data=body,
                headers=headers,
                timeout=TIMEOUTS,
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code not in (200, 500):  # a fault comes with 500
                    raise RestTemporaryError(operation, f"HTTP_{response.status_code}")
                read = bytearray()
                for chunk in response.iter_content(16 * 1024):
                    read += chunk
                    if len(read) > MAX_ANSWER_BYTES:
                        raise RestPermanentError(operation, "too-large")
                return bytes(read)
        except requests.Timeout:
            failure = "timeout"
        except requests.RequestException:
            failure = "network"
        raise RestTemporaryError(operation, failure)


def plain_object(text: str) -> str:
    """`text` as PayFiP accepts an object: at most 100 letters and digits without accents, and blanks."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^A-Za-z0-9]", " ", plain).split())[:100].rstrip()


def _check(order: PayfipOrder) -> None:
    if not LEAST_CENTS <= order.amount_cents <= MOST_CENTS:
        raise OrderRefused("PayFiP n’accepte que les paiements de 1\u00a0€ à 99\u202f999,99\u00a0€.")
    if not 6 <= len(order.payer_email) <= 80 or not _EMAIL.fullmatch(order.payer_email):
        raise OrderRefused("PayFiP n’accepte pas l’adresse de votre compte\u00a0: il en faut une de 80 signes au plus.")
    if not _REFDET.fullmatch(order.refdet):
        raise ValueError("refdet must have 6 to 30 letters and digits")
    for url in (order.notification_url, order.return_url):
        if len(url) > 250:
            raise ValueError("an address given to PayFiP has at most 250 characters")
