"""The fields of a notification or of a signed return, as genuine messages carry them."""

import json
import secrets
from typing import TYPE_CHECKING

from . import faults
from .clock import stamp
from .config import Shop
from .signature import sign

if TYPE_CHECKING:
    from .models import Payment, Transaction

CARD_NUMBER = "497010XXXXXX0014"
_ECHOED = (
    "vads_version", "vads_ctx_mode", "vads_site_id", "vads_order_id", "vads_currency", "vads_capture_delay",
    "vads_validation_mode", "vads_contrib", "vads_language", "vads_action_mode", "vads_page_action",
    "vads_payment_config",
)  # fmt: skip
_ECHOED_PREFIXES = ("vads_cust_", "vads_order_info", "vads_ext_info_")
_NOT_STORED = ("vads_action_mode", "vads_page_action", "vads_payment_config")
_EMPTY_WHEN_ABANDONED = (
    "vads_auth_number", "vads_auth_result", "vads_card_brand", "vads_card_number", "vads_expiry_month",
    "vads_expiry_year", "vads_effective_amount", "vads_extra_result", "vads_warranty_result",
)  # fmt: skip


def notification_fields(
    payment: "Payment", transaction: "Transaction | None", *, shop: Shop, source: str, fault: str = faults.NORMAL
) -> dict[str, str]:
    """A signed notification about a transaction, or about an abandoned page when there is none.

    `source` is vads_url_check_src; a message that is not the first one lacks the three fields
    that the platform does not store.
    """
    fields = _fields(payment, transaction)
    if source != "PAY":
        fields = {name: value for name, value in fields.items() if name not in _NOT_STORED}
    fields |= {"vads_hash": secrets.token_hex(32), "vads_url_check_src": source}
    fields = faults.distort(fields, fault)
    key = shop.key + "-fausse" if fault == faults.BAD_SIGNATURE else shop.key
    return {**fields, "signature": sign(fields, key, shop.algorithm)}


def return_fields(payment: "Payment", transaction: "Transaction | None", *, shop: Shop) -> dict[str, str]:
    """The signed fields that the buyer's browser carries back (return mode GET or POST)."""
    fields = _fields(payment, transaction)
    return {**fields, "signature": sign(fields, shop.key, shop.algorithm)}


def _fields(payment: "Payment", transaction: "Transaction | None") -> dict[str, str]:
    fields = {
        name: value for name, value in payment.fields.items() if name in _ECHOED or name.startswith(_ECHOED_PREFIXES)
    }
    if transaction is None:
        return fields | _abandoned(payment)
    return fields | _outcome(transaction) | (_card(transaction) if transaction.operation == "DEBIT" else {})


def _abandoned(payment: "Payment") -> dict[str, str]:
    fields = dict.fromkeys(_EMPTY_WHEN_ABANDONED, "") | {
        "vads_trans_id": payment.trans_id,
        "vads_trans_date": payment.trans_date,
        "vads_amount": str(payment.amount),
        "vads_trans_status": "ABANDONED",
        "vads_result": "17",
        "vads_auth_mode": "MARK",
    }
    if payment.state == "expired":
        fields["vads_payment_error"] = "149"
    return fields


def _outcome(transaction: "Transaction") -> dict[str, str]:
    moment = stamp(transaction.created_at)
    waits = transaction.status == "WAITING_AUTHORISATION"
    presented = stamp(transaction.due_at) if waits and transaction.due_at else moment
    return {
        "vads_trans_id": transaction.trans_id,
        "vads_trans_date": transaction.trans_date,
        "vads_trans_uuid": transaction.uuid,
        "vads_sequence_number": str(transaction.sequence),
        "vads_operation_type": transaction.operation,
        "vads_trans_status": transaction.status,
        "vads_amount": str(transaction.amount),
        "vads_effective_amount": str(transaction.amount),
        "vads_effective_currency": "978",
        "vads_result": transaction.result,
        "vads_extra_result": "",
        "vads_auth_mode": "FULL",
        "vads_auth_number": transaction.auth_number,
        "vads_auth_result": transaction.auth_result,
        "vads_warranty_result": "",
        "vads_presentation_date": presented,
        "vads_effective_creation_date": moment,
        "vads_payment_src": "EC",
        "vads_tid": "001",
        "vads_contract_used": "2334410",
        "vads_payment_certificate": secrets.token_hex(20) if transaction.result == "00" else "",
    }


def _card(transaction: "Transaction") -> dict[str, str]:
    brands = {"userChoice": False, "brandList": "CB|VISA", "brand": "CB"}
    return {
        "vads_card_brand": "CB",
        "vads_card_number": CARD_NUMBER,
        "vads_card_country": "FR",
        "vads_expiry_month": "6",
        "vads_expiry_year": str(transaction.created_at.year + 1),
        "vads_bank_label": "Banque de démo et de l'innovation",
        "vads_bank_product": "F",
        "vads_pays_ip": "FR",
        "vads_brand_management": json.dumps(brands, separators=(",", ":")),
        "vads_threeds_enrolled": "Y",
        "vads_threeds_auth_type": "CHALLENGE",
        "vads_threeds_status": transaction.threeds_status,
        "vads_threeds_eci": "05" if transaction.threeds_status == "Y" else "",
        "vads_threeds_xid": "",
        "vads_threeds_cavv": "bG9uIGRlIGRlbW8rL2Zpbj0=" if transaction.threeds_status == "Y" else "",
        "vads_threeds_cavvAlgorithm": "2",
        "vads_threeds_sign_valid": "1",
        "vads_threeds_error_code": "",
        "vads_threeds_exit_status": "10",
    }
