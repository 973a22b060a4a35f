"""The régie's months: what was paid at the counter, the till closed each evening, slips each Friday.

Thousands of payments are written in bulk, as the counter would have; closings and slips come from the services that the régisseur
uses, at the instants at which she would have.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing.models import Allocation, DepositSlip, Invoice, Payment, TillEntry
from billing.queries.till import cash_book, cesu_left, open_movements, till_policy, to_deposit
from billing.services.till import close_till, deposit_cash, deposit_titles, reverse_collection
from castres_portal.base.clock import in_paris
from castres_portal.base.numbering import take_numbers
from castres_portal.demo.accounts import PARENTS
from castres_portal.demo.seed.agenda import Agenda, at_hour
from castres_portal.demo.seed.rows import write

Means = Payment.Means
# Of a hundred households that have an account, how many pay so at the counter; those without one all do.
COUNTER_SHARES = ((Means.CHEQUE, 13), (Means.CASH, 7), (Means.TRANSFER, 5), (Means.E_CESU, 3), (Means.CESU, 2))
BANKS = ("Banque postale", "Crédit agricole", "Caisse d’épargne", "Banque populaire", "Crédit mutuel")
OPENING_HOURS = (9, 10, 11, 14, 15, 16)
TITLE = Decimal("15.00")
CLOSES_AT, DEPOSITS_AT = time(17, 40), time(17, 50)
FRIDAY, SATURDAY = 4, 5
ONE_DAY = timedelta(days=1)
OPEN_DAYS = 2  # what the last days brought is left for whoever opens the till
BOUNCED_AGO = 6
LATE_MEANS = (Means.CHEQUE, Means.CHEQUE, Means.CASH, Means.TRANSFER)


@dataclass(frozen=True)
class AtTheCounter:
    """An amount (euros) handed over for an invoice."""

    invoice: Invoice
    at: datetime
    means: str
    amount: Decimal


def counter_means(invoice: Invoice, *, seed: int) -> str:
    """Return how an invoice is paid at the counter, or nothing when it is paid by card; named parents do that."""
    email = invoice.payer.user.email if invoice.payer.user else ""
    if email in {parent.email for parent in PARENTS}:
        return ""
    dice = Random(f"{seed}/moyen/{invoice.number}").randint(1, 100)  # noqa: S311  (a fictional payment, not a secret)
    if not invoice.payer.user_id:
        dice = dice * sum(share for _, share in COUNTER_SHARES) // 100
    for means, share in COUNTER_SHARES:
        if dice <= share:
            return means
        dice -= share
    return ""


def late_means(invoice: Invoice, *, seed: int) -> str:
    """Return how an invoice is paid once its window on line is closed: at the counter, whoever usually pays by card."""
    return Random(f"{seed}/retard/{invoice.number}").choice(LATE_MEANS)  # noqa: S311  (a fictional payment, not a secret)


def opening_hour(at: datetime, *, key: str) -> datetime:
    """Return an instant of the counter's hours, on that day or on the Monday after."""
    dice = Random(f"heure/{key}")  # noqa: S311  (a fictional hour, not a secret)
    day = in_paris(at).date()
    while day.weekday() >= SATURDAY:
        day += ONE_DAY
    return at_hour(day, time(dice.choice(OPENING_HOURS), dice.randint(0, 59)))


def in_pieces(settled: Sequence[AtTheCounter]) -> list[AtTheCounter]:
    """CESU pay the care that they may, the rest comes by cheque; nothing to pay by CESU, and all of it does."""
    left = cesu_left([one.invoice.pk for one in settled if one.means in (Means.CESU, Means.E_CESU)])
    pieces = []
    for one in settled:
        care = min(left.get(one.invoice.pk, Decimal(0)), one.amount)
        by_cesu = care // TITLE * TITLE if one.means == Means.CESU else care
        if one.means not in (Means.CESU, Means.E_CESU):
            pieces.append(one)
            continue
        if by_cesu:
            pieces.append(AtTheCounter(one.invoice, one.at, one.means, by_cesu))
        if rest := one.amount - by_cesu:
            pieces.append(AtTheCounter(one.invoice, one.at + timedelta(minutes=2), Means.CHEQUE, rest))
    return pieces


@transaction.atomic
def pay_at_the_counter(settled: Sequence[AtTheCounter], *, by: User) -> None:
    """Write payments with their receipts' numbers, what was handed over, and what each invoice has of it."""
    pieces = sorted(in_pieces(settled), key=lambda one: (one.at, one.invoice.pk))
    by_year: dict[int, int] = defaultdict(int)
    for one in pieces:
        by_year[one.at.year] += 1
    following = {year: take_numbers(f"quittances-{year}", number) for year, number in by_year.items()}
    rows = []
    for one in pieces:
        rows.append(
            Payment(
                number=f"P{one.at.year}-{following[one.at.year]:06d}",
                family_id=one.invoice.family_id,
                kind=Payment.Kind.PAYMENT,
                means=one.means,
                amount=one.amount,
                received_at=one.at,
            )
        )
        following[one.at.year] += 1
    payments = write(Payment, rows)
    write(
        Allocation,
        [
            Allocation(payment=payment, invoice=one.invoice, amount=one.amount)
            for payment, one in zip(payments, pieces, strict=True)
        ],
    )
    write(TillEntry, [_entry(payment, one, by) for payment, one in zip(payments, pieces, strict=True)])


def _entry(payment: Payment, one: AtTheCounter, by: User) -> TillEntry:
    dice = Random(f"écriture {payment.number}")  # noqa: S311  (a fictional cheque, not a secret)
    words: dict[str, object] = {}
    if one.means == Means.CHEQUE:
        words = {
            "bank": dice.choice(BANKS),
            "cheque_number": f"{dice.randint(1, 9_999_999):07d}",
            "drawer": one.invoice.payer_name,
        }
    elif one.means == Means.CASH:
        words = {"cash_given": (one.amount // 10 + 1) * 10}
    elif one.means == Means.CESU:
        words = {
            "title_count": int(one.amount / TITLE),
            "title_value": TITLE,
            "title_numbers": f"CN {dice.randint(10**9, 10**10)}",
        }
    else:
        words = {
            "reference": f"{one.means.upper()} {dice.randint(10_000, 99_999)}",
            "value_on": in_paris(one.at).date(),
        }
    submission = UUID(int=dice.getrandbits(128), version=4)
    return TillEntry(payment=payment, submission=submission, taken_by=by, **words)


# --- Evenings and Fridays ---------------------------------------------------------------------------------------------


def keep_the_till(agenda: Agenda, *, by: User) -> None:
    """Call a bounced cheque off, then close the till each working evening and deposit each Friday, until two days ago."""
    _bounce(agenda, by)
    first = Payment.objects.order_by("received_at").values_list("received_at", flat=True).first()
    if first is None:
        return
    day, last, told = in_paris(first).date(), agenda.today - OPEN_DAYS * ONE_DAY, False
    while day <= last:
        if day.weekday() < SATURDAY:
            told = _close(day, by, told) or told
            if day.weekday() == FRIDAY:
                _deposit(day, by)
        day += ONE_DAY


def _close(day: date, by: User, told: bool) -> bool:
    """Close the till of a day; say whether it was the one evening when half a euro was missing."""
    at = at_hour(day, CLOSES_AT)
    moved = open_movements(until=at)
    if not moved.exists():
        return False
    expected = cash_book(until=at).held + till_policy().cash_float
    short = not told and moved.filter(means=Means.CASH).exists()
    words = "Erreur de rendu de monnaie, constatée au comptage (démonstration)" if short else ""
    close_till(cash_counted=expected - Decimal("0.50") * short, explanation=words, by=by, at=at)
    return short


def _deposit(day: date, by: User) -> None:
    at = at_hour(day, DEPOSITS_AT)
    for kind in (DepositSlip.Kind.CHEQUES, DepositSlip.Kind.CESU):
        if to_deposit(kind).filter(received_at__lte=at).exists():
            deposit_titles(kind=kind, by=by, at=at)
    held = cash_book(until=at).held
    if held > 0:
        deposit_cash(amount=held, by=by, at=at)


def _bounce(agenda: Agenda, by: User) -> None:
    named = {parent.email for parent in PARENTS}
    cheques = Payment.objects.filter(means=Means.CHEQUE, received_at__lt=at_hour(agenda.today - 15 * ONE_DAY, time.min))
    cheque = cheques.exclude(family__guardians__user__email__in=named).order_by("-received_at", "pk").first()
    if cheque:
        at = at_hour(working_day(agenda.today - BOUNCED_AGO * ONE_DAY), time(11, 5))
        reverse_collection(
            payment=cheque, cause="impaye", reason="Rejet pour défaut de provision (démonstration)", by=by, at=at
        )


def working_day(day: date) -> date:
    """Return a day, or the Friday before a week-end."""
    while day.weekday() >= SATURDAY:
        day -= ONE_DAY
    return day
