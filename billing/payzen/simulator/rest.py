"""The REST web services V4 that a shop uses to ask about its payments."""

import base64
import binascii
import hmac
import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import backoffice, clock, faults
from .messages import CARD_NUMBER
from .models import Switches, Transaction

MOST_TRANSACTIONS = 30
GROUPS = {
    "AUTHORISED": "PAID",
    "CAPTURED": "PAID",
    "AUTHORISED_TO_VALIDATE": "RUNNING",
    "WAITING_AUTHORISATION": "RUNNING",
    "UNDER_VERIFICATION": "RUNNING",
}
Answer = dict[str, Any]


class ServiceError(Exception):
    """An error of the platform: its code and its English message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@csrf_exempt
@require_POST
def endpoint(request: HttpRequest, service: str) -> HttpResponse:
    """Answer one web service call; errors too come with HTTP 200, as on the platform."""
    switches = Switches.current()
    broken = _break_down(switches)
    if broken:
        return broken
    status = 200
    try:
        if switches.rest_fault == "unauthorized":
            status = 401
            raise ServiceError("INT_905", "invalid credentials")
        _authenticate(request)
        answer, outcome = _serve(service, _read(request)), "SUCCESS"
    except ServiceError as error:
        answer, outcome = _error(error), "ERROR"
    if switches.rest_fault == "other_shop":
        answer = json.loads(json.dumps(answer).replace(settings.SHOP.site_id, faults.OTHER_SITE_ID))
    return JsonResponse(_envelope(request, service, answer, outcome), status=status)


def _break_down(switches: Switches) -> HttpResponse | None:
    if switches.rest_fault == "timeout":
        time.sleep(switches.rest_hang_seconds)
        return HttpResponse(status=504)
    if switches.rest_fault == "error_500":
        return HttpResponse("Internal Server Error", status=500, content_type="text/plain")
    if switches.rest_fault == "malformed":
        return HttpResponse('{"status": "SUCCESS", "answer": ', content_type="application/json")
    return None


def _authenticate(request: HttpRequest) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    expected = f"{settings.SHOP.site_id}:{settings.SHOP.rest_password}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(given, expected):
        raise ServiceError("INT_905", "invalid credentials")


def _read(request: HttpRequest) -> Answer:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceError("INT_902", "invalid input data")
    return body


def _serve(service: str, body: Answer) -> Answer:
    if service not in SERVICES:
        raise ServiceError("INT_902", "unknown web service")
    return SERVICES[service](body)


def _sdk_test(body: Answer) -> Answer:
    return {"value": body.get("value"), "_type": "V4/Charge/SDKTest"}


def _order_get(body: Answer) -> Answer:
    order_id = body.get("orderId")
    if not isinstance(order_id, str) or not order_id or not order_id.isascii():
        raise ServiceError("INT_902", "invalid input data: orderId")
    found = Transaction.objects.filter(payment__order_id=order_id)
    if body.get("operationType"):
        found = found.filter(operation=body["operationType"])
    transactions = list(found.select_related("payment", "parent"))
    if not transactions or Switches.current().rest_fault == "not_visible":
        raise ServiceError("PSP_010", "transaction not found")
    if len(transactions) > MOST_TRANSACTIONS:
        raise ServiceError("PSP_015", "too many results")
    return {
        "shopId": settings.SHOP.site_id,
        "orderId": order_id,
        "transactions": [describe(each) for each in transactions],
        "_type": "V4/OrderTransactions",
    }


def _transaction_get(body: Answer) -> Answer:
    return describe(_find(body))


def _cancel_or_refund(body: Answer) -> Answer:
    transaction, mode = _find(body), body.get("resolutionMode", "AUTO")
    cents = body.get("amount", transaction.amount)
    if mode not in ("AUTO", "CANCELLATION_ONLY", "REFUND_ONLY") or body.get("currency", "EUR") != "EUR":
        raise ServiceError("INT_902", "invalid input data")
    if not isinstance(cents, int) or isinstance(cents, bool) or cents <= 0:
        raise ServiceError("INT_902", "invalid input data: amount")
    if transaction.status == "CANCELLED":
        raise ServiceError("PSP_105", "transaction already cancelled")
    if transaction.can_cancel and mode != "REFUND_ONLY" and cents == transaction.amount:
        backoffice.cancel(transaction, tell=False)
        return describe(transaction)
    if transaction.status == "CAPTURED" and not transaction.refundable:
        raise ServiceError("PSP_104", "transaction already fully refunded")
    if mode == "CANCELLATION_ONLY" or cents > transaction.refundable:
        raise ServiceError("PSP_083", "operation impossible on this transaction")
    return describe(backoffice.refund(transaction, cents, at=clock.now(), tell=False))


SERVICES: dict[str, Callable[[Answer], Answer]] = {
    "Charge/SDKTest": _sdk_test,
    "Order/Get": _order_get,
    "Transaction/Get": _transaction_get,
    "Transaction/CancelOrRefund": _cancel_or_refund,
}


def _find(body: Answer) -> Transaction:
    uuid = body.get("uuid")
    if not isinstance(uuid, str) or not uuid:
        raise ServiceError("INT_902", "invalid input data: uuid")
    found = Transaction.objects.filter(uuid=uuid).select_related("payment", "parent").first()
    if found is None or Switches.current().rest_fault == "not_visible":
        raise ServiceError("PSP_010", "transaction not found")
    return found


def describe(transaction: Transaction) -> Answer:
    """A V4/Transaction: amounts in cents, dates ISO 8601 in UTC."""
    payment = transaction.payment
    group = GROUPS.get(transaction.status, "UNPAID")
    refused = transaction.status == "REFUSED"
    return {
        "shopId": settings.SHOP.site_id,
        "uuid": transaction.uuid,
        "amount": transaction.amount,
        "currency": "EUR",
        "paymentMethodType": "CARD",
        "paymentMethodToken": None,
        "status": group,
        "detailedStatus": transaction.status,
        "operationType": transaction.operation,
        "effectiveStrongAuthentication": "ENABLED" if transaction.threeds_status == "Y" else "DISABLED",
        "creationDate": _iso(transaction.created_at),
        "errorCode": "ACQ_001" if refused else None,
        "errorMessage": "payment refused" if refused else None,
        "detailedErrorCode": transaction.auth_result if refused else None,
        "detailedErrorMessage": None,
        "metadata": _metadata(payment.fields),
        "orderDetails": {
            "orderTotalAmount": payment.amount,
            "orderEffectiveAmount": payment.amount,
            "orderCurrency": "EUR",
            "mode": "TEST",
            "orderId": payment.order_id,
            "_type": "V4/OrderDetails",
        },
        "transactionDetails": _details(transaction),
        "_type": "V4/PaymentTransaction",
    }


def _metadata(fields: dict[str, str]) -> dict[str, str]:
    prefix = "vads_ext_info_"
    return {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix)}


def _details(transaction: Transaction) -> Answer:
    refund = transaction.operation == "CREDIT"
    return {
        "liabilityShift": "NO",
        "effectiveAmount": transaction.amount,
        "effectiveCurrency": "EUR",
        "creationContext": "REFUND" if refund else "CHARGE",
        "parentTransactionUuid": transaction.parent.uuid if transaction.parent else None,
        "sequenceNumber": transaction.sequence,
        "cardDetails": {
            "paymentSource": "EC",
            "legacyTransId": transaction.trans_id,
            "legacyTransDate": _iso(_legacy_date(transaction)),
            "expectedCaptureDate": _iso(transaction.due_at) if transaction.due_at else None,
            "pan": CARD_NUMBER,
            "effectiveBrand": "CB",
            "authorizationResponse": None
            if transaction.status == "WAITING_AUTHORISATION"
            else {
                "amount": transaction.amount,
                "currency": "EUR",
                "authorizationDate": _iso(transaction.created_at),
                "authorizationNumber": transaction.auth_number or None,
                "authorizationResult": "0" if transaction.auth_result == "00" else transaction.auth_result or None,
                "authorizationMode": "FULL",
            },
            "captureResponse": {
                "captureDate": _iso(transaction.captured_at) if transaction.captured_at else None,
                "refundAmount": transaction.refunded or None,
                "refundCurrency": "EUR" if transaction.refunded else None,
            },
            "_type": "V4/PaymentMethod/Details/CardDetails",
        },
        "_type": "V4/TransactionDetails",
    }


def _legacy_date(transaction: Transaction) -> datetime:
    return datetime.strptime(transaction.trans_date, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _error(error: ServiceError) -> Answer:
    return {
        "errorCode": error.code,
        "errorMessage": error.message,
        "detailedErrorCode": None,
        "detailedErrorMessage": None,
        "ticket": "null",
        "shopId": settings.SHOP.site_id,
        "_type": "V4/WebService/WebServiceError",
    }


def _envelope(request: HttpRequest, service: str, answer: Answer, outcome: str) -> Answer:
    return {
        "webService": service,
        "version": "V4",
        "applicationVersion": "6.25.0",
        "status": outcome,
        "answer": answer,
        "ticket": secrets.token_hex(16),
        "serverDate": _iso(clock.now()),
        "applicationProvider": "PAYZEN",
        "metadata": None,
        "mode": "TEST",
        "serverUrl": f"http://{request.get_host()}",
        "_type": "V4/WebService/Response",
    }
