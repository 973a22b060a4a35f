"""The web services that the shop asks about its payments."""

import pytest
import requests

from .merchant import REST_PASSWORD, SITE_ID


@pytest.fixture
def paid(bank, order):
    return bank.control(f"commandes/{order}/choisir/", outcome="accept")["transactions"][0]["uuid"]


def error_code(answer):
    assert answer["status"] == "ERROR"
    assert answer["answer"]["_type"] == "V4/WebService/WebServiceError"
    return answer["answer"]["errorCode"]


def test_the_ping_gives_the_value_back_in_the_platform_s_envelope(bank):
    answer = bank.rest("Charge/SDKTest", value="bonjour")
    assert (answer["status"], answer["answer"]["value"]) == ("SUCCESS", "bonjour")
    assert (answer["mode"], answer["applicationProvider"]) == ("TEST", "PAYZEN")
    assert answer["webService"] == "Charge/SDKTest"
    assert answer["serverDate"].startswith("2026-11-19T11:06")


def test_bad_credentials_and_bad_input_have_their_codes(bank):
    assert error_code(bank.rest("Charge/SDKTest", password="testpassword_autre", value="x")) == "INT_905"
    assert error_code(bank.post("api-payment/V4/Charge/SDKTest", json={}).json()) == "INT_905"
    not_json = bank.post("api-payment/V4/Order/Get", data="{", auth=(SITE_ID, REST_PASSWORD))
    assert (not_json.status_code, error_code(not_json.json())) == (200, "INT_902")
    assert error_code(bank.rest("Order/Get", orderId="é")) == "INT_902"
    assert error_code(bank.rest("Order/Get")) == "INT_902"
    assert error_code(bank.rest("Transaction/Get", uuid=12)) == "INT_902"


def test_an_order_gives_its_transaction(bank, order, paid):
    answer = bank.rest("Order/Get", orderId=order)["answer"]
    assert (answer["orderId"], answer["shopId"], answer["_type"]) == (order, SITE_ID, "V4/OrderTransactions")
    [found] = answer["transactions"]
    assert found["uuid"] == paid
    assert (found["status"], found["detailedStatus"], found["operationType"]) == ("PAID", "AUTHORISED", "DEBIT")
    assert (found["amount"], found["currency"]) == (6398, "EUR")
    assert found["orderDetails"]["mode"] == "TEST"
    card = found["transactionDetails"]["cardDetails"]
    assert (card["legacyTransId"], card["legacyTransDate"][:16]) == ("000001", "2026-11-19T11:06")
    assert card["authorizationResponse"]["authorizationResult"] == "0"
    assert card["captureResponse"]["captureDate"] is None
    assert bank.rest("Transaction/Get", uuid=paid)["answer"] == found


@pytest.mark.parametrize(
    ("outcome", "status", "detail"),
    [
        ("refuse", "UNPAID", "REFUSED"),
        ("to_validate", "RUNNING", "AUTHORISED_TO_VALIDATE"),
        ("under_verification", "RUNNING", "UNDER_VERIFICATION"),
    ],
)
def test_each_outcome_has_its_group(bank, order, outcome, status, detail):
    bank.control(f"commandes/{order}/choisir/", outcome=outcome)
    [found] = bank.rest("Order/Get", orderId=order)["answer"]["transactions"]
    assert (found["status"], found["detailedStatus"]) == (status, detail)


@pytest.mark.parametrize("outcome", [None, "cancel", "expire"])
def test_what_made_no_transaction_is_not_found(bank, order, outcome):
    if outcome:
        bank.control(f"commandes/{order}/choisir/", outcome=outcome)
    assert error_code(bank.rest("Order/Get", orderId=order)) == "PSP_010"
    assert error_code(bank.rest("Order/Get", orderId="inconnue")) == "PSP_010"
    assert error_code(bank.rest("Transaction/Get", uuid="0" * 32)) == "PSP_010"


def test_more_than_thirty_transactions_are_too_many(bank, shop):
    bank.set(extra_tries=40)
    bank.post("vads-payment/", data=shop.form(bank.now()))
    for _ in range(31):
        bank.control("commandes/F2610000001-a1/choisir/", outcome="refuse")
    assert error_code(bank.rest("Order/Get", orderId="F2610000001-a1")) == "PSP_015"


def test_cancelling_keeps_the_transaction(bank, shop, paid):
    told = len(shop.received)
    answer = bank.rest("Transaction/CancelOrRefund", uuid=paid, amount=6398, currency="EUR")["answer"]
    assert (answer["uuid"], answer["status"], answer["detailedStatus"]) == (paid, "UNPAID", "CANCELLED")
    assert error_code(bank.rest("Transaction/CancelOrRefund", uuid=paid, amount=6398)) == "PSP_105"
    assert len(shop.received) == told


def test_refunding_makes_a_credit(bank, order, paid):
    bank.control("remise/")
    ask = {"uuid": paid, "currency": "EUR", "resolutionMode": "AUTO"}
    answer = bank.rest("Transaction/CancelOrRefund", amount=398, **ask)["answer"]
    details = answer["transactionDetails"]
    assert (answer["operationType"], answer["amount"], answer["detailedStatus"]) == ("CREDIT", 398, "AUTHORISED")
    assert (details["parentTransactionUuid"], details["creationContext"]) == (paid, "REFUND")
    assert details["cardDetails"]["legacyTransId"].startswith("9")
    bank.rest("Transaction/CancelOrRefund", amount=6000, **ask)
    assert error_code(bank.rest("Transaction/CancelOrRefund", amount=1, **ask)) == "PSP_104"
    debits = bank.rest("Order/Get", orderId=order, operationType="DEBIT")["answer"]["transactions"]
    assert [each["transactionDetails"]["cardDetails"]["captureResponse"]["refundAmount"] for each in debits] == [6398]


def test_the_asked_resolution_is_respected(bank, paid):
    ask = {"uuid": paid, "amount": 6398}
    assert error_code(bank.rest("Transaction/CancelOrRefund", resolutionMode="REFUND_ONLY", **ask)) == "PSP_083"
    bank.control("remise/")
    assert error_code(bank.rest("Transaction/CancelOrRefund", resolutionMode="CANCELLATION_ONLY", **ask)) == "PSP_083"


def test_the_service_can_break_down(bank, order, paid):
    def ask():
        return bank.post("api-payment/V4/Order/Get", json={"orderId": order}, auth=(SITE_ID, REST_PASSWORD))

    bank.set(rest_fault="error_500")
    assert ask().status_code == 500
    bank.set(rest_fault="malformed")
    with pytest.raises(requests.JSONDecodeError):
        ask().json()
    bank.set(rest_fault="other_shop")
    assert ask().json()["answer"]["transactions"][0]["shopId"] == "87654321"
    bank.set(rest_fault="not_visible")
    assert error_code(ask().json()) == "PSP_010"
    bank.set(rest_fault="unauthorized")
    assert (ask().status_code, error_code(ask().json())) == (401, "INT_905")
    bank.set(rest_fault="normal")
    assert ask().json()["status"] == "SUCCESS"


def test_the_service_can_leave_a_question_without_answer(bank):
    bank.set(rest_fault="timeout", rest_hang_seconds=2)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{bank.url}api-payment/V4/Charge/SDKTest", json={}, timeout=0.5)
