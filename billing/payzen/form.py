"""The signed form that the payer's browser takes to the bank.

Source: PayZen form documentation, "Creating an immediate payment". One form is one attempt: a new try needs a new
`trans_id`. Sign it at the click, never when the invoice is displayed: PayZen refuses a form that is too old (error 04).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from billing.payzen.config import PRODUCTION, PayzenConfig
from billing.payzen.signature import SIGNATURE_FIELD, sign
from billing.payzen.transactions import EURO

LAST_TRANS_ID = 899_999  # what starts with 9 belongs to the platform: refunds, duplicates
MAX_AMOUNT_CENTS = 999_999_999_999

# `+` joins the values under the signature. A value that held one could be cut elsewhere by whoever knows a signed form,
# and pass for other fields; no value that we sign has any, so nothing of ours can be relabelled.
_NEVER_SENT = frozenset('<>"+')
_ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,32}")
_TRANS_ID = re.compile(r"[0-8][0-9]{5}")
_PAYMENT_CONFIG = re.compile(r"SINGLE|MULTI:first=[1-9][0-9]*;count=[0-9]{1,2};period=[0-9]{1,3}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_EMAIL = re.compile(r"[A-Za-z0-9._%&'*/=?^{}|~!#$-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"https?://[!#-*,-;=?-~]+")  # printable ASCII without blank, `"`, `+`, `<`, `>`


class FormError(ValueError):
    """The caller asked for a form that PayZen would reject; `field` names the value."""

    def __init__(self, field_name: str, reason: str) -> None:
        self.field = field_name
        super().__init__(f"{field_name}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """What is asked of the bank. Nothing more is sent: no name, no address, no telephone, no child.

    `created_at` is aware and is the instant of the click; `amount_cents` integer cents of euros; `trans_id` six digits,
    unique for the shop on `trans_day(created_at)`. `payer_email` and `payer_reference` may be empty.
    `notification_url` may be empty: PayZen then uses the address of the back office rule.
    """

    order_id: str
    trans_id: str
    amount_cents: int
    created_at: datetime
    description: str
    return_url: str
    notification_url: str = ""
    payer_email: str = field(default="", repr=False)
    payer_reference: str = ""
    payment_config: str = "SINGLE"
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class SignedForm:
    """Where to post, and the hidden fields in order, `signature` included. Send it in UTF-8, escaped once."""

    action_url: str
    fields: dict[str, str] = field(repr=False)


def trans_day(at: datetime) -> date:
    """UTC day within which a `trans_id` may serve only once. Raises FormError when `at` has no time zone."""
    return _in_utc(at).date()


def trans_date(at: datetime) -> str:
    """Fourteen digits, UTC, as PayZen writes instants. Raises FormError when `at` has no time zone."""
    return _in_utc(at).strftime("%Y%m%d%H%M%S")


def trans_id(number: int) -> str:
    """Six digits for the day's number, from 0 to 899,999. Raises FormError beyond."""
    if not 0 <= number <= LAST_TRANS_ID:
        raise FormError("trans_id", "the day's numbers are used up")
    return f"{number:06d}"


def in_instalments(first_cents: int, *, count: int, days: int) -> str:
    """Ask for several debits: the first of so many cents at once, the others alike, so many days between two."""
    return f"MULTI:first={first_cents};count={count};period={days}"


def build_form(order: PaymentOrder, config: PayzenConfig) -> SignedForm:
    """Sign the form of one attempt.

    The description is cleaned and cut (it is text that people wrote); an e-mail address or a payer's reference that
    PayZen might reject is left out, since error 15 or 16 would lose the payment; any other bad value is a mistake of
    the caller and raises FormError.
    """
    fields = {
        "vads_action_mode": "INTERACTIVE",
        "vads_amount": _amount(order.amount_cents),
        "vads_capture_delay": "0",  # beyond 7 days the authorisation and its messages work otherwise
        "vads_ctx_mode": config.mode,
        "vads_currency": EURO,
        "vads_language": _matching(_LANGUAGE, "language", order.language),
        "vads_order_id": _matching(_ORDER_ID, "order_id", order.order_id),
        "vads_page_action": "PAYMENT",
        "vads_payment_config": _matching(_PAYMENT_CONFIG, "payment_config", order.payment_config),
        "vads_return_mode": "NONE",  # card data stay out of the browser and of access logs
        "vads_site_id": config.site_id,
        "vads_trans_date": trans_date(order.created_at),
        "vads_trans_id": _matching(_TRANS_ID, "trans_id", order.trans_id),
        "vads_url_return": _url("return_url", order.return_url, config),
        "vads_validation_mode": "0",  # nobody has to confirm the payment in the back office
        "vads_version": "V2",
        **_optional_fields(order, config),
    }
    fields = dict(sorted(fields.items()))
    fields[SIGNATURE_FIELD] = sign(fields, config.key, config.algorithm)
    return SignedForm(action_url=config.form_url, fields=fields)


def plain_text(text: str, limit: int) -> str:
    """`text` on one line, cut to `limit` characters, without what PayZen refuses or loses: `<`, `>`, `"`, controls."""
    visible = "".join(_kept(character) for character in unicodedata.normalize("NFC", text))
    return " ".join(visible.split())[:limit].rstrip()


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if character in _NEVER_SENT or category == "Cc":
        return " "
    return "" if category.startswith("C") else character


def _optional_fields(order: PaymentOrder, config: PayzenConfig) -> dict[str, str]:
    email = order.payer_email.strip()
    fields = {
        "vads_order_info": plain_text(order.description, 255),
        "vads_cust_id": re.sub(r"[^A-Za-z0-9]", "", order.payer_reference)[:63],
        "vads_cust_email": email if len(email) <= 150 and _EMAIL.fullmatch(email) else "",
        "vads_url_check": order.notification_url and _url("notification_url", order.notification_url, config),
    }
    return {name: value for name, value in fields.items() if value}


def _amount(cents: int) -> str:
    if type(cents) is not int:
        raise FormError("amount_cents", "must be an integer number of cents")
    if not 0 < cents <= MAX_AMOUNT_CENTS:
        raise FormError("amount_cents", "must be positive and have at most 12 digits")
    return str(cents)


def _matching(pattern: re.Pattern[str], name: str, value: str) -> str:
    if not pattern.fullmatch(value):
        raise FormError(name, f"must match {pattern.pattern}")
    return value


def _url(name: str, value: str, config: PayzenConfig) -> str:
    if len(value) > 1024 or not _URL.fullmatch(value) or not urlsplit(value).hostname:
        raise FormError(name, "must be an absolute address of at most 1024 plain characters, without +")
    if config.mode == PRODUCTION and not value.startswith("https://"):
        raise FormError(name, "must start with https:// in production")
    return value


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None or at.utcoffset() is None:
        raise FormError("created_at", "must have a time zone")
    return at.astimezone(UTC)
