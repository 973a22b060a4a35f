"""Rows of money: a payment and what of it goes to each invoice; never changed, only answered by another row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.models import Allocation, Invoice, Payment, PaymentAttempt
from billing.payzen.transactions import Transaction
from billing.queries.payments import NOTHING, AttemptMoney, held_of, money_of, owed_each
from billing.rules.payments import spread, take_back
from billing.services.payments.locks import lock_invoices, lock_payments
from castres_portal.base.clock import in_paris
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers

Kind = Payment.Kind
Means = Payment.Means


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment just written, and the part of it (euros, with its sign) that went to each invoice or left it, by id."""

    payment: Payment
    parts: dict[int, Decimal]

    @property
    def for_invoices(self) -> Decimal:
        """What went to invoices, all together."""
        return sum(self.parts.values(), NOTHING)

    @property
    def surplus(self) -> Decimal:
        """What no invoice has."""
        return self.payment.amount - self.for_invoices


def euros_of(told: Transaction) -> Decimal:
    """Amount of a transaction in euros: the bank counts in cents."""
    return Decimal(told.amount_cents) / 100


def receive(attempt: PaymentAttempt, told: Transaction, amount: Decimal, *, at: datetime) -> Entry:
    """Write money that came (euros). Each invoice takes what it still owes within its share, the oldest first; the rest is
    the household’s credit."""
    return _write_incoming(attempt, told, Kind.PAYMENT, amount, at=at)


def give_back(attempt: PaymentAttempt, told: Transaction, *, at: datetime) -> Entry:
    """Write a refund made at the bank; what no invoice has goes first, then the invoices owe again, the latest first."""
    return _write_outgoing(attempt, told, Kind.REFUND, euros_of(told), at=at)


def reverse(attempt: PaymentAttempt, told: Transaction, original: Payment, *, at: datetime) -> Entry:
    """Write the opposite of a payment, or of a refund, that the bank called off."""
    if original.amount > 0:
        return _write_outgoing(attempt, told, Kind.REVERSAL, original.amount, at=at)
    return _write_incoming(attempt, told, Kind.REVERSAL, -original.amount, at=at)


def debts_again(entry: Entry) -> str:
    """Say in French, after a space, which invoices owe again what left them; nothing when none does."""
    lost = {invoice: -part for invoice, part in entry.parts.items() if part < 0}
    numbers = dict(Invoice.objects.filter(pk__in=lost).values_list("pk", "number"))
    return "".join(f" La facture {numbers[invoice]} doit de nouveau {euros(part)}." for invoice, part in lost.items())


def receipt_number(at: datetime) -> str:
    """Take the next number of the year’s receipts, of a counter row that is locked last."""
    year = in_paris(at).year
    return f"P{year}-{take_numbers(f'quittances-{year}'):06d}"


def allocate(payment: Payment, parts: dict[int, Decimal]) -> None:
    """Write what of a payment goes to each invoice, or leaves it."""
    Allocation.objects.bulk_create(
        [Allocation(payment=payment, invoice_id=invoice, amount=amount) for invoice, amount in parts.items()]
    )


def parts_taken_back(amount: Decimal, money: AttemptMoney) -> dict[int, Decimal]:
    """Say what each invoice loses (euros, negative) when some of an attempt’s money goes back, the latest month first."""
    order = reversed(owed_each(money.held))  # in the order of the months
    held = [(invoice, money.held[invoice]) for invoice in order]
    return {invoice: -part for invoice, part in take_back(amount, spare=money.spare, held=held).items()}


def lock_money_of(attempt: PaymentAttempt) -> AttemptMoney:
    """Lock an attempt’s payments and every invoice that holds some of them; return what it brought."""
    lock_payments(list(attempt.payments.values_list("pk", flat=True)))
    lock_invoices(_invoices_of(attempt))
    return money_of(attempt)


def _invoices_of(attempt: PaymentAttempt) -> set[int]:
    fed = Allocation.objects.filter(payment__attempt=attempt).values_list("invoice", flat=True)
    return {*attempt.shares.values_list("invoice", flat=True), *fed}


def _write_incoming(attempt: PaymentAttempt, told: Transaction, kind: Kind, amount: Decimal, *, at: datetime) -> Entry:
    shares = dict(attempt.shares.values_list("invoice", "amount"))
    lock_invoices(shares)
    held = held_of(attempt)
    rooms: Iterable[tuple[int, Decimal]] = (
        (invoice, min(owed, shares[invoice] - held.get(invoice, NOTHING)))
        for invoice, owed in owed_each(shares).items()
    )
    return _write(attempt, told, kind, amount, spread(amount, rooms), at=at)


def _write_outgoing(attempt: PaymentAttempt, told: Transaction, kind: Kind, amount: Decimal, *, at: datetime) -> Entry:
    parts = parts_taken_back(amount, lock_money_of(attempt))
    return _write(attempt, told, kind, -amount, parts, at=at)


def _write(
    attempt: PaymentAttempt, told: Transaction, kind: Kind, amount: Decimal, parts: dict[int, Decimal], *, at: datetime
) -> Entry:
    payment = Payment.objects.create(
        number=receipt_number(at),
        family_id=attempt.family_id,
        kind=kind,
        means=Means.DEBIT if told.direct_debit else Means.CARD,
        amount=amount,
        attempt=attempt,
        transaction_uuid=told.trans_uuid or "",
        authorisation=told.auth_number[:20],
        received_at=at,
        authorised_at=told.authorised_at,
        captured_at=told.captured_at,
    )
    allocate(payment, parts)
    return Entry(payment, parts)
