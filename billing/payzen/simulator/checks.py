"""What the bank checks in a payment form, with the platform's error codes.

The platform does not publish the order of its checks: this one is the bank's own.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from .config import Shop
from .signature import is_signed

IsSpent = Callable[[str, str], bool]
SILENT_PAST = timedelta(minutes=30)
SILENT_FUTURE = timedelta(minutes=90)


@dataclass(frozen=True)
class FormError:
    """Why a form is refused: the platform's two- or three-digit code, the field, the reason."""

    code: str
    field: str
    reason: str


@dataclass(frozen=True)
class DateWindow:
    """How far vads_trans_date may lie from the bank's clock."""

    past: timedelta = timedelta(hours=24)
    future: timedelta = timedelta(hours=2, minutes=30)


@dataclass(frozen=True)
class FieldRule:
    """The form of one field: code, name, pattern, and whether it may be absent or empty."""

    code: str
    field: str
    pattern: str
    reason: str
    required: bool = False


def _text(longest: int) -> str:
    return rf"[^<>]{{0,{longest}}}"


_MUST_BE_DIGITS = "doit être un nombre de secondes entre 0 et 300"

_CONFIG = r"SINGLE|MULTI:first=[1-9][0-9]*;count=[1-9][0-9]?;period=[1-9][0-9]{0,2}"

FIELD_RULES = (
    FieldRule("09", "vads_amount", r"[1-9][0-9]{0,11}", "montant en centimes, sans zéro devant", True),
    FieldRule("10", "vads_currency", r"978", "seul l’euro (978) est accepté", True),
    FieldRule("46", "vads_page_action", r"PAYMENT", "doit valoir PAYMENT", True),
    FieldRule("47", "vads_action_mode", r"INTERACTIVE", "doit valoir INTERACTIVE", True),
    FieldRule("07", "vads_payment_config", _CONFIG, "doit valoir SINGLE ou MULTI:first=…;count=…;period=…", True),
    FieldRule("05", "vads_validation_mode", r"[01]?", "doit être vide, 0 ou 1"),
    FieldRule("06", "vads_capture_delay", r"[0-9]{0,3}", "nombre de jours, 3 chiffres au plus"),
    FieldRule("08", "vads_payment_cards", r"([A-Z0-9_-]+(;[A-Z0-9_-]+)*)?", "liste séparée par «\u00a0;\u00a0»"),
    FieldRule("12", "vads_language", r"([a-z]{2})?", "code de langue à 2 lettres"),
    FieldRule(
        "13",
        "vads_order_id",
        r"[A-Za-z0-9_-]{0,64}",
        "64 lettres, chiffres, «\u00a0-\u00a0» ou «\u00a0_\u00a0» au plus",
    ),
    FieldRule("14", "vads_order_info", _text(255), "255 caractères au plus, sans < ni >"),
    FieldRule("14", "vads_order_info2", _text(255), "255 caractères au plus, sans < ni >"),
    FieldRule("14", "vads_order_info3", _text(255), "255 caractères au plus, sans < ni >"),
    FieldRule("15", "vads_cust_email", r"([^@\s<>]{1,64}@[^@\s<>]{1,80}\.[^@\s<>.]{2,})?", "adresse incorrecte"),
    FieldRule("16", "vads_cust_id", r"[A-Za-z0-9_-]{0,63}", "63 caractères alphanumériques au plus"),
    FieldRule("17", "vads_cust_title", _text(63), "63 caractères au plus, sans < ni >"),
    FieldRule("18", "vads_cust_name", _text(127), "127 caractères au plus, sans < ni >"),
    FieldRule("104", "vads_cust_first_name", _text(63), "63 caractères au plus, sans < ni >"),
    FieldRule("105", "vads_cust_last_name", _text(63), "63 caractères au plus, sans < ni >"),
    FieldRule("19", "vads_cust_address", _text(255), "255 caractères au plus, sans < ni >"),
    FieldRule("20", "vads_cust_zip", _text(64), "64 caractères au plus, sans < ni >"),
    FieldRule("21", "vads_cust_city", _text(128), "128 caractères au plus, sans < ni >"),
    FieldRule("22", "vads_cust_country", r"([A-Z]{2})?", "code de pays à 2 lettres"),
    FieldRule("23", "vads_cust_phone", _text(32), "32 caractères au plus, sans < ni >"),
    FieldRule("77", "vads_cust_cell_phone", _text(32), "32 caractères au plus, sans < ni >"),
    FieldRule("92", "vads_cust_status", r"(PRIVATE|COMPANY)?", "PRIVATE ou COMPANY"),
    FieldRule("31", "vads_contrib", _text(128), "128 caractères au plus, sans < ni >"),
    FieldRule("48", "vads_return_mode", r"(NONE|GET|POST)?", "NONE, GET ou POST"),
    FieldRule("34", "vads_redirect_success_timeout", r"([0-9]|[1-9][0-9]|[12][0-9]{2}|300)?", _MUST_BE_DIGITS),
    FieldRule("35", "vads_redirect_success_message", _text(255), "255 caractères au plus, sans < ni >"),
    FieldRule("36", "vads_redirect_error_timeout", r"([0-9]|[1-9][0-9]|[12][0-9]{2}|300)?", _MUST_BE_DIGITS),
    FieldRule("37", "vads_redirect_error_message", _text(255), "255 caractères au plus, sans < ni >"),
    FieldRule("72", "vads_shop_name", _text(127), "127 caractères au plus, sans < ni >"),
)

URL_CODES = {
    "vads_url_success": "24",
    "vads_url_refused": "25",
    "vads_url_referral": "26",
    "vads_url_cancel": "27",
    "vads_url_return": "28",
    "vads_url_error": "29",
    "vads_url_check": "33",
    "vads_shop_url": "73",
}

_HANDLED_EARLIER = {
    "vads_version", "vads_site_id", "vads_ctx_mode", "vads_trans_date", "vads_trans_id", "vads_theme_config",
}  # fmt: skip
KNOWN_FIELDS = _HANDLED_EARLIER | {rule.field for rule in FIELD_RULES} | set(URL_CODES)


def check_form(
    fields: Mapping[str, str],
    *,
    shop: Shop,
    now: datetime,
    is_spent: IsSpent,
    window: DateWindow | None = None,
) -> FormError | None:
    """The first fault of a posted form, or None.

    `fields` holds everything posted, the signature too. `is_spent(day, trans_id)` says whether
    the number was already presented on that UTC day (YYYYMMDD).
    """
    return (
        _check_sender(fields, shop)
        or _check_date(fields, now, window or DateWindow())
        or _check_trans_id(fields, is_spent)
        or _first(_check_field(fields, rule) for rule in FIELD_RULES)
        or _first(_check_url(fields, name, code) for name, code in URL_CODES.items())
        or _first(_check_extra(name, value) for name, value in fields.items())
    )


def warn_about(fields: Mapping[str, str], *, now: datetime) -> list[str]:
    """What the platform accepts but tells the shop about, in French."""
    warnings = [
        f"Champ inconnu\u00a0: {name}"
        for name in sorted(fields)
        if name.startswith("vads_") and name not in KNOWN_FIELDS and not name.startswith("vads_ext_info_")
    ]
    at = _parse_date(fields["vads_trans_date"])
    if at and not now - SILENT_PAST <= at <= now + SILENT_FUTURE:
        warnings.append("vads_trans_date s’écarte de l’heure de la banque\u00a0: heure locale au lieu d’UTC\u00a0?")
    return warnings


def _first(errors: Iterable[FormError | None]) -> FormError | None:
    return next((error for error in errors if error), None)


def _check_sender(fields: Mapping[str, str], shop: Shop) -> FormError | None:
    # The gateway drops line breaks before it verifies: a value that holds one is error 00.
    vads = {n: re.sub(r"[\r\n]", "", v) for n, v in fields.items() if n.startswith("vads_")}
    signature = fields.get("signature", "")
    if not any(vads.values()) or not signature:
        return FormError("70", "signature", "aucun paramètre, ou signature absente")
    if vads.get("vads_version") != "V2":
        return FormError("01", "vads_version", "doit valoir V2")
    if vads.get("vads_site_id") != shop.site_id:
        return FormError("02", "vads_site_id", "boutique inconnue ou fermée")
    if vads.get("vads_ctx_mode") != "TEST":
        return FormError("11", "vads_ctx_mode", "la banque fictive n’accepte que TEST")
    if not is_signed(vads, signature, shop.key, shop.algorithm):
        return FormError("00", "signature", "la signature ne correspond pas aux champs reçus")
    return None


def _parse_date(text: str) -> datetime | None:
    if not re.fullmatch(r"[0-9]{14}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _check_date(fields: Mapping[str, str], now: datetime, window: DateWindow) -> FormError | None:
    at = _parse_date(fields.get("vads_trans_date", ""))
    if at is None:
        return FormError("04", "vads_trans_date", "attendu\u00a0: AAAAMMJJHHMMSS en UTC")
    if not now - window.past <= at <= now + window.future:
        return FormError("04", "vads_trans_date", "trop loin de l’heure de la banque")
    return None


def _check_trans_id(fields: Mapping[str, str], is_spent: IsSpent) -> FormError | None:
    trans_id = fields.get("vads_trans_id", "")
    if not re.fullmatch(r"[0-8][0-9]{5}", trans_id):
        return FormError("03", "vads_trans_id", "6 chiffres, de 000000 à 899999")
    if is_spent(fields["vads_trans_date"][:8], trans_id):
        return FormError("03", "vads_trans_id", "déjà utilisé ce jour (UTC)")
    return None


def _check_field(fields: Mapping[str, str], rule: FieldRule) -> FormError | None:
    value = fields.get(rule.field)
    if value is None and not rule.required:
        return None
    if re.fullmatch(rule.pattern, value or "") is None:
        return FormError(rule.code, rule.field, rule.reason)
    return None


def _check_url(fields: Mapping[str, str], name: str, code: str) -> FormError | None:
    value = fields.get(name, "")
    if not value:
        return None
    if _is_web_address(value):
        return None
    return FormError(code, name, "adresse http(s) complète de 1024 caractères au plus")


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    sound = re.fullmatch(r"[^<>\s]{1,1024}", value) is not None
    return sound and parts.scheme in ("http", "https") and bool(parts.netloc)


def _check_extra(name: str, value: str) -> FormError | None:
    if name.startswith("vads_ext_info_") and not re.fullmatch(_text(255), value):
        return FormError("91", name, "255 caractères au plus, sans < ni >")
    return None
