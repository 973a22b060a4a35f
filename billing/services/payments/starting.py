"""The click on « Payer »: one attempt over one or several invoices, one signed form."""

import logging
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from billing.models import AttemptShare, Instalment, Invoice, PaymentAttempt
from billing.payzen import form, schedule
from billing.providers import Departure, Provider, ProviderUnavailable, default_provider, open_providers
from billing.providers.base import Order
from billing.queries.instalments import offered, planned_each
from billing.queries.payments import NOTHING, owed_each, refusal_now, shares_of, undecided_attempt
from billing.rules.instalments import Planned
from billing.services.payments.locks import lock_invoices
from castres_portal.base.clock import in_paris
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
    form: Departure


def start_payment(
    *,
    invoice_ids: Collection[int],
    family: Family,
    user: User,
    at: datetime,
    provider: str = "",
    confirmed: bool = False,
    in_instalments: bool = False,
) -> Started:
    """Freeze what each invoice owes in a new attempt, and say how the payer leaves. The amounts come from the database alone.

    ``provider`` is one of those that the town opened, the first when empty. Raises Invoice.DoesNotExist for another family's
    invoice, PaymentRefused when one is paid, its window is not open or the bank cannot be reached, and PaymentInProgress
    when another attempt may still be paid, unless ``confirmed``. What a schedule under way is to debit is not asked for again.
    ``in_instalments``: by the schedule that the town offers, for one invoice at PayZen; refused when none is offered.
    """
    way = next((each for each in open_providers() if each.key == provider), None) if provider else default_provider()
    if way is None:
        raise PaymentRefused("Ce moyen de payer en ligne n’est plus proposé.")
    try:
        account = way.account()
    except ProviderUnavailable as error:
        raise PaymentRefused(str(error)) from error
    attempt = _open_attempt(
        invoice_ids=invoice_ids,
        family=family,
        user=user,
        way=way,
        account=account,
        at=at,
        confirmed=confirmed,
        in_instalments=in_instalments,
    )
    return Started(attempt, _depart(attempt, way))


def _depart(attempt: PaymentAttempt, way: Provider) -> Departure:
    """Have the bank expect the payer; no row is locked while it thinks. An attempt that cannot leave is closed at once."""
    try:
        departure = way.depart(attempt, _order(attempt))
    except ProviderUnavailable as error:
        PaymentAttempt.objects.filter(pk=attempt.pk).update(status=PaymentAttempt.Status.ABANDONED, next_ask_at=None)
        raise PaymentRefused(str(error)) from error
    if departure.bank_operation:
        attempt.bank_operation = departure.bank_operation
        attempt.save(update_fields=["bank_operation"])
    return departure


@transaction.atomic(durable=True)
def _open_attempt(
    *,
    invoice_ids: Collection[int],
    family: Family,
    user: User,
    way: Provider,
    account: tuple[str, str],
    at: datetime,
    confirmed: bool,
    in_instalments: bool,
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
    planned = planned_each(invoice_ids)
    owed = {invoice: sum_owed - planned.get(invoice, NOTHING) for invoice, sum_owed in owed_each(invoice_ids).items()}
    if in_instalments and planned:
        raise PaymentRefused("Cette facture est déjà payée en plusieurs fois\u00a0: le reste se règle en une fois.")
    plan = _plan(way, owed, at=at) if in_instalments else []
    first = next(invoice for invoice in invoices if invoice.pk == next(iter(owed)))
    series = way.series(at)
    attempt = PaymentAttempt.objects.create(
        reference=secrets.token_hex(16),
        order_id=way.reference(first.number, first.attempts.count() + 1),
        provider=way.key,
        invoice=first,
        family=family,
        user=user,
        amount=sum(owed.values(), NOTHING),
        site_id=account[0],
        mode=account[1],
        utc_date=form.trans_day(at),
        created_at=at,
        next_ask_at=schedule.next_ask_after(at, 0),
        trans_id=_take_trans_id(series) if series else "",
    )
    AttemptShare.objects.bulk_create(
        [AttemptShare(attempt=attempt, invoice_id=invoice, amount=amount) for invoice, amount in owed.items()]
    )
    Instalment.objects.bulk_create(
        [Instalment(attempt=attempt, rank=each.rank, amount=each.amount, due_on=each.due_on) for each in plan]
    )
    return attempt


def _plan(way: Provider, owed: dict[int, Decimal], *, at: datetime) -> list[Planned]:
    """Return the schedule of a payment in instalments; raises PaymentRefused when the town offers none for it."""
    plan = offered(sum(owed.values(), NOTHING), today=in_paris(at).date())
    if not plan or len(owed) > 1 or way.key != PaymentAttempt.Provider.PAYZEN:
        raise PaymentRefused("Le paiement en plusieurs fois n’est pas proposé ici.")
    return plan


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


def _order(attempt: PaymentAttempt) -> Order:
    notified = {
        PaymentAttempt.Provider.PAYZEN.value: "billing:payzen_ipn",
        PaymentAttempt.Provider.PAYFIP.value: "billing:payfip_notification",
    }
    return Order(
        description=_described(attempt),
        payer_email=attempt.user.email if attempt.user else "",
        notification_url=settings.SITE_URL + reverse(notified[attempt.provider]),
        return_url=settings.SITE_URL + reverse("billing:return", args=[attempt.reference]),
    )


def _described(attempt: PaymentAttempt) -> str:
    numbers = [share.invoice.number for share in shares_of(attempt)]
    return f"Facture {numbers[0]}" if len(numbers) == 1 else f"Factures {in_words(numbers)}"
