import base64
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from billing.payzen.config import PayzenConfig
from billing.payzen.notification import to_transaction
from billing.payzen.rest import (
    MAX_ANSWER_BYTES,
    TIMEOUTS,
    Client,
    NotConfigured,
    RestCredentialsError,
    RestError,
    RestMismatch,
    RestPermanentError,
    RestTemporaryError,
    TooManyTransactions,
)
from billing.payzen.tests.messages import REST_PASSWORD, SHOP, expected, paid_fields, received, shop
from billing.payzen.transactions import DiscrepancyKind, Outcome, check_against

ORDER = "F2610000001-1"
AUTHORIZATION = "Basic " + base64.b64encode(f"{SHOP}:{REST_PASSWORD}".encode()).decode()
Answer = tuple[int, bytes] | Exception


class FakeBank(BaseAdapter):
    """Answers what it was told to, and remembers the question and how it was asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.questions: list[requests.PreparedRequest] = []
        self.options: dict[str, Any] = {}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        self.questions.append(request)
        self.options = options
        if isinstance(self.answer, Exception):
            self.answer.request = request  # type: ignore[attr-defined]  # as requests does: the secret is in there
            raise self.answer
        status, content = self.answer
        response = requests.Response()
        response.status_code = status
        response.request = request
        response.url = str(request.url)
        response.headers["Location"] = "https://elsewhere.example/"
        response.raw = HTTPResponse(BytesIO(content), preload_content=False, status=status)
        return response

    def close(self) -> None:
        pass


def client_of(answer: Answer, config: PayzenConfig | None = None) -> tuple[Client, FakeBank]:
    bank = FakeBank(answer)
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", bank)
    return Client(config or shop(), session), bank


def transaction(**changes: Any) -> dict[str, Any]:
    """As recorded on the real platform, values replaced."""
    return {
        "shopId": SHOP,
        "uuid": "0123456789abcdef0123456789abcdef",
        "paymentMethodType": "CARD",
        "status": "PAID",
        "detailedStatus": "CAPTURED",
        "operationType": "DEBIT",
        "amount": 6398,
        "currency": "EUR",
        "creationDate": "2026-11-19T11:08:12+00:00",
        "errorCode": None,
        "orderDetails": {"orderTotalAmount": 6398, "orderCurrency": "EUR", "mode": "TEST", "orderId": ORDER},
        "transactionDetails": {
            "creationContext": "CHARGE",
            "parentTransactionUuid": None,
            "sequenceNumber": 1,
            "effectiveAmount": 6398,
            "effectiveCurrency": "EUR",
            "cardDetails": {
                "legacyTransId": "000001",
                "legacyTransDate": "2026-11-19T11:06:07+00:00",
                "expectedCaptureDate": "2026-11-19T11:08:12+00:00",
                "pan": "497011XXXXXX0062",
                "expiryMonth": 6,
                "effectiveBrand": "VISA",
                "authorizationResponse": {
                    "authorizationNumber": "3fd524",
                    "authorizationResult": "0",
                    "authorizationDate": "2026-11-19T11:08:10+00:00",
                },
                "captureResponse": {"captureDate": "2026-11-20T23:30:00+01:00", "refundAmount": None},
            },
        },
        "_type": "V4/Transaction",
        **changes,
    }


def envelope(answer: Any, **changes: Any) -> dict[str, Any]:
    return {
        "webService": "Order/Get",
        "version": "V4",
        "status": "SUCCESS",
        "answer": answer,
        "ticket": "0" * 32,
        "serverDate": "2026-11-19T12:00:00+00:00",
        "mode": "TEST",
        "_type": "V4/WebService/Response",
        **changes,
    }


def found(*transactions: Any, **changes: Any) -> dict[str, Any]:
    return {"orderId": ORDER, "shopId": SHOP, "transactions": list(transactions), **changes}


def refused(code: Any, **changes: Any) -> dict[str, Any]:
    answer = {"errorCode": code, "errorMessage": "message of the bank", "shopId": SHOP}
    return envelope(answer, status="ERROR", **changes)


def ok(content: Any) -> Answer:
    return 200, json.dumps(content).encode()


def ask(answer: Answer) -> list[Any]:
    client, _ = client_of(answer)
    return client.order_get(ORDER)


def test_a_captured_payment_is_found() -> None:
    [payment] = ask(ok(envelope(found(transaction()))))
    assert payment.is_payment
    assert payment.is_captured
    assert payment.trans_uuid == "0123456789abcdef0123456789abcdef"
    assert (payment.trans_id, payment.trans_date) == ("000001", "20261119110607")
    assert (payment.amount_cents, payment.currency, payment.effective_amount_cents) == (6398, "978", 6398)
    assert (payment.auth_number, payment.card_brand, payment.sequence_number) == ("3fd524", "VISA", 1)
    assert payment.authorised_at == datetime(2026, 11, 19, 11, 8, 10, tzinfo=UTC)
    assert (payment.operation, payment.source, payment.parent_uuid) == ("DEBIT", "CHARGE", None)
    assert payment.captured_at == datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    assert check_against(payment, expected()) == []
    assert "497011" not in repr(payment)


def test_it_says_the_same_as_the_server_message() -> None:
    [asked] = ask(ok(envelope(found(transaction(detailedStatus="AUTHORISED")))))
    told = to_transaction(received(paid_fields()))
    for name in ("order_id", "trans_uuid", "trans_id", "trans_date", "operation", "status", "amount_cents", "currency"):
        assert getattr(asked, name) == getattr(told, name), name
    assert (asked.effective_amount_cents, asked.site_id, asked.mode) == (6398, told.site_id, told.mode)


def test_the_question_is_authenticated_bounded_in_time_and_not_redirected() -> None:
    client, bank = client_of(ok(envelope(found())))
    assert client.order_get(ORDER) == []
    [question] = bank.questions
    assert question.method == "POST"
    assert question.url == "https://api.bank.example/api-payment/V4/Order/Get"
    assert json.loads(question.body or b"") == {"orderId": ORDER}
    assert question.headers["Authorization"] == AUTHORIZATION
    assert bank.options["timeout"] == TIMEOUTS
    assert bank.options["verify"] is True
    assert bank.options["stream"] is True


def test_an_answer_of_the_largest_size_is_read() -> None:
    content = json.dumps(envelope(found(transaction()))).encode()
    assert len(ask((200, content + b" " * (MAX_ANSWER_BYTES - len(content))))) == 1


def test_an_unknown_order_is_no_transaction() -> None:
    assert ask(ok(refused("PSP_010"))) == []


@pytest.mark.parametrize(
    ("where", "code"),
    [({"mode": "PRODUCTION"}, "mode"), ({"answer": {"errorCode": "PSP_010", "shopId": "87654321"}}, "shop")],
)
def test_unknown_to_another_shop_or_mode_is_no_answer(where: dict[str, Any], code: str) -> None:
    with pytest.raises(RestMismatch) as caught:
        ask(ok({**refused("PSP_010"), **where}))
    assert str(caught.value) == f"Order/Get: {code}"


def test_a_refusal_that_names_no_shop_is_ours() -> None:
    assert ask(ok({**refused("PSP_010", mode=None), "answer": {"errorCode": "PSP_010"}})) == []


def test_an_authorised_payment_has_no_capture_date_yet() -> None:
    [payment] = ask(ok(envelope(found(transaction(detailedStatus="AUTHORISED")))))
    assert payment.captured_at is None
    assert payment.presented_at == datetime(2026, 11, 19, 11, 8, 12, tzinfo=UTC)
    assert payment.is_unsettled


@pytest.mark.parametrize("status", ["ACCEPTED", "PARTIALLY_AUTHORISED"])
def test_paid_according_to_the_short_status_is_not_enough(status: str) -> None:
    [payment] = ask(ok(envelope(found(transaction(status="PAID", detailedStatus=status)))))
    assert payment.outcome is Outcome.NOT_FOR_US


def test_refunds_come_with_their_parent() -> None:
    details = {**transaction()["transactionDetails"], "parentTransactionUuid": "0123456789abcdef0123456789abcdef"}
    refund = transaction(uuid="f" * 32, operationType="CREDIT", amount=2000, transactionDetails=details)
    payment, back = ask(ok(envelope(found(transaction(), refund))))
    assert payment.is_payment
    assert back.is_refund
    assert back.parent_uuid == payment.trans_uuid


def test_another_currency_is_seen_as_a_difference() -> None:
    [payment] = ask(ok(envelope(found(transaction(currency="USD")))))
    assert payment.currency == "USD"
    assert [difference.kind for difference in check_against(payment, expected())] == [DiscrepancyKind.CURRENCY]


def test_a_payment_without_card_details_has_no_number_to_compare() -> None:
    [payment] = ask(ok(envelope(found(transaction(transactionDetails=None)))))
    assert (payment.trans_id, payment.trans_date, payment.effective_amount_cents) == ("", "", None)
    assert check_against(payment, expected()) == []
    # The day of the accord is then the one of the transaction.
    assert payment.authorised_at == datetime(2026, 11, 19, 11, 8, 12, tzinfo=UTC)
    [payment] = ask(ok(envelope(found(transaction(transactionDetails=None, creationDate="2026-11-19T11:08:12")))))
    assert payment.authorised_at == datetime(2026, 11, 19, 11, 8, 12, tzinfo=UTC)


def test_a_transaction_that_says_no_order_is_the_one_of_the_question() -> None:
    for order in (None, {}):
        [payment] = ask(ok(envelope(found(transaction(orderDetails=order)))))
        assert payment.order_id == ORDER


@pytest.mark.parametrize("cents", [0, 1, 10**12 - 1])
def test_every_amount_of_twelve_digits_is_read(cents: int) -> None:
    [payment] = ask(ok(envelope(found(transaction(amount=cents)))))
    assert payment.amount_cents == cents


@pytest.mark.parametrize(
    ("date", "sent"),
    [
        ("20261119110607", "20261119110607"),
        ("2026-11-19T12:06:07+01:00", "20261119110607"),
        ("…", ""),
        (None, ""),
        ("2026-11-19T11:06:07", "20261119110607"),
        ("0001-01-01T00:00:00+14:00", ""),
        (7, ""),
    ],
)
def test_dates_are_read_in_either_form(date: object, sent: str) -> None:
    card = {"legacyTransDate": date}
    [payment] = ask(ok(envelope(found(transaction(transactionDetails={"cardDetails": card})))))
    assert payment.trans_date == sent


def test_hostile_text_can_be_stored() -> None:
    [payment] = ask((200, json.dumps(envelope(found(transaction(uuid="a\ud800b\x00" + "c" * 99)))).encode()))
    assert payment.trans_uuid == "ab" + "c" * 62


FAULTS: list[tuple[str, Answer, type[RestError], str]] = [
    ("connection time-out", requests.ConnectTimeout("secret?"), RestTemporaryError, "timeout"),
    ("read time-out", requests.ReadTimeout(), RestTemporaryError, "timeout"),
    ("refused connection", requests.ConnectionError(), RestTemporaryError, "network"),
    ("bad certificate", requests.exceptions.SSLError(), RestTemporaryError, "network"),
    ("broken answer", requests.exceptions.ChunkedEncodingError(), RestTemporaryError, "network"),
    ("HTTP 500", (500, b"oops"), RestTemporaryError, "HTTP_500"),
    ("HTTP 503", (503, b""), RestTemporaryError, "HTTP_503"),
    ("HTTP 429", (429, b""), RestTemporaryError, "HTTP_429"),
    ("HTTP 408", (408, b""), RestTemporaryError, "HTTP_408"),
    ("HTTP 409", (409, b""), RestPermanentError, "HTTP_409"),
    ("HTTP 499", (499, b""), RestPermanentError, "HTTP_499"),
    ("HTTP 401", (401, b"{}"), RestCredentialsError, "HTTP_401"),
    ("HTTP 403", (403, b"{}"), RestCredentialsError, "HTTP_403"),
    ("HTTP 302", (302, b""), RestPermanentError, "HTTP_302"),
    ("HTTP 404", (404, b""), RestPermanentError, "HTTP_404"),
    ("not JSON", (200, b"<html>"), RestTemporaryError, "malformed"),
    ("not UTF-8", (200, b'"\xe9"'), RestTemporaryError, "malformed"),
    ("empty", (200, b""), RestTemporaryError, "malformed"),
    ("a list", (200, b"[]"), RestTemporaryError, "malformed"),
    ("deep nesting", (200, b"[" * 100_000), RestTemporaryError, "malformed"),
    ("too large", (200, b" " * (MAX_ANSWER_BYTES + 1)), RestPermanentError, "too-large"),
    ("no answer", ok(envelope(None)), RestTemporaryError, "malformed"),
    ("no list", ok(envelope(found(transactions={}))), RestTemporaryError, "malformed"),
    ("odd transaction", ok(envelope(found("x"))), RestTemporaryError, "malformed"),
    ("decimal amount", ok(envelope(found(transaction(amount=63.98)))), RestTemporaryError, "malformed"),
    ("text amount", ok(envelope(found(transaction(amount="6398")))), RestTemporaryError, "malformed"),
    ("negative amount", ok(envelope(found(transaction(amount=-1)))), RestTemporaryError, "malformed"),
    ("amount of 13 digits", ok(envelope(found(transaction(amount=10**12)))), RestTemporaryError, "malformed"),
    ("odd details", ok(envelope(found(transaction(transactionDetails="x")))), RestTemporaryError, "malformed"),
    (
        "odd card",
        ok(envelope(found(transaction(transactionDetails={"cardDetails": 7})))),
        RestTemporaryError,
        "malformed",
    ),
    ("odd order", ok(envelope(found(transaction(orderDetails=[])))), RestTemporaryError, "malformed"),
    (
        "odd accord",
        ok(envelope(found(transaction(transactionDetails={"cardDetails": {"authorizationResponse": "x"}})))),
        RestTemporaryError,
        "malformed",
    ),
    (
        "odd capture",
        ok(envelope(found(transaction(transactionDetails={"cardDetails": {"captureResponse": "x"}})))),
        RestTemporaryError,
        "malformed",
    ),
    ("true amount", ok(envelope(found(transaction(amount=True)))), RestTemporaryError, "malformed"),
    ("wrong password", ok(refused("INT_905", mode=None)), RestCredentialsError, "INT_905"),
    ("no REST in the offer", ok(refused("PSP_100")), RestCredentialsError, "PSP_100"),
    ("bad input", ok(refused("INT_902")), RestPermanentError, "INT_902"),
    ("more than 30", ok(refused("PSP_015")), TooManyTransactions, "PSP_015"),
    ("bank in trouble", ok(refused("PSP_999")), RestTemporaryError, "PSP_999"),
    ("code of tomorrow", ok(refused("ACQ_123")), RestPermanentError, "ACQ_123"),
    ("no code", ok(refused(None)), RestPermanentError, "unknown-error"),
    ("strange code", ok(refused("testpassword_x\n")), RestPermanentError, "unknown-error"),
    ("other mode", ok(envelope(found(transaction()), mode="PRODUCTION")), RestMismatch, "mode"),
    ("no mode", ok(envelope(found(transaction()), mode=None)), RestMismatch, "mode"),
    ("other service", ok(envelope(found(), webService="Charge/SDKTest")), RestMismatch, "service"),
    ("other shop", ok(envelope(found(shopId="87654321"))), RestMismatch, "shop"),
    ("other order", ok(envelope(found(orderId="F2610000002-1"))), RestMismatch, "order"),
    ("transaction of another shop", ok(envelope(found(transaction(shopId="87654321")))), RestMismatch, "shop"),
    (
        "transaction of another order",
        ok(envelope(found(transaction(orderDetails={"orderId": "F2610000002-1"})))),
        RestMismatch,
        "order",
    ),
    (
        "transaction of another mode",
        ok(envelope(found(transaction(orderDetails={"mode": "PRODUCTION"})))),
        RestMismatch,
        "mode",
    ),
]


@pytest.mark.parametrize(
    ("answer", "error", "code"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_each_fault_is_an_error_and_never_a_result(
    answer: Answer, error: type[RestError], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RestError) as caught:
        ask(answer)
    assert type(caught.value) is error
    assert caught.value.code == code
    assert caught.value.service == "Order/Get"
    assert f"PayZen REST Order/Get: {code} ({error.__name__})" in [record.message for record in caplog.records]
    for secret in (REST_PASSWORD, AUTHORIZATION, AUTHORIZATION.removeprefix("Basic "), "message of the bank"):
        assert secret not in caplog.text + str(caught.value) + repr(caught.value)
    # An error mail shows chained exceptions, and those of requests hold the Authorization header.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("code", ["INT_999", "PSP_099", "PSP_106", "PSP_999"])
def test_trouble_of_the_bank_is_temporary(code: str) -> None:
    with pytest.raises(RestTemporaryError):
        ask(ok(refused(code)))


def test_nothing_secret_is_logged_when_all_goes_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(ok(envelope(found(transaction()))))
    assert REST_PASSWORD not in caplog.text
    assert "497011" not in caplog.text


@pytest.mark.parametrize("order_id", ["", "a b", "é", "x" * 65, "a\n"])
def test_an_order_that_we_cannot_have_signed_is_not_asked_about(order_id: str) -> None:
    client, bank = client_of(ok(envelope(found())))
    with pytest.raises(ValueError, match="order_id"):
        client.order_get(order_id)
    assert bank.questions == []


def test_ping() -> None:
    client, bank = client_of(ok(envelope({"value": "ping"}, webService="Charge/SDKTest")))
    client.ping()
    assert str(bank.questions[0].url).endswith("/V4/Charge/SDKTest")
    assert json.loads(bank.questions[0].body or b"") == {"value": "ping"}


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (ok(refused("INT_905", mode=None)), RestCredentialsError, "INT_905"),
        (ok(envelope({"value": "pong"}, webService="Charge/SDKTest")), RestMismatch, "echo"),
        (ok(envelope({"value": "ping"}, webService="Charge/SDKTest", mode="PRODUCTION")), RestMismatch, "mode"),
        (ok(refused("PSP_010")), RestMismatch, "echo"),
        (requests.ConnectionError(), RestTemporaryError, "network"),
    ],
)
def test_ping_says_what_is_wrong(
    answer: Answer, error: type[RestError], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    client, _ = client_of(answer)
    with pytest.raises(error) as caught:
        client.ping()
    assert str(caught.value) == f"Charge/SDKTest: {code}"
    assert f"PayZen REST Charge/SDKTest: {code} ({error.__name__})" in caplog.text


def test_without_rest_in_the_contract_there_is_no_client() -> None:
    with pytest.raises(NotConfigured) as caught:
        Client(shop(REST_PASSWORD="", REST_URL=""))
    assert str(caught.value) == "configuration: not-configured"


@pytest.mark.parametrize(("url", "through_proxy"), [("http://127.0.0.1:9", False), ("https://api.bank.example", True)])
def test_the_test_bank_is_never_reached_through_a_proxy(
    url: str, through_proxy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[requests.Session] = []
    new: Callable[[], requests.Session] = requests.Session

    def remember() -> requests.Session:
        made.append(new())
        return made[-1]

    monkeypatch.setattr("billing.payzen.rest.requests.Session", remember)
    with Client(shop(REST_URL=url)):
        assert made[0].trust_env is through_proxy
