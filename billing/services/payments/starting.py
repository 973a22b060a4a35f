"""The click on « Payer »: one attempt over one or several invoices, one signed form."""

import logging
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from billing.models import AttemptShare, Invoice, PaymentAttempt
from billing.payzen import form, schedule
from billing.payzen.config import PayzenConfig, PayzenConfigError, payzen_config
from billing.queries.payments import NOTHING, owed_each, refusal_now, shares_of, undecided_attempt
from billing.services.payments.locks import lock_invoices
from castres_portal.base.errors import Refusal
from castres_portal.base.french import in_words
from castres_portal.base.numbering import take_numbers
from families.models import Family
from families.services.rights import MayOnlyRead, refuse_account

log = logging.getLogger(__name__)


class PaymentRefused(Refusal):
    """An invoice cannot be paid by card now."""


class PaymentInProgress(Refusal):
    """Another payment of one of these invoices may still succeed: the family is warned, and may insist."""


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that exists from now on, and the form that takes the payer to the bank."""

    attempt: PaymentAttempt
    form: form.SignedForm


def start_payment(
    *, invoice_ids: Collection[int], family: Family, user: User, at: datetime, confirmed: bool = False
) -> Started:
    """Freeze what each invoice owes in a new attempt and sign its form. The amounts come from the database alone.

    Raises Invoice.DoesNotExist for another family's invoice, PaymentRefused when one is paid, its window is not open or
    the bank is not configured, and PaymentInProgress when another attempt may still be paid, unless ``confirmed``.
    """
    try:
        config = payzen_config()
    except PayzenConfigError as error:
        log.error("Paiement en ligne impossible\u00a0: %s", error)
        raise PaymentRefused("Le paiement en ligne est indisponible pour le moment.") from error
    attempt = _open_attempt(
        invoice_ids=invoice_ids, family=family, user=user, config=config, at=at, confirmed=confirmed
    )
    return Started(attempt, form.build_form(_order(attempt), config))


@transaction.atomic(durable=True)
def _open_attempt(
    *, invoice_ids: Collection[int], family: Family, user: User, config: PayzenConfig, at: datetime, confirmed: bool
) -> PaymentAttempt:
    invoices = lock_invoices(invoice_ids)
    if not invoices or len(invoices) < len(set(invoice_ids)) or any(each.family_id != family.pk for each in invoices):
        raise Invoice.DoesNotExist
    try:
        refuse_account(user, family.pk)
    except MayOnlyRead as refused:
        raise PaymentRefused(refused.message) from refused
    _refuse_what_cannot_be_paid(invoices, at=at)
    if not confirmed and undecided_attempt(invoice_ids, at=at):
        raise PaymentInProgress("Un paiement de cette facture est déjà en cours.")
    owed = owed_each(invoice_ids)
    first = next(invoice for invoice in invoices if invoice.pk == next(iter(owed)))
    day = form.trans_day(at)
    attempt = PaymentAttempt.objects.create(
        reference=secrets.token_hex(16),
        order_id=f"{first.number}-{first.attempts.count() + 1}",
        invoice=first,
        family=family,
        user=user,
        amount=sum(owed.values(), NOTHING),
        site_id=config.site_id,
        mode=config.mode,
        utc_date=day,
        created_at=at,
        next_ask_at=schedule.next_ask_after(at, 0),
        trans_id=_take_trans_id(f"payzen-{config.site_id}-{config.mode}-{day:%Y-%m-%d}"),
    )
    AttemptShare.objects.bulk_create(
        [AttemptShare(attempt=attempt, invoice_id=invoice, amount=amount) for invoice, amount in owed.items()]
    )
    return attempt


def _refuse_what_cannot_be_paid(invoices: Sequence[Invoice], *, at: datetime) -> None:
    """Raise PaymentRefused for the first invoice that cannot be paid now, named when there are several."""
    for invoice in invoices:
        if refusal := refusal_now(invoice, at=at):
            raise PaymentRefused(refusal if len(invoices) == 1 else f"Facture {invoice.number}\u00a0: {refusal}")


def _take_trans_id(series: str) -> str:
    try:
        return form.trans_id(take_numbers(series) - 1)
    except form.FormError as error:
        log.error("Les 900 000 numéros de transaction du jour sont épuisés")
        raise PaymentRefused("Le paiement en ligne est indisponible aujourd’hui. Réessayez demain.") from error


def _order(attempt: PaymentAttempt) -> form.PaymentOrder:
    return form.PaymentOrder(
        order_id=attempt.order_id,
        trans_id=attempt.trans_id,
        amount_cents=int(attempt.amount * 100),
        created_at=attempt.created_at,
        description=_described(attempt),
        return_url=settings.SITE_URL + reverse("billing:return", args=[attempt.reference]),
        notification_url=settings.SITE_URL + reverse("billing:payzen_ipn"),
        payer_email=attempt.user.email if attempt.user else "",
        payer_reference=attempt.family.number,
    )


def _described(attempt: PaymentAttempt) -> str:
    numbers = [share.invoice.number for share in shares_of(attempt)]
    return f"Facture {numbers[0]}" if len(numbers) == 1 else f"Factures {in_words(numbers)}"
