"""Unpaid invoices as reminders, the régisseur and the Trésor read them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from billing.models import (
    Anomaly,
    Dispute,
    Invoice,
    PaymentAttempt,
    PaymentReminder,
    RecoveryHold,
    TreasuryHandover,
)
from billing.providers import provider_named
from billing.queries.handed_over import owed_of, with_treasury
from billing.queries.instalments import with_planned, without_schedule
from billing.queries.invoices import unpaid, with_paid
from billing.rules.payments import may_still_be_paid
from billing.rules.unpaid import UnpaidPolicy, UnpaidState, refusal_to_hand_over
from families.models import FamilyRequest


def unpaid_policy() -> UnpaidPolicy:
    """Return what the town has settled about unpaid invoices."""
    policy: dict[str, Any] = settings.UNPAID
    return UnpaidPolicy(**policy)


def left_alone(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Leave out the invoices at the Trésor, contested, paid in instalments, or that an agent asked to leave alone."""
    held = RecoveryHold.objects.filter(invoice=OuterRef("pk"), lifted_at=None)
    contested = Dispute.objects.filter(invoice=OuterRef("pk"), request__status__in=FamilyRequest.OPEN)
    standing = TreasuryHandover.objects.filter(invoice=OuterRef("pk"), withdrawn_at=None)
    return without_schedule(invoices).exclude(Exists(held)).exclude(Exists(contested)).exclude(Exists(standing))


def unpaid_invoices(*, due_before: date) -> QuerySet[Invoice]:
    """Return the invoices due before a day that still owe something, the oldest first."""
    rows = with_paid(Invoice.objects.filter(window__due_on__lt=due_before))
    return unpaid(rows).select_related("window", "family", "payer").order_by("window__due_on", "number")


@dataclass(frozen=True, slots=True)
class UnpaidRow:
    """An unpaid invoice as the régisseur reads it; ``refusal`` says why it does not go to the Trésor today."""

    invoice: Invoice
    state: UnpaidState
    refusal: str | None
    days_late: int

    @property
    def owed(self) -> Decimal:
        """Euros still owed."""
        return self.state.owed


def unpaid_rows(*, at: datetime, today: date, only: Collection[int] | None = None) -> list[UnpaidRow]:
    """Return the overdue invoices, with all that decides of the Trésor; the same number of queries for one and for all."""
    policy = unpaid_policy()
    invoices = with_planned(with_treasury(unpaid_invoices(due_before=today)))
    if only is not None:
        invoices = invoices.filter(pk__in=only)
    rows = list(
        invoices.annotate(
            reminded=Count("reminders", filter=Q(reminders__settled_at__isnull=False, reminders__owed__isnull=False)),
            is_held=Exists(RecoveryHold.objects.filter(invoice=OuterRef("pk"), lifted_at=None)),
            contested=Exists(Dispute.objects.filter(invoice=OuterRef("pk"), request__status__in=FamilyRequest.OPEN)),
            doubtful=Exists(Anomaly.objects.filter(invoice=OuterRef("pk"), settled_at=None)),
        )
    )
    paying = _being_paid([row.pk for row in rows], at=at)
    found = []
    for row in rows:
        if owed_of(row) <= 0:
            continue
        facts: Any = row
        state = UnpaidState(
            owed=owed_of(row),
            due_on=row.window.due_on,
            reminders=facts.reminded,
            held=facts.is_held,
            disputed=facts.contested,
            anomalies=int(facts.doubtful),
            being_paid=row.pk in paying,
            in_instalments=facts.planned > 0,
            handed_over=facts.at_treasury,
        )
        refusal = refusal_to_hand_over(state, today=today, policy=policy)
        found.append(UnpaidRow(row, state, refusal, (today - row.window.due_on).days))
    return found


def _being_paid(invoices: Collection[int], *, at: datetime) -> set[int]:
    """Return the invoices that a card may still be paying."""
    undecided = [PaymentAttempt.Status.STARTED, PaymentAttempt.Status.PENDING]
    shares = PaymentAttempt.objects.filter(shares__invoice__in=invoices, status__in=undecided)
    rows = shares.values_list("shares__invoice", "status", "created_at", "provider")
    return {
        pk
        for pk, status, created_at, provider in rows
        if may_still_be_paid(status, created_at=created_at, page_life=provider_named(provider).page_life, at=at)
    }


def reminders_to_plan(rank: int, after_days: int, *, today: date) -> QuerySet[Invoice]:
    """Return the invoices to remind of at a rank: overdue for so many days, still owing, not left alone, not told at it yet."""
    told = PaymentReminder.objects.filter(invoice=OuterRef("pk"), rank__gte=rank)
    due = left_alone(unpaid_invoices(due_before=today - timedelta(days=after_days) + date.resolution))
    return due.exclude(Exists(told))
