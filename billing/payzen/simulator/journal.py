"""The daily file that the platform mails to the shop: every transaction of a day (UTC), as the bank knows it now."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction as database

from . import clock
from .config import Shop
from .models import Payment, Transaction

SHOP_NAME = "PORTAIL_FAMILLES"
CONTRACT = "2334410"
HEADS = (
    *("TRANSACTION_ID", "MERCHANT_ID", "PAYMENT_MEANS", "CONTRACT", "TRANSACTION_TYPE", "PAYMENT_DATE", "PAYMENT_TIME"),
    *("AMOUNT", "CURRENCY", "ORDER_ID", "CAPTURE_DATE", "SEQUENCE_NUMBER", "TRANSACTION_UUID", "TRANSACTION_STATUS"),
)


@dataclass(frozen=True)
class DailyFile:
    """A file as it would be attached to the mail."""

    name: str
    content: bytes


def daily_file(day: date, *, shop: Shop, at: datetime) -> DailyFile:
    """Write the journal of a day. Each line ends with a semicolon, as the platform's do; amounts are cents."""
    start = datetime.combine(day, time.min, UTC)
    found = Transaction.objects.filter(created_at__gte=start, created_at__lt=start + timedelta(days=1))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["TITRE", SHOP_NAME, at.astimezone(UTC).strftime("%y/%m/%d_%H:%M:%S"), "TABLE_V_CUSTOM", ""])
    writer.writerow(["ENTETE", *HEADS, ""])
    for each in found.select_related("payment").order_by("created_at", "pk"):
        writer.writerow(["TRANSACTION", *_cells(each), ""])
    return DailyFile(f"TEST_JT_{SHOP_NAME}_{shop.site_id}_{day:%y%m%d}.csv", text.getvalue().encode())


def _cells(each: Transaction) -> Sequence[object]:
    created = each.created_at.astimezone(UTC)
    captured = each.captured_at.astimezone(UTC) if each.captured_at else None
    return (
        each.trans_id,
        "000000000000000",
        "CARD",
        CONTRACT,
        each.operation,
        f"{created:%Y%m%d}",
        f"{created:%H%M%S}",
        each.amount,
        "978",
        each.payment.order_id,
        f"{captured:%Y%m%d}" if captured else "",
        each.sequence,
        each.uuid,
        each.status,
    )


@database.atomic
def remember(past: Sequence[Mapping[str, Any]]) -> int:
    """Know payments of before the bank opened, all captured; those that it knows already are left alone. Gives how many are new.

    Each has: order_id, uuid, trans_id, trans_date (UTC stamp), amount (cents), auth_number, created_at, captured_at (ISO 8601).
    """
    known = set(Transaction.objects.values_list("uuid", flat=True))
    new = [each for each in past if each["uuid"] not in known]
    payments = Payment.objects.bulk_create(
        [
            Payment(
                fields={"vads_trans_date": each["trans_date"], "vads_order_id": each["order_id"]},
                utc_day=each["trans_date"][:8],
                trans_id=each["trans_id"],
                order_id=each["order_id"],
                amount=each["amount"],
                received_at=datetime.fromisoformat(each["created_at"]),
                expires_at=datetime.fromisoformat(each["created_at"]),
                state=Payment.State.ACCEPTED,
                tries_left=0,
            )
            for each in new
        ]
    )
    Transaction.objects.bulk_create(
        [
            Transaction(
                uuid=each["uuid"],
                payment=payment,
                trans_id=each["trans_id"],
                trans_date=each["trans_date"],
                amount=each["amount"],
                status="CAPTURED",
                result="00",
                auth_result="00",
                auth_number=each["auth_number"],
                threeds_status="Y",
                created_at=datetime.fromisoformat(each["created_at"]),
                captured_at=datetime.fromisoformat(each["captured_at"]),
            )
            for each, payment in zip(new, payments, strict=True)
        ]
    )
    return len(new)


def asked_day(text: str) -> date:
    """Read the day that a page asks for, yesterday (UTC) when it asks for none. Raises ValueError."""
    return date.fromisoformat(text) if text else clock.now().date() - timedelta(days=1)
