"""The counter's small world: a household that owes two months, a régisseur, and money handed over in a line."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from accounts.roles import REGISSEURS
from accounts.tests.factories import UserFactory
from billing.models import Allocation, Invoice, Payment
from billing.services.till import Collected, Handed, collect
from castres_portal.base.clock import PARIS

Means = Payment.Means
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
WORDS = {
    Means.CHEQUE: {"bank": "Banque postale", "cheque_number": "0012345", "drawer": "Claire Martin"},
    Means.CASH: {},
    Means.TRANSFER: {"reference": "VIR 4411"},
    Means.E_CESU: {"reference": "ECESU 9"},
    Means.CESU: {},
}


def regisseur() -> User:
    return User.objects.filter(groups__name=REGISSEURS).first() or UserFactory(agent=True, role=REGISSEURS)


def handed(means: str, amount: str | Decimal, **details: Any) -> Handed:
    """An amount by a means, with what the means asks; CESU in one title of that value unless said otherwise."""
    euros = Decimal(amount)
    words: dict[str, Any] = {**WORDS.get(Means(means), {}), **details}
    if means == Means.CESU and "title_count" not in words:
        words |= {"title_count": 1, "title_value": euros}
    return Handed(means=means, amount=euros, **words)


def take(
    invoice: Invoice | dict[Invoice, str],
    means: str = Means.CHEQUE,
    amount: str | Decimal | None = None,
    *,
    at: datetime = NOON,
    submission: UUID | None = None,
    keep_surplus: bool = False,
    **details: Any,
) -> Collected:
    """Take money for an invoice (all that it owes unless said otherwise), or for several with a part each."""
    if isinstance(invoice, Invoice):
        owed = owed_by(invoice)
        part = owed if amount is None else min(owed, Decimal(amount))
        parts, family = {invoice.pk: part}, invoice.family
    else:
        parts, family = {each.pk: Decimal(part) for each, part in invoice.items()}, next(iter(invoice)).family
    total = sum(parts.values(), Decimal(0)) if amount is None else Decimal(amount)
    return collect(
        family=family,
        handed=handed(means, total, **details),
        parts=parts,
        keep_surplus=keep_surplus,
        submission=submission or uuid4(),
        by=regisseur(),
        at=at,
    )


def owed_by(invoice: Invoice) -> Decimal:
    return invoice.total - sum((row.amount for row in Allocation.objects.filter(invoice=invoice)), Decimal(0))
