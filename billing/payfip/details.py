"""What PayFiP answers of one operation, as the rest of `billing` reads a transaction. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from billing.payfip.config import PayfipConfig
from billing.payzen.transactions import DEBIT, EURO, Channel, Transaction
from castres_portal.base.clock import PARIS

# Guide PayFiP, « resultrans ». The words on the right are those of `billing.payzen.transactions`: an operation that PayFiP
# calls paid is final, and it will say nothing more of it.
STATUSES = MappingProxyType(
    {
        "P": "CAPTURED",  # paid by card
        "V": "CAPTURED",  # paid by a single direct debit
        "R": "REFUSED",  # card refused
        "Z": "REFUSED",  # direct debit refused
        "A": "ABANDONED",  # left by the payer
    }
)


def to_transaction(details: Mapping[str, str], idop: str, config: PayfipConfig) -> Transaction:
    """The transaction that an answer tells of. Never raises: what cannot be read is empty, hence a difference to look at."""
    word = _text(details, "resultrans")
    amount = _text(details, "montant")
    at = _instant(_text(details, "dattrans"), _text(details, "heurtrans"))
    status = STATUSES.get(word, f"PAYFIP_{word}" if word else "")
    return Transaction(
        channel=Channel.PAYFIP,
        order_id=_text(details, "refdet"),
        trans_uuid=idop,
        trans_id="",
        trans_date="",
        operation=DEBIT,
        status=status,
        amount_cents=int(amount) if re.fullmatch(r"[0-9]{1,11}", amount) else 0,
        currency=EURO,
        site_id=_text(details, "numcli"),
        mode=_text(details, "saisie"),
        auth_number=_text(details, "numauto"),
        authorised_at=at,
        captured_at=at if status == "CAPTURED" else None,
        source=word,
        direct_debit=word in ("V", "Z"),
    )


def _text(details: Mapping[str, str], name: str) -> str:
    return details.get(name, "").replace("\x00", "")[:64]


def _instant(day: str, hour: str) -> datetime | None:
    try:
        return datetime.strptime(f"{day} {hour}", "%d%m%Y %H%M").replace(tzinfo=PARIS)
    except ValueError:
        return None
