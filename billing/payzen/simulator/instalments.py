"""Payments in instalments: the debits that follow the first, each on its day."""

import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction as database

from . import delivery
from .models import Switches, Transaction

if TYPE_CHECKING:
    from .models import Payment

WAITING = "WAITING_AUTHORISATION"


class NothingPlanned(Exception):
    """This payment has no debit to come; the message is a French sentence."""


def first_amount(payment: "Payment") -> int:
    """Cents of the first debit: all of it, unless the form asked for instalments."""
    asked = _asked(payment)
    return asked[0] if asked else payment.amount


def plan(payment: "Payment", at: datetime) -> None:
    """Write the debits to come once the first is granted: alike, the last with what is left over."""
    asked = _asked(payment)
    if not asked:
        return
    amount, count, period = asked
    each = (payment.amount - amount) // (count - 1)
    for rank in range(2, count + 1):
        last = rank == count
        payment.transactions.create(
            sequence=rank,
            trans_id=payment.trans_id,
            trans_date=payment.trans_date,
            amount=payment.amount - amount - each * (count - 2) if last else each,
            status=WAITING,
            result="00",
            created_at=at,
            due_at=at + timedelta(days=period * (rank - 1)),
        )


def debit_next(payment: "Payment", *, accept: bool, at: datetime) -> Transaction:
    """Debit the next instalment, whatever its day, or have the card refuse it; then tell the shop. Raises NothingPlanned."""
    with database.atomic():
        found = payment.transactions.filter(status=WAITING).order_by("sequence").first()
        if found is None:
            raise NothingPlanned("Ce paiement n’a pas d’échéance à venir.")
        found.status, found.created_at = ("AUTHORISED" if accept else "REFUSED"), at
        found.result, found.auth_result = ("00", "00") if accept else ("05", "51")
        found.auth_number = secrets.token_hex(3) if accept else ""
        found.save()
    if Switches.current().rule_batch_authorisation:
        delivery.announce(payment, found, source="BATCH_AUTO")
    return found


def debit_due(*, at: datetime) -> None:
    """Debit what is due by the bank’s clock."""
    due = Transaction.objects.filter(status=WAITING, due_at__lte=at).select_related("payment").order_by("due_at", "pk")
    for each in due:
        debit_next(each.payment, accept=True, at=at)


def _asked(payment: "Payment") -> tuple[int, int, int] | None:
    found = re.fullmatch(r"MULTI:first=(\d+);count=(\d+);period=(\d+)", payment.fields.get("vads_payment_config", ""))
    if not found or int(found[2]) < 2:
        return None
    return int(found[1]), int(found[2]), int(found[3])
