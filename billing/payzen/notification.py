"""The bank's server message: read it strictly, verify it, turn it into a Transaction.

Order of the checks (PayZen, "Comparing signatures"): size and form of the message, the required minimum, our shop and
our mode, then the signature with the key of OUR mode. A key chosen from the message would let a TEST payment pass in
production.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import parse_qsl

from billing.payzen.config import PayzenConfig
from billing.payzen.signature import SIGNATURE_FIELD, SIGNED_PREFIX, is_signed
from billing.payzen.transactions import Channel, Transaction

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 500
FORM_TYPE = "application/x-www-form-urlencoded"

# Never more than this: a message sent again by hand lacks what the platform does not store, and an abandoned payment
# has neither `vads_trans_uuid` nor `vads_operation_type`. `vads_order_id` may be empty: operation of the back office.
REQUIRED = {
    "vads_site_id": re.compile(r"[0-9]+"),
    "vads_ctx_mode": re.compile(r"[A-Z]+"),
    "vads_order_id": re.compile(r".*", re.DOTALL),
    "vads_amount": re.compile(r"[0-9]{1,12}"),
    "vads_currency": re.compile(r"[0-9]{3}"),
    "vads_trans_status": re.compile(r"[A-Z_]+"),
    SIGNATURE_FIELD: re.compile(r"[!-~]+"),
}

# An allow-list, since the bank may add a field at any time: card number, expiry date, cardholder, e-mail, addresses,
# country of the connection and 3-D Secure data are left out.
STORABLE = frozenset(
    {
        "vads_action_mode",
        "vads_amount",
        "vads_auth_mode",
        "vads_auth_number",
        "vads_auth_result",
        "vads_capture_delay",
        "vads_card_brand",
        "vads_change_rate",
        "vads_contract_used",
        "vads_ctx_mode",
        "vads_currency",
        "vads_effective_amount",
        "vads_effective_creation_date",
        "vads_effective_currency",
        "vads_extra_result",
        "vads_hash",
        "vads_operation_type",
        "vads_order_id",
        "vads_order_info",
        "vads_page_action",
        "vads_payment_certificate",
        "vads_payment_config",
        "vads_payment_error",
        "vads_payment_src",
        "vads_presentation_date",
        "vads_result",
        "vads_sequence_number",
        "vads_site_id",
        "vads_trans_date",
        "vads_trans_id",
        "vads_trans_status",
        "vads_trans_uuid",
        "vads_url_check_src",
        "vads_validation_mode",
        "vads_version",
        "vads_warranty_result",
    }
)


class NotificationRefused(Exception):
    """A message that must change nothing. `code` is a short word for counters and logs, without content of the message;
    `http_status` and `answer` are what to reply: a failure, so that the bank raises its own alarm."""

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 400

    @property
    def answer(self) -> str:
        """Body of the reply, kept by the bank in the history of the transaction."""
        return f"KO-{self.code}"


class NotificationTooLarge(NotificationRefused):
    """The body is larger than any message of the bank."""

    code = "too-large"
    http_status = 413


class WrongContentType(NotificationRefused):
    """The body is not a form in UTF-8."""

    code = "content-type"
    http_status = 415


class MalformedNotification(NotificationRefused):
    """The body is not UTF-8, holds a null character, too many fields or a required field of the wrong shape."""

    code = "malformed"


class RepeatedField(NotificationRefused):
    """A name comes twice: the signature would cover one value and a reader could use the other."""

    code = "repeated-field"


class IncompleteNotification(NotificationRefused):
    """A field without which nothing can be decided is missing."""

    code = "incomplete"


class NotOurShop(NotificationRefused):
    """The message is for another shop."""

    code = "site"


class NotOurMode(NotificationRefused):
    """A TEST message in production, or the reverse."""

    code = "mode"


class BadSignature(NotificationRefused):
    """Nobody who knows the key wrote this. Count it and alert; store nothing."""

    code = "signature"


@dataclass(frozen=True, slots=True)
class Notification:
    """A readable message that nobody may believe yet.

    `fields` holds the `vads_` fields and `signature` as received: card data too, hence no `repr`. `body_sha256`
    (64 hexadecimal digits) identifies the message in the journal.
    """

    fields: dict[str, str] = field(repr=False)
    body_sha256: str


@dataclass(frozen=True, slots=True)
class VerifiedNotification(Notification):
    """A message of our shop, in our mode, signed by the bank. Only `verify` makes one."""

    signed_with_previous_key: bool = False


def parse_notification(raw_body: bytes, content_type: str, *, max_bytes: int = MAX_BODY_BYTES) -> Notification:
    """Read the body of the POST as it came. Raises a NotificationRefused.

    Fields that the signature does not cover are dropped: they prove nothing.
    """
    if len(raw_body) > max_bytes:
        raise NotificationTooLarge
    if not _is_utf8_form(content_type):
        raise WrongContentType
    pairs = _pairs(raw_body)
    if any(count > 1 for count in Counter(name for name, _ in pairs).values()):
        raise RepeatedField
    fields = {name: value for name, value in pairs if name.startswith(SIGNED_PREFIX) or name == SIGNATURE_FIELD}
    _check_minimum(fields)
    return Notification(fields=fields, body_sha256=hashlib.sha256(raw_body).hexdigest())


def verify(notification: Notification, config: PayzenConfig, *, at: datetime | None = None) -> VerifiedNotification:
    """Check shop, mode, then signature against OUR configuration. Raises NotOurShop, NotOurMode or BadSignature.

    While the key is being changed, the previous one is tried too, if it is still accepted `at` this instant: messages that
    were on their way, or are sent again, are not lost.
    """
    if notification.fields["vads_site_id"] != config.site_id:
        raise NotOurShop
    if notification.fields["vads_ctx_mode"] != config.mode:
        raise NotOurMode
    previous = False
    if not is_signed(notification.fields, config.key, config.algorithm):
        previous = at is not None and config.accepts_previous_key(at)
        if not previous or not is_signed(notification.fields, config.previous_key, config.algorithm):
            raise BadSignature
    return VerifiedNotification(
        fields=notification.fields, body_sha256=notification.body_sha256, signed_with_previous_key=previous
    )


def to_transaction(notification: VerifiedNotification) -> Transaction:
    """The transaction that a verified message tells of. Never raises: a signed message must always be storable.

    Texts are cut to 64 characters; dates that cannot be read are None.
    """
    fields = notification.fields

    def text(name: str) -> str:
        return fields.get(f"vads_{name}", "")[:64]

    return Transaction(
        channel=Channel.NOTIFICATION,
        order_id=text("order_id"),
        trans_uuid=text("trans_uuid") or None,
        trans_id=text("trans_id"),
        trans_date=text("trans_date"),
        operation=text("operation_type"),
        status=text("trans_status"),
        amount_cents=int(fields["vads_amount"]),
        currency=text("currency"),
        effective_amount_cents=_number(text("effective_amount")),
        site_id=text("site_id"),
        mode=text("ctx_mode"),
        auth_number=text("auth_number"),
        card_brand=text("card_brand"),
        authorised_at=_instant(text("effective_creation_date")),
        presented_at=_instant(text("presentation_date")),
        sequence_number=_number(text("sequence_number")),
        source=text("url_check_src"),
    )


def storable_fields(notification: VerifiedNotification) -> dict[str, str]:
    """What the journal may keep: enough to understand the money, without card, identity or connection data."""
    return {name: value for name, value in sorted(notification.fields.items()) if name in STORABLE}


def _is_utf8_form(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset=")]
    return media_type == FORM_TYPE and all(charset in ("utf-8", "utf8") for charset in charsets)


def _pairs(raw_body: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            raw_body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:  # UnicodeDecodeError included
        raise MalformedNotification from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise MalformedNotification  # PostgreSQL cannot store it
    return pairs


def _check_minimum(fields: dict[str, str]) -> None:
    for name, shape in REQUIRED.items():
        if name not in fields:
            raise IncompleteNotification
        if not shape.fullmatch(fields[name]):
            raise MalformedNotification


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _instant(text: str) -> datetime | None:
    if not re.fullmatch(r"[0-9]{14}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
