"""What the régisseur must look at, said once."""

from datetime import datetime

from billing.models import Anomaly, Invoice, PaymentAttempt, PayzenMessage


def note(
    kind: Anomaly.Kind,
    text: str,
    *,
    at: datetime,
    attempt: PaymentAttempt | None = None,
    message: PayzenMessage | None = None,
) -> bool:
    """Write an anomaly unless the same one was already said of the same attempt, settled or not; tell whether it is new."""
    if Anomaly.objects.filter(kind=kind, message=text, attempt=attempt).exists():
        return False
    Anomaly.objects.create(
        kind=kind,
        message=text,
        family=attempt.family if attempt else None,
        invoice=only_invoice(attempt) if attempt else None,
        attempt=attempt,
        payzen_message=message,
        noticed_at=at,
    )
    return True


def only_invoice(attempt: PaymentAttempt) -> Invoice | None:
    """Return the invoice that an attempt pays, or None when it pays several: the words then name them."""
    return attempt.invoice if attempt.shares.count() == 1 else None


def note_silent_bank(text: str, *, at: datetime) -> None:
    """Say that the bank does not answer, unless it is already said and not yet over."""
    Anomaly.objects.bulk_create(
        [Anomaly(kind=Anomaly.Kind.BANK_SILENT, message=text, noticed_at=at)], ignore_conflicts=True
    )


def settle_silent_bank(*, at: datetime) -> None:
    """The bank answers: its silence is over, without anybody having to say so."""
    Anomaly.objects.filter(kind=Anomaly.Kind.BANK_SILENT, settled_at=None).update(settled_at=at)
