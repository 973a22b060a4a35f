"""Our own questions to PayZen's REST API V4: what became of an attempt that got no message?

A question never credits by itself: it gives Transactions to the same function as the server message. Only an answer
of our shop, in our mode, about our order is a result; anything else is an error that must change no state.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
from django.views.decorators.debug import sensitive_variables
from requests.auth import HTTPBasicAuth

from billing.payzen.config import LOOPBACK_HOSTS, PayzenConfig
from billing.payzen.transactions import EURO, Channel, Transaction

logger = logging.getLogger(__name__)

TIMEOUTS = (3.05, 10.0)  # seconds to connect, seconds of silence while reading
MAX_ANSWER_BYTES = 2 * 1024 * 1024
NOT_FOUND = "PSP_010"
TOO_MANY = "PSP_015"
CREDENTIAL_CODES = frozenset({"INT_905", "PSP_100"})  # bad login or password; no REST in the shop's offer
TEMPORARY_CODES = frozenset({"INT_999", "PSP_099", "PSP_106", "PSP_999"})  # overload, technical errors
NUMERIC_CURRENCIES = {"EUR": EURO}

_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ERROR_CODE = re.compile(r"[A-Z]{2,10}_[0-9]{1,5}")


class RestError(Exception):
    """The question got no usable answer: change no state.

    `service` and `code` (PayZen's own, "HTTP_500" or a word) are safe to log and to show to agents.
    """

    def __init__(self, service: str, code: str) -> None:
        self.service = service
        self.code = code
        super().__init__(f"{service}: {code}")


class RestTemporaryError(RestError):
    """Time-out, network, overload, unreadable answer: ask again at the next pass, alert if it lasts."""


class RestCredentialsError(RestError):
    """Wrong shop, password or offer: nothing can be asked until someone changes the configuration."""


class RestPermanentError(RestError):
    """The same question would get the same refusal: alert at once."""


class TooManyTransactions(RestPermanentError):
    """More than 30 transactions for one order (PSP_015): look at the bank's back office."""


class RestMismatch(RestPermanentError):
    """A well-formed answer about another shop, mode, service or order."""


class NotConfigured(RestCredentialsError):
    """REST address or password missing from our configuration."""


class Client:
    """Ask PayZen. One `requests` session, closed by `with` or `close()`; secrets are never logged nor shown.

    Raises NotConfigured when the configuration has no REST address or password (`config.can_ask`).
    """

    def __init__(self, config: PayzenConfig, session: requests.Session | None = None) -> None:
        if not config.can_ask:
            raise NotConfigured("configuration", "not-configured")
        self._config = config
        self._session = session or _new_session(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def ping(self) -> None:
        """Check address, password and mode with Charge/SDKTest, which touches no payment. Raises RestError."""
        service = "Charge/SDKTest"
        with _failures_logged(service):
            answer = self._ask(service, {"value": "ping"})
            if answer is None or answer.get("value") != "ping":
                raise RestMismatch(service, "echo")

    def order_get(self, order_id: str) -> list[Transaction]:
        """Every transaction, refunds included, that the bank recorded for one of our orders.

        Empty when the bank knows none: not paid yet, abandoned, or never opened. Raises RestError, and ValueError when
        `order_id` is not one that we could have signed.
        """
        if not _ORDER_ID.fullmatch(order_id):
            raise ValueError("order_id must match [A-Za-z0-9_-]{1,64}")
        service = "Order/Get"
        with _failures_logged(service):
            answer = self._ask(service, {"orderId": order_id})
            return [] if answer is None else self._transactions(service, answer, order_id)

    def _ask(self, service: str, question: dict[str, str]) -> dict[str, object] | None:
        """The `answer` of a success; None for "transaction not found". Raises RestError."""
        return self._checked(service, _envelope(service, self._post(service, question)))

    @sensitive_variables("auth", "response")
    def _post(self, service: str, question: dict[str, str]) -> bytes:
        auth = HTTPBasicAuth(self._config.site_id.encode(), self._config.rest_password.encode())
        try:
            with self._session.post(
                self._config.rest_address(service),
                json=question,
                auth=auth,
                timeout=TIMEOUTS,
                allow_redirects=False,
                stream=True,
            ) as response:
                _check_http_status(service, response.status_code)
                return _bounded_body(service, response)
        except requests.Timeout:
            failure = "timeout"
        except requests.RequestException:
            failure = "network"
        # Raised outside the handlers: the exceptions of requests carry the Authorization header.
        raise RestTemporaryError(service, failure)

    def _checked(self, service: str, envelope: dict[str, object]) -> dict[str, object] | None:
        answer = _mapping(service, envelope.get("answer"))
        code = _error_code(answer) if envelope.get("status") != "SUCCESS" else ""
        if code in CREDENTIAL_CODES:
            raise RestCredentialsError(service, code)
        if code:
            # "Not found" said by another shop or mode must not close an attempt.
            self._same_if_given(service, "mode", envelope.get("mode"), self._config.mode)
            self._same_if_given(service, "shop", answer.get("shopId"), self._config.site_id)
            if code == NOT_FOUND:
                return None
            raise _error(service, code)
        self._same(service, "mode", envelope.get("mode"), self._config.mode)
        self._same_if_given(service, "service", envelope.get("webService"), service)
        return answer

    def _transactions(self, service: str, answer: dict[str, object], order_id: str) -> list[Transaction]:
        self._same(service, "order", answer.get("orderId"), order_id)
        self._same(service, "shop", answer.get("shopId"), self._config.site_id)
        items = answer.get("transactions")
        if not isinstance(items, list):
            raise RestTemporaryError(service, "malformed")
        return [self._transaction(service, _mapping(service, item), order_id) for item in items]

    def _transaction(self, service: str, item: dict[str, object], order_id: str) -> Transaction:
        order = _mapping(service, item.get("orderDetails"), optional=True)
        self._same(service, "shop", item.get("shopId"), self._config.site_id)
        self._same_if_given(service, "mode", order.get("mode"), self._config.mode)
        self._same_if_given(service, "order", order.get("orderId"), order_id)
        return _transaction(service, item, order_id=order_id, config=self._config)

    def _same(self, service: str, what: str, received: object, ours: str) -> None:
        if received != ours:
            raise RestMismatch(service, what)

    def _same_if_given(self, service: str, what: str, received: object, ours: str) -> None:
        if received is not None:
            self._same(service, what, received, ours)


def _new_session(config: PayzenConfig) -> requests.Session:
    session = requests.Session()
    # The test bank of the demonstration is on this machine: never through the proxy of the environment.
    session.trust_env = urlsplit(config.rest_url).hostname not in LOOPBACK_HOSTS
    return session


@contextmanager
def _failures_logged(service: str) -> Iterator[None]:
    """Say that a question failed, never what was said: no header, no body, no message of the bank."""
    try:
        yield
    except RestError as error:
        logger.warning("PayZen REST %s: %s (%s)", service, error.code, type(error).__name__)
        raise


def _check_http_status(service: str, status: int) -> None:
    code = f"HTTP_{status}"
    if status in (401, 403):
        raise RestCredentialsError(service, code)
    if status >= 500 or status in (408, 429):
        raise RestTemporaryError(service, code)
    if status != 200:
        raise RestPermanentError(service, code)


def _bounded_body(service: str, response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise RestPermanentError(service, "too-large")
    return bytes(body)


def _envelope(service: str, body: bytes) -> dict[str, object]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    return _mapping(service, content)


def _error_code(answer: dict[str, object]) -> str:
    code = answer.get("errorCode")
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else "unknown-error"


def _error(service: str, code: str) -> RestError:
    if code == TOO_MANY:
        return TooManyTransactions(service, code)
    return RestTemporaryError(service, code) if code in TEMPORARY_CODES else RestPermanentError(service, code)


def _transaction(service: str, item: dict[str, object], *, order_id: str, config: PayzenConfig) -> Transaction:
    details = _mapping(service, item.get("transactionDetails"), optional=True)
    card = _mapping(service, details.get("cardDetails"), optional=True)
    authorisation = _mapping(service, card.get("authorizationResponse"), optional=True)
    capture = _mapping(service, card.get("captureResponse"), optional=True)
    amount = _number(item.get("amount"))
    if amount is None:
        raise RestTemporaryError(service, "malformed")
    status = _text(item.get("detailedStatus"))
    currency = _text(item.get("currency"))
    return Transaction(
        channel=Channel.REST,
        order_id=order_id,
        trans_uuid=_text(item.get("uuid")) or None,
        trans_id=_text(card.get("legacyTransId")),
        trans_date=_trans_date(card.get("legacyTransDate")),
        operation=_text(item.get("operationType")),
        status=status,
        amount_cents=amount,
        currency=NUMERIC_CURRENCIES.get(currency, currency),
        effective_amount_cents=_number(details.get("effectiveAmount")),
        site_id=config.site_id,
        mode=config.mode,
        auth_number=_text(authorisation.get("authorizationNumber")),
        card_brand=_text(card.get("effectiveBrand")),
        authorised_at=_instant(authorisation.get("authorizationDate")) or _instant(item.get("creationDate")),
        presented_at=_instant(card.get("expectedCaptureDate")),
        captured_at=_instant(capture.get("captureDate")) if status == "CAPTURED" else None,
        sequence_number=_number(details.get("sequenceNumber")),
        parent_uuid=_text(details.get("parentTransactionUuid")) or None,
        source=_text(details.get("creationContext")),
    )


def _mapping(service: str, value: object, *, optional: bool = False) -> dict[str, object]:
    if value is None and optional:
        return {}
    if not isinstance(value, dict):
        raise RestTemporaryError(service, "malformed")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    storable = value.encode("utf-8", "ignore").decode().replace("\x00", "")  # neither lone surrogates nor null
    return storable[:64]


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 10**12 else None


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _trans_date(value: object) -> str:
    """Fourteen digits in UTC, as in the form; REST writes the same instant in ISO 8601."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{14}", value):
        return value
    instant = _instant(value)
    return f"{instant:%Y%m%d%H%M%S}" if instant else ""
