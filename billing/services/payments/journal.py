"""What the bank said, kept before anything is done with it: a message survives whatever fails afterwards."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from billing.models import PayzenMessage
from billing.payzen.notification import VerifiedNotification, storable_fields, to_transaction
from billing.payzen.transactions import Channel, Transaction

Key = PayzenMessage.Key
INSTANTS = ("authorised_at", "presented_at", "captured_at")


@transaction.atomic(durable=True)
def store_notification(verified: VerifiedNotification, *, at: datetime) -> tuple[PayzenMessage, bool]:
    """Keep a notification whose signature holds, without card data; say whether it is new (same body: not new)."""
    return PayzenMessage.objects.get_or_create(
        body_sha256=verified.body_sha256,
        defaults={
            "channel": PayzenMessage.Channel.NOTIFICATION,
            "fields": storable_fields(verified),
            "signed_with": Key.PREVIOUS if verified.signed_with_previous_key else Key.CURRENT,
            "received_at": at,
        },
    )


@transaction.atomic(durable=True)
def store_answer(told: Transaction, *, at: datetime) -> PayzenMessage:
    """Keep what the bank answered about a transaction; the same answer given each day is kept once."""
    fields = stored_fields(told)
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    message, _ = PayzenMessage.objects.get_or_create(
        body_sha256=digest,
        defaults={"channel": told.channel.value, "fields": fields, "received_at": at},
    )
    return message


def stored_fields(told: Transaction) -> dict[str, object]:
    """Return a transaction as the journal keeps it."""
    return {name: _plain(value) for name, value in asdict(told).items()}


def transaction_of(message: PayzenMessage) -> Transaction:
    """Read again the transaction that a stored message tells of."""
    if message.channel == PayzenMessage.Channel.NOTIFICATION:
        # Only what was verified is ever stored.
        return to_transaction(VerifiedNotification(fields=message.fields, body_sha256=message.body_sha256))
    fields = dict(message.fields)
    for name in INSTANTS:
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    return Transaction(**{**fields, "channel": Channel(message.channel)})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
