"""What the test bank must remember of the months before the demonstration began: the card payments of the seeded ledger."""

import json
from pathlib import Path
from typing import Any

from billing.models import Payment, PaymentAttempt
from billing.payzen import form


def past_payments() -> list[dict[str, Any]]:
    """Return each card payment at PayZen as the bank knows it: amounts in cents, instants in ISO 8601."""
    rows = Payment.objects.filter(
        kind=Payment.Kind.PAYMENT, attempt__provider=PaymentAttempt.Provider.PAYZEN, captured_at__isnull=False
    ).select_related("attempt")
    return [_told(payment) for payment in rows.order_by("authorised_at", "pk")]


def tell_bank(path: Path) -> None:
    """Write them where the bank reads them when it opens."""
    path.write_text(json.dumps(past_payments()), encoding="utf-8")


def _told(payment: Payment) -> dict[str, Any]:
    attempt = payment.attempt
    assert attempt, "the query asks for it"
    assert payment.authorised_at and payment.captured_at, "what is seeded is captured"
    return {
        "order_id": attempt.order_id,
        "uuid": payment.transaction_uuid,
        "trans_id": attempt.trans_id,
        "trans_date": form.trans_date(attempt.created_at),
        "amount": int(payment.amount * 100),
        "auth_number": payment.authorisation,
        "created_at": payment.authorised_at.isoformat(),
        "captured_at": payment.captured_at.isoformat(),
    }
