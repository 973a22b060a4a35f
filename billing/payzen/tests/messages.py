"""The messages that the tests share: our shop, one attempt, what the bank says of it. Everything is fictional."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from billing.payzen.config import PayzenConfig
from billing.payzen.form import PaymentOrder
from billing.payzen.notification import FORM_TYPE, VerifiedNotification, parse_notification, verify
from billing.payzen.signature import Algorithm, sign
from billing.payzen.transactions import Expected

SHOP = "12345678"
TEST_KEY = "cle-de-test-0001"
PRODUCTION_KEY = "cle-de-production-0002"
REST_PASSWORD = "testpassword_secret-des-tests"
CLICKED_AT = datetime(2026, 11, 19, 11, 6, 7, tzinfo=UTC)


def shop(**changes: str) -> PayzenConfig:
    values = {
        "SITE_ID": SHOP,
        "MODE": "TEST",
        "KEY": TEST_KEY,
        "ALGORITHM": "sha256",
        "FORM_URL": "https://bank.example/vads-payment/",
        "REST_URL": "https://api.bank.example",
        "REST_PASSWORD": REST_PASSWORD,
    }
    return PayzenConfig.from_values({**values, **changes})


def production_shop(**changes: str) -> PayzenConfig:
    return shop(**{"MODE": "PRODUCTION", "KEY": PRODUCTION_KEY, "REST_PASSWORD": "prodpassword_tests", **changes})


def order(**changes: object) -> PaymentOrder:
    values: dict[str, object] = {
        "order_id": "F2610000001-1",
        "trans_id": "000001",
        "amount_cents": 6398,
        "created_at": CLICKED_AT,
        "description": "Facture 2610000001",
        "return_url": "https://portail.example/paiement/retour/abc/",
        "notification_url": "https://portail.example/paiement/payzen/ipn/",
        "payer_email": "parent@demonstration.example",
        "payer_reference": "000123",
    }
    return PaymentOrder(**{**values, **changes})  # type: ignore[arg-type]


def expected(**changes: object) -> Expected:
    values: dict[str, object] = {
        "order_id": "F2610000001-1",
        "amount_cents": 6398,
        "trans_id": "000001",
        "trans_date": "20261119110607",
        "site_id": SHOP,
        "mode": "TEST",
    }
    return Expected(**{**values, **changes})  # type: ignore[arg-type]


def paid_fields(**changes: str) -> dict[str, str]:
    """What the bank sends when the card is accepted, unsigned; a change of "-" removes the field."""
    fields = {
        "site_id": SHOP,
        "ctx_mode": "TEST",
        "order_id": "F2610000001-1",
        "trans_id": "000001",
        "trans_date": "20261119110607",
        "trans_uuid": "0123456789abcdef0123456789abcdef",
        "trans_status": "AUTHORISED",
        "operation_type": "DEBIT",
        "amount": "6398",
        "currency": "978",
        "effective_amount": "6398",
        "effective_currency": "978",
        "effective_creation_date": "20261119110812",
        "presentation_date": "20261119110813",
        "sequence_number": "1",
        "result": "00",
        "extra_result": "",
        "auth_result": "00",
        "auth_number": "3fcdd2",
        "card_brand": "CB",
        "card_number": "497010XXXXXX0014",
        "expiry_month": "6",
        "expiry_year": "2030",
        "cust_email": "parent@demonstration.example",
        "bank_label": "Banque de démo et de l'innovation",
        "threeds_cavv": "jG26AYSjvclBARFYSf/tXRmjGXM=",
        "threeds_cavvAlgorithm": "2",
        "brand_management": '{"userChoice":false,"brandList":"CB|MASTERCARD","brand":"CB"}',
        "url_check_src": "PAY",
        "hash": "ab" * 32,
        **changes,
    }
    return {f"vads_{name}": value for name, value in fields.items() if value != "-"}


def abandoned_fields(**changes: str) -> dict[str, str]:
    """What the bank sends when the payer goes away: no transaction key, no operation, empty card fields."""
    gone = {"trans_uuid": "-", "sequence_number": "-", "operation_type": "-", "presentation_date": "-"}
    empty = {"effective_amount": "", "auth_number": "", "auth_result": "", "card_brand": "", "card_number": ""}
    return paid_fields(**{**gone, **empty, "trans_status": "ABANDONED", "result": "17", **changes})


def refund_fields(**changes: str) -> dict[str, str]:
    """What the bank sends when an agent gives money back in its back office: same order, another transaction."""
    refund = {
        "operation_type": "CREDIT",
        "trans_id": "930244",
        "trans_date": "20261121090000",
        "trans_uuid": "f" * 32,
        "amount": "2000",
        "effective_amount": "2000",
        "url_check_src": "MERCH_BO",
    }
    return paid_fields(**{**refund, **changes})


def signed(fields: Mapping[str, str], key: str = TEST_KEY, algorithm: Algorithm = Algorithm.SHA256) -> dict[str, str]:
    return {**fields, "signature": sign(fields, key, algorithm)}


def body(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


def received(fields: Mapping[str, str], config: PayzenConfig | None = None) -> VerifiedNotification:
    """The fields signed by the bank, sent, read and verified by us."""
    config = config or shop()
    message = body(signed(fields, config.key, config.algorithm))
    return verify(parse_notification(message, FORM_TYPE), config)
