"""A household’s credit: put on what it owes, or paid back by the comptable."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from accounts.models import User
from billing.models import Allocation, Anomaly, CreditRefund, CreditUse, Invoice, Payment, TreasuryHandover
from billing.queries.credit import credit_of, money_rows
from billing.queries.instalments import planned_each
from billing.queries.payments import owed_each
from billing.rules.credit import NOTHING, sources
from billing.rules.payments import spread
from billing.services.payments.ledger import receipt_number
from billing.services.payments.locks import lock_invoices, lock_payments
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros
from families.models import Family
from families.services.rights import MayOnlyRead, refuse_account


class CreditRefused(Refusal):
    """The household has no credit, owes nothing, or has less than what was asked."""


@transaction.atomic(durable=True)
def use_credit(*, family: Family, by: User, at: datetime) -> list[CreditUse]:
    """Put a household’s credit on what it owes, the invoice due first before the others; return what went where.

    Asked by the family or by an agent for it. Raises CreditRefused when there is no credit or nothing is owed.
    """
    try:
        refuse_account(by, family.pk)
    except MayOnlyRead as refused:
        raise CreditRefused(refused.message) from refused
    uses = put_credit_on_invoices(family, by=by, at=at)
    if not uses:
        raise CreditRefused("Il n’y a pas d’avoir à déduire, ou rien à régler.")
    return uses


def put_credit_on_invoices(family: Family, *, by: User | None, at: datetime) -> list[CreditUse]:
    """Do the same inside the caller’s transaction, ``by`` nobody when the portal does it itself; an empty list is no fault."""
    found = _locked_sources(family)
    owing = _invoices_due(family)
    lock_invoices(owing)
    planned = planned_each(owing)
    owed = {invoice: left - planned.get(invoice, NOTHING) for invoice, left in owed_each(owing).items()}
    uses = []
    for payment, spare in found:
        for invoice, part in spread(spare, [(each, owed[each]) for each in owing]).items():
            owed[invoice] -= part
            uses.append(CreditUse(allocation=_allocate(payment, invoice, part), amount=part, used_at=at, used_by=by))
    CreditUse.objects.bulk_create(uses)
    _settle_if_used_up(family, by=by, at=at)
    return uses


@transaction.atomic(durable=True)
def record_credit_refund(*, family: Family, amount: Decimal, reference: str, by: User, at: datetime) -> list[Payment]:
    """Write down that the comptable paid some of a household’s credit back (euros, positive); the portal itself pays nothing.

    One row for each payment that it comes from, the oldest first. Raises CreditRefused beyond the credit or without the
    reference of the order.
    """
    if not reference.strip():
        raise CreditRefused("Indiquez la référence du mandat ou du virement.")
    found = _locked_sources(family)
    credit = sum((spare for _, spare in found), NOTHING)
    if not 0 < amount <= credit:
        raise CreditRefused(
            f"L’avoir de ce foyer est de {euros(credit)}\u00a0: le remboursement ne peut pas le dépasser."
        )
    refunds = []
    for payment, spare in found:
        part = min(amount, spare)
        amount -= part
        if part:
            refunds.append(_refund(payment, part, reference.strip(), by=by, at=at))
    _settle_if_used_up(family, by=by, at=at)
    return refunds


def _locked_sources(family: Family) -> list[tuple[Payment, Decimal]]:
    """Lock the payments that a household’s credit may come from, then say what each still has."""
    payments = {payment.pk: payment for payment in lock_payments(_positive_payments(family))}
    return [(payments[payment], spare) for payment, spare in sources(money_rows(family)) if payment in payments]


def _positive_payments(family: Family) -> list[int]:
    return list(Payment.objects.filter(family=family, amount__gt=0).values_list("pk", flat=True))


def _invoices_due(family: Family) -> list[int]:
    # The comptable collects what was handed over to the Trésor: the régie puts no more money on it.
    gone = TreasuryHandover.objects.filter(invoice__family=family, withdrawn_at=None)
    invoices = (
        Invoice.objects.filter(family=family)
        .exclude(pk__in=gone.values("invoice"))
        .order_by("window__due_on", "month", "number")
    )
    return list(invoices.values_list("pk", flat=True))


def _allocate(payment: Payment, invoice: int, amount: Decimal) -> Allocation:
    """Add to what a payment gives an invoice: one row for both, and each use told apart by its own."""
    allocation, is_new = Allocation.objects.get_or_create(
        payment=payment, invoice_id=invoice, defaults={"amount": amount}
    )
    if not is_new:
        Allocation.objects.filter(pk=allocation.pk).update(amount=F("amount") + amount)
    return allocation


def _refund(source: Payment, amount: Decimal, reference: str, *, by: User, at: datetime) -> Payment:
    refund = Payment.objects.create(
        number=receipt_number(at),
        family_id=source.family_id,
        kind=Payment.Kind.REFUND,
        means=Payment.Means.TRANSFER,
        amount=-amount,
        attempt_id=source.attempt_id,
        received_at=at,
    )
    CreditRefund.objects.create(payment=refund, reference=reference, recorded_at=at, recorded_by=by)
    return refund


def _settle_if_used_up(family: Family, *, by: User | None, at: datetime) -> None:
    """Say that an overpayment is dealt with once nothing of it is left."""
    if credit_of(family) <= 0:
        Anomaly.objects.filter(kind=Anomaly.Kind.OVERPAID, family=family, settled_at=None).update(
            settled_at=at, settled_by=by
        )


def total_of(uses: Iterable[CreditUse]) -> Decimal:
    """Add up what went to invoices, in euros."""
    return sum((use.amount for use in uses), NOTHING)
