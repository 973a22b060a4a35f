"""Mails of the régie's counter, and of what stays unpaid. They name no child and no other household."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from billing.models import Allocation, Payment, PaymentReminder
from castres_portal.base.mail import Letter
from families.models import Guardian


def till_receipt(payment: Payment, shares: Sequence[Allocation], *, to: str) -> Letter:
    """Acknowledge money taken at the counter, as its paper receipt does."""
    surplus = payment.amount - sum((share.amount for share in shares), start=payment.amount * 0)
    context = {"payment": payment, "entry": payment.till_entry, "shares": shares, "surplus": surplus}
    return Letter("billing/mail/till_receipt", to, {**context, **_ways(payment)})


def till_reversal(reversal: Payment, original: Payment, shares: Sequence[Allocation], *, to: str) -> Letter:
    """Say that a payment is called off, why, and which invoices owe again."""
    owing = [(share.invoice, -share.amount) for share in shares]
    context = {"original": original, "entry": reversal.till_entry, "owing": owing}
    return Letter("billing/mail/till_reversal", to, {**context, **_ways(original)})


def payment_reminder(reminders: Sequence[PaymentReminder], guardian: Guardian, *, to: str) -> Letter:
    """Remind a household of what it has not paid, all in one mail. It asks, and threatens nothing: no child loses a meal."""
    first = reminders[0].invoice
    total = sum((reminder.owed for reminder in reminders if reminder.owed), start=first.total * 0)
    context: dict[str, Any] = {
        "guardian": guardian,
        "reminders": reminders,
        "total": total,
        "rank": max(reminder.rank for reminder in reminders),
        "for_others": all(reminder.invoice.for_others for reminder in reminders),  # whose payer has no child in them
        "has_account": guardian.user is not None,
        "invoices_url": settings.SITE_URL + reverse("billing:invoices"),
        "contact_url": settings.SITE_URL + reverse("contact"),
    }
    return Letter("billing/mail/payment_reminder", to, context)


def _ways(payment: Payment) -> dict[str, str]:
    return {
        "receipt_url": settings.SITE_URL + reverse("billing:receipt", args=[payment.number]),
        "invoices_url": settings.SITE_URL + reverse("billing:invoices"),
    }
