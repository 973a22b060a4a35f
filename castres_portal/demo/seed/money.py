"""Issuing the past months' invoices by the real run, and paying some of them as the ledger would have."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random

from django.conf import settings
from django.db import transaction

from accounts.models import User
from billing.models import (
    Allocation,
    AttemptShare,
    BillingChunk,
    Invoice,
    InvoicePdf,
    PayingBody,
    Payment,
    PaymentAttempt,
    PaymentWindow,
    PayzenMessage,
)
from billing.payzen import form
from billing.payzen.transactions import DEBIT, EURO, Channel, Transaction
from billing.services.papers import announce_papers, make_papers
from billing.services.payments.journal import stored_fields
from billing.services.runs import run_chunk, start_run, waiting_chunks
from billing.services.windows import reopen_window
from castres_portal.base.french import euros
from castres_portal.base.numbering import take_numbers
from castres_portal.demo.accounts import MARTIN, PARENTS
from castres_portal.demo.seed.agenda import Agenda, at_hour, billing_day, billing_instant
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.regie import AtTheCounter, counter_means, opening_hour, pay_at_the_counter
from castres_portal.demo.seed.rows import write
from families.models import Family, Guardian

REASON = "Facture reçue en retard par la famille (démonstration)"
REOPENED_FOR = timedelta(days=15)
PAID_SHARE = 0.9
HELD_BACK = 3
PAID_WITHIN_DAYS = 18
BATCH = 2000


def issue_past_invoices(agenda: Agenda, *, by: User, progress: Progress) -> None:
    """Run the billing of each past month at the instant at which it ran, on the 8th at 06:00."""
    for month in agenda.cast_billed:
        held = _take_payers_away() if month == agenda.cast_billed[-1] else []
        run = start_run(month=month, by=by, at=billing_instant(month), wake_workers=False)
        chunks = waiting_chunks(run)
        with progress.phase(f"Factures {month:%m/%Y}", run.households) as bar:
            for chunk_id in chunks:
                run_chunk(chunk_id, at=billing_instant(month))
                bar.update(BillingChunk.objects.get(pk=chunk_id).households)
        Guardian.objects.filter(pk__in=held).update(pays=True)


def _take_payers_away() -> list[int]:
    """Leave some households without a payer: they are held back, and previewed again once an agent has mended that."""
    others = Guardian.objects.filter(pays=True, family__paying_body=None)
    others = others.exclude(user__email__in=[account.email for account in PARENTS])
    held = list(others.order_by("-family_id").values_list("pk", flat=True)[:HELD_BACK])
    Guardian.objects.filter(pk__in=held).update(pays=False)
    return held


def settle_accounts(agenda: Agenda, *, seed: int, regisseur: User, progress: Progress) -> None:
    """Pay most of the invoices; leave each named parent one that can be paid today, reopened where its time is over."""
    cast = {family.pk for family in Family.objects.filter(guardians__user__email__in=[p.email for p in PARENTS])}
    bodies = set(PayingBody.objects.values_list("pk", flat=True))
    # The last invoice of an organisation waits for its transfer at the till.
    last = Invoice.objects.filter(family__in=bodies, month=agenda.cast_billed[-1]).values_list("pk", flat=True)
    left = [*_left_to_cast(cast, agenda, regisseur), *_never_paid(cast, agenda), *last]
    invoices = Invoice.objects.exclude(pk__in=left).select_related("payer__user", "window").order_by("pk")
    by_card: list[tuple[Invoice, datetime | None]] = []
    at_counter: list[AtTheCounter] = []
    with progress.phase("Paiements", invoices.count()) as bar:
        for invoice in invoices.iterator(chunk_size=BATCH):
            paid_at = _paid_at(invoice, agenda, seed=seed, surely=invoice.family_id in cast | bodies)
            means = Payment.Means.TRANSFER if invoice.family_id in bodies else counter_means(invoice, seed=seed)
            if paid_at and means:
                paid_at = opening_hour(paid_at, key=invoice.number)
                if paid_at < at_hour(agenda.today, time.min):
                    at_counter.append(AtTheCounter(invoice, paid_at, means, invoice.total))
            elif invoice.payer.user_id:
                by_card.append((invoice, paid_at))
            if len(by_card) == BATCH:
                _pay(by_card)
                by_card = []
            bar.update(1)
        _pay(by_card)
        pay_at_the_counter(at_counter, by=regisseur)


def mark_announced(agenda: Agenda) -> None:
    """Say that past invoices were announced: the demonstration does not begin with thousands of mails.

    The named parents' last invoice is left to be announced.
    """
    addresses = [account.email for account in PARENTS]
    fresh = Invoice.objects.filter(month=agenda.cast_billed[-1], payer__user__email__in=addresses).values("pk")
    for month in agenda.cast_billed:
        papers = InvoicePdf.objects.filter(invoice__month=month).exclude(invoice__in=fresh)
        papers.update(announced_at=billing_instant(month) + timedelta(minutes=20))


def announce_last_invoices(*, at: datetime) -> None:
    """Make the papers that are still to be announced, and queue their mails: the mailbox is not empty for long."""
    make_papers(list(InvoicePdf.objects.filter(announced_at=None)), at=at)
    announce_papers(at=at)


# --- The cast ---------------------------------------------------------------------------------------------------------


def _left_to_cast(cast: set[int], agenda: Agenda, regisseur: User) -> list[int]:
    left = []
    payers_of_two = set(Family.objects.filter(guardians__user__email=MARTIN.email).values_list("pk", flat=True))
    for family in cast:
        invoices = Invoice.objects.filter(family=family).select_related("window").order_by("-month")
        for invoice in _to_leave(list(invoices), agenda.today, two=family in payers_of_two):
            left.append(invoice.pk)
            if not _open_now(invoice.window, agenda.today) and billing_day(invoice.month) < agenda.today:
                reopen_window(
                    window=invoice.window,
                    until=agenda.today + REOPENED_FOR,
                    reason=REASON,
                    by=regisseur,
                    at=at_hour(agenda.today - timedelta(days=1), time(10, 12)),
                )
    return left


def _never_paid(cast: set[int], agenda: Agenda) -> list[int]:
    """Return the two largest invoices of the oldest month, which end at the Trésor; none of a named parent."""
    oldest = Invoice.objects.filter(month=agenda.billed[0]) if agenda.billed else Invoice.objects.none()
    largest = oldest.exclude(family__in=cast).exclude(for_others=True).order_by("-total", "pk")
    return list(largest.values_list("pk", flat=True)[:2])


def _to_leave(invoices: list[Invoice], today: date, *, two: bool) -> list[Invoice]:
    """Return the last invoice, and the one before for who pays two at once, or when the last one only begins to be payable."""
    begins = bool(invoices) and invoices[0].issued_on == today
    return invoices[: 2 if two or begins else 1]


def _open_now(window: PaymentWindow, today: date) -> bool:
    """Say whether an invoice can be paid at every instant of a day."""
    return window.opens_at <= at_hour(today, time.min) and window.closes_at >= at_hour(today, time(23, 59))


# --- Payments ---------------------------------------------------------------------------------------------------------


def _paid_at(invoice: Invoice, agenda: Agenda, *, seed: int, surely: bool) -> datetime | None:
    """Return when an invoice was paid, inside its window and before today, or None."""
    dice = Random(f"{seed}/{invoice.number}")  # noqa: S311  (a fictional payment, not a secret)
    pays = dice.random() < PAID_SHARE or surely
    after = timedelta(days=dice.randint(0, PAID_WITHIN_DAYS), hours=dice.randint(0, 10), minutes=dice.randint(0, 59))
    paid_at = min(invoice.window.opens_at + after, invoice.window.closes_at - timedelta(hours=1))
    return paid_at if pays and paid_at < at_hour(agenda.today, time.min) else None


@dataclass(frozen=True)
class _Settled:
    invoice: Invoice
    at: datetime


@transaction.atomic
def _pay(due: Sequence[tuple[Invoice, datetime | None]]) -> None:
    """Write attempt, payment and allocation, with the numbers that the ledger and the bank's form would have taken."""
    settled = sorted((_Settled(invoice, at) for invoice, at in due if at), key=lambda one: (one.at, one.invoice.pk))
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


def _attempts(settled: list[_Settled]) -> list[PaymentAttempt]:
    site, mode = settings.PAYZEN["SITE_ID"], settings.PAYZEN["MODE"]
    trans_ids = _bank_numbers(settled, site, mode)
    return [
        PaymentAttempt(
            reference=_hexadecimal(f"référence {one.invoice.number}"),
            order_id=f"{one.invoice.number}-1",
            invoice=one.invoice,
            family_id=one.invoice.family_id,
            user_id=one.invoice.payer.user_id,
            amount=one.invoice.total,
            site_id=site,
            mode=mode,
            trans_id=trans_id,
            utc_date=form.trans_day(one.at),
            created_at=one.at - timedelta(minutes=2),
            status=PaymentAttempt.Status.PAID,
            bank_status="CAPTURED",
        )
        for one, trans_id in zip(settled, trans_ids, strict=True)
    ]


def _message(payment: Payment, attempt: PaymentAttempt) -> PayzenMessage:
    """Return what the bank answered once the money was captured, as the ledger keeps it."""
    cents = int(payment.amount * 100)
    captured_at = payment.captured_at
    assert captured_at, "what is seeded is captured"
    told = Transaction(
        channel=Channel.REST,
        order_id=attempt.order_id,
        trans_uuid=payment.transaction_uuid,
        trans_id=attempt.trans_id,
        trans_date=form.trans_date(attempt.created_at),
        operation=DEBIT,
        status="CAPTURED",
        amount_cents=cents,
        currency=EURO,
        effective_amount_cents=cents,
        site_id=attempt.site_id,
        mode=attempt.mode,
        auth_number=payment.authorisation,
        authorised_at=payment.authorised_at,
        captured_at=payment.captured_at,
    )
    return PayzenMessage(
        channel=PayzenMessage.Channel.REST,
        fields=stored_fields(told),
        body_sha256=sha256(payment.transaction_uuid.encode()).hexdigest(),
        attempt=attempt,
        received_at=captured_at,
        outcome=PayzenMessage.Outcome.APPLIED,
        explanation=f"{payment.number}\u00a0: {euros(payment.amount)}.",
        applied_at=captured_at,
    )


def _bank_numbers(settled: list[_Settled], site: str, mode: str) -> list[str]:
    by_day: dict[date, int] = defaultdict(int)
    for one in settled:
        by_day[form.trans_day(one.at)] += 1
    following = {
        day: take_numbers(f"payzen-{site}-{mode}-{day:%Y-%m-%d}", number) - 1 for day, number in by_day.items()
    }
    numbers = []
    for one in settled:
        day = form.trans_day(one.at)
        numbers.append(form.trans_id(following[day]))
        following[day] += 1
    return numbers


def _payments(settled: list[_Settled], attempts: list[PaymentAttempt]) -> list[Payment]:
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
                amount=one.invoice.total,
                attempt=attempt,
                transaction_uuid=_hexadecimal(f"transaction {one.invoice.number}"),
                authorisation=f"3fe{one.invoice.pk % 1000:03d}",
                received_at=one.at,
                authorised_at=one.at - timedelta(seconds=20),
                captured_at=one.at + timedelta(hours=4),
            )
        )
        following[one.at.year] += 1
    return rows


def _hexadecimal(text: str) -> str:
    return f"{Random(text).getrandbits(128):032x}"  # noqa: S311  (a fictional bank's number)
