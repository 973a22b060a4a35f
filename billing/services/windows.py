"""Reopening the payment of an invoice."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from billing.models import PaymentWindow
from billing.rules.windows import WindowPolicy, closing_of
from castres_portal.base.errors import Refusal


class CannotReopen(Refusal):
    """A window that stays as it is."""


def window_policy() -> WindowPolicy:
    """Return what the town has settled about windows."""
    policy: dict[str, Any] = settings.PAYMENT_WINDOW
    return WindowPolicy(**policy)


@transaction.atomic(durable=True)
def reopen_window(*, window: PaymentWindow, until: date, reason: str, by: User, at: datetime) -> PaymentWindow:
    """Let an invoice be paid by card again, from now to the end of the day ``until``; raises CannotReopen.

    The régisseur decides and says why; the issued invoice does not change.
    """
    closes_at = closing_of(until, policy=window_policy())
    if closes_at <= at:
        raise CannotReopen("La nouvelle date de fermeture est déjà passée.")
    if not reason.strip():
        raise CannotReopen("Indiquez pourquoi le paiement est rouvert.")
    window = PaymentWindow.objects.select_for_update(of=("self",), no_key=True).get(pk=window.pk)
    if window.opens_at <= at <= window.closes_at and closes_at <= window.closes_at:
        raise CannotReopen("Le paiement est déjà ouvert jusqu’à cette date.")
    window.opens_at = min(window.opens_at, at)
    window.closes_at = closes_at
    window.due_on = until
    window.reopened_at, window.reopened_by, window.reason = at, by, reason.strip()
    window.save()
    return window
