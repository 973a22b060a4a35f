"""A month's preview that waits for the régie, a credit note to confirm, one confirmed and deducted.

Three households had no payer when the last month was invoiced (see money.py); they have one again, and their invoices are
previewed. Without any invoice, as in a town that has just opened, there is nothing to correct.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import User
from billing.models import CreditNote, Invoice
from billing.rules.periods import previous_month
from billing.services import runs
from billing.services.corrections import confirm_credit_note, propose_price_error
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import MARTIN, PETIT, REGISSEUR, Account

MONTHS_BACK = 4


def add_corrections(today: date) -> None:
    """Propose, confirm and preview as the régie did in the last days."""
    regisseur = User.objects.get(email=REGISSEUR.email)
    if recent := _invoices(MARTIN).reverse()[:MONTHS_BACK]:
        paid = recent[len(recent) - 1]
        words = "Le repas du jour n’a pas été servi (panne de la cuisine)."
        note = _propose(paid, 2, None, words, regisseur, _hour(today - timedelta(days=3), 15))
        confirm_credit_note(note=note, by=regisseur, at=_hour(today - timedelta(days=2), 10))
    if invoice := _invoices(PETIT).last():
        words = "La tranche appliquée n’était pas la bonne ce jour-là."
        _propose(invoice, 1, Decimal("0.50"), words, regisseur, _hour(today - timedelta(days=1), 16))
    _preview(today)


def _preview(today: date) -> None:
    """The last month again: what was held back and has been mended."""
    at = _hour(today, 0)
    run = runs.start_preview(month=previous_month(today), by=None, at=at, wake_workers=False)
    for chunk in runs.waiting_previews(run):
        runs.preview_chunk(chunk, at=at)


def _propose(invoice: Invoice, lines: int, per_line: Decimal | None, words: str, by: User, at: datetime) -> CreditNote:
    chosen = invoice.lines.filter(amount__gte=1).order_by("day", "pk")[:lines]
    return propose_price_error(
        invoice=invoice,
        lines=[line.pk for line in chosen],
        per_line=per_line,
        reason=CreditNote.Reason.PRICE,
        words=words,
        by=by,
        at=at,
    )


def _invoices(account: Account) -> QuerySet[Invoice]:
    found = Invoice.objects.filter(payer__user__email=account.email, lines__amount__gte=1)
    return found.distinct().order_by("month")


def _hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 10), PARIS)
