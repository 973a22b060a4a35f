"""What was paid on line, by PayZen or by PayFiP: attempts, payments and the bank's own words, in bulk, as the ledger has them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from uuid import UUID

from django.conf import settings
from django.db import transaction

from billing.models import Allocation, AttemptShare, Invoice, Payment, PaymentAttempt, PayzenMessage
from billing.payzen import form
from billing.payzen.transactions import DEBIT, EURO, Channel, Transaction
from billing.services.payments.journal import stored_fields
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers
from castres_portal.demo.seed.rows import write

Provider = PaymentAttempt.Provider
PAYFIP_SHARE = 0.3


@dataclass(frozen=True)
class OnLine:
    """An amount (euros) paid on line for an invoice."""

    invoice: Invoice
    at: datetime
    amount: Decimal

    @property
    def provider(self) -> Provider:
        """The bank that the family chose, among those that the town opens."""
        chosen = Random(f"service {self.invoice.number}").random() < PAYFIP_SHARE  # noqa: S311  (fictional)
        # PayFiP takes nothing under one euro.
        takes = Provider.PAYFIP.value in settings.PAYMENT_PROVIDERS and settings.PAYFIP["NUMCLI"] and self.amount >= 1
        return Provider.PAYFIP if chosen and takes else Provider.PAYZEN

    @property
    def transaction(self) -> str:
        """The bank's name of the money."""
        drawn = hexadecimal(f"transaction {self.invoice.number}")
        return str(UUID(drawn)) if self.provider == Provider.PAYFIP else drawn


@transaction.atomic
def pay_on_line(due: Sequence[OnLine]) -> None:
    """Write attempt, payment and allocation, with the numbers that the ledger and the bank's form would have taken."""
    settled = sorted(due, key=lambda one: (one.at, one.invoice.pk))
    attempts = write(PaymentAttempt, _attempts(settled))
    write(
        AttemptShare, [AttemptShare(attempt=each, invoice_id=each.invoice_id, amount=each.amount) for each in attempts]
    )
    payments = write(Payment, _payments(settled, attempts))
    write(PayzenMessage, [_message(payment, attempt) for payment, attempt in zip(payments, attempts, strict=True)])
    write(
        Allocation,
        [
            Allocation(payment=payment, invoice=one.invoice, amount=payment.amount)
            for payment, one in zip(payments, settled, strict=True)
        ],
    )


def _attempts(settled: list[OnLine]) -> list[PaymentAttempt]:
    trans_ids = _bank_numbers([one for one in settled if one.provider == Provider.PAYZEN])
    rows = []
    for one in settled:
        payzen = one.provider == Provider.PAYZEN
        number = one.invoice.number
        rows.append(
            PaymentAttempt(
                reference=hexadecimal(f"référence {number}"),
                order_id=f"{number}-1" if payzen else f"{number}P001",
                provider=one.provider,
                bank_operation="" if payzen else one.transaction,
                invoice=one.invoice,
                family_id=one.invoice.family_id,
                user_id=one.invoice.payer.user_id,
                amount=one.amount,
                site_id=settings.PAYZEN["SITE_ID"] if payzen else settings.PAYFIP["NUMCLI"],
                mode=settings.PAYZEN["MODE"] if payzen else settings.PAYFIP["SAISIE"],
                trans_id=next(trans_ids) if payzen else "",
                utc_date=form.trans_day(one.at),
                created_at=one.at - timedelta(minutes=2),
                status=PaymentAttempt.Status.PAID,
                bank_status="CAPTURED",
            )
        )
    return rows


def _message(payment: Payment, attempt: PaymentAttempt) -> PayzenMessage:
    """Return what the bank answered once the money was captured, as the ledger keeps it."""
    cents = int(payment.amount * 100)
    captured_at = payment.captured_at
    assert captured_at, "what is seeded is captured"
    payzen = attempt.provider == Provider.PAYZEN
    told = Transaction(
        channel=Channel.REST if payzen else Channel.PAYFIP,
        order_id=attempt.order_id,
        trans_uuid=payment.transaction_uuid,
        trans_id=attempt.trans_id,
        trans_date=form.trans_date(attempt.created_at) if payzen else "",
        operation=DEBIT,
        status="CAPTURED",
        amount_cents=cents,
        currency=EURO,
        effective_amount_cents=cents if payzen else None,
        site_id=attempt.site_id,
        mode=attempt.mode,
        auth_number=payment.authorisation,
        authorised_at=payment.authorised_at,
        captured_at=captured_at,
        source="" if payzen else "P",
    )
    return PayzenMessage(
        channel=PayzenMessage.Channel.REST if payzen else PayzenMessage.Channel.PAYFIP,
        fields=stored_fields(told),
        body_sha256=sha256(payment.transaction_uuid.encode()).hexdigest(),
        attempt=attempt,
        received_at=captured_at,
        outcome=PayzenMessage.Outcome.APPLIED,
        explanation=f"{payment.number}\u00a0: {euros(payment.amount)}.",
        applied_at=captured_at,
    )


def _bank_numbers(settled: list[OnLine]) -> Iterator[str]:
    """Yield the day's numbers of PayZen's form, in the order of the payments."""
    site, mode = settings.PAYZEN["SITE_ID"], settings.PAYZEN["MODE"]
    by_day: dict[date, int] = defaultdict(int)
    for one in settled:
        by_day[form.trans_day(one.at)] += 1
    following = {
        day: take_numbers(f"payzen-{site}-{mode}-{day:%Y-%m-%d}", number) - 1 for day, number in by_day.items()
    }
    for one in settled:
        day = form.trans_day(one.at)
        yield form.trans_id(following[day])
        following[day] += 1


def _payments(settled: list[OnLine], attempts: list[PaymentAttempt]) -> list[Payment]:
    by_year: dict[int, int] = defaultdict(int)
    for one in settled:
        by_year[one.at.year] += 1
    following = {year: take_numbers(f"quittances-{year}", number) for year, number in by_year.items()}
    rows = []
    for one, attempt in zip(settled, attempts, strict=True):
        rows.append(
            Payment(
                number=f"P{one.at.year}-{following[one.at.year]:06d}",
                family_id=one.invoice.family_id,
                kind=Payment.Kind.PAYMENT,
                means=Payment.Means.CARD,
                amount=one.amount,
                attempt=attempt,
                transaction_uuid=one.transaction,
                authorisation=f"3fe{one.invoice.pk % 1000:03d}",
                received_at=one.at,
                authorised_at=one.at - timedelta(seconds=20),
                # PayFiP says « paid » once, and for good.
                captured_at=one.at + timedelta(hours=4 if attempt.provider == Provider.PAYZEN else 0),
            )
        )
        following[one.at.year] += 1
    return rows


def hexadecimal(text: str) -> str:
    """Draw thirty-two digits from a text, the same each time."""
    return f"{Random(text).getrandbits(128):032x}"  # noqa: S311  (a fictional bank's number)
