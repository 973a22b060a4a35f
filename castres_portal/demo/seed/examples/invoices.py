"""What the named households did with their invoices: one reads them on line, one asked for a statement, one contests a line."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from accounts.models import User
from billing.household_papers import STATEMENT_PAPER
from billing.models import Dispute, Invoice, InvoiceLine
from billing.rules.debits import earliest_collection
from billing.sepa.config import creditor
from billing.services.debits import announce_debits, sign_mandate
from billing.services.debits.batches import invoices_to_debit
from billing.services.delivery import choose_delivery
from billing.services.disputes import dispute_lines
from billing.services.printing import NothingToPost, ask_batch
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import BERNARD, MARTIN, PETIT, REGISSEUR, Account
from documents.services.papers import issue_paper
from families.models import Guardian

DEMONSTRATION_IBAN = "FR7630006000011234567890189"  # the one that banks print on their specimens


def invoice_examples(today: date) -> None:
    """Choose, ask and contest as the families did in the last weeks; then the régisseur prepares the letters."""
    _choose(MARTIN, True, _hour(today, -200, 21))
    _choose(BERNARD, True, _hour(today, -60, 8))
    _choose(BERNARD, False, _hour(today, -30, 19))
    _statement(MARTIN, today)
    _contest(PETIT, _hour(today, -2, 22))
    _print(today)
    _debit(BERNARD, today)


def _debit(account: Account, today: date) -> None:
    """A mandate signed three weeks ago, and a collection told to the household yesterday."""
    if creditor() is None:
        return
    guardian = _guardian(account)
    assert guardian.user
    sign_mandate(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        holder=guardian.full_name,
        iban=DEMONSTRATION_IBAN,
        at=_hour(today, -21, 20),
    )
    told_at = _hour(today, -1, 11)
    if invoices_to_debit():
        announce_debits(
            collect_on=earliest_collection(told_at.date()), by=User.objects.get(email=REGISSEUR.email), at=told_at
        )


def _choose(account: Account, online: bool, at: datetime) -> None:
    guardian = _guardian(account)
    assert guardian.user
    choose_delivery(family=guardian.family, guardian=guardian, user=guardian.user, online=online, at=at)


def _statement(account: Account, today: date) -> None:
    guardian = _guardian(account)
    assert guardian.user
    if not Invoice.objects.filter(family=guardian.family).exists():
        return
    issue_paper(
        kind=STATEMENT_PAPER,
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        answers={"starts_on": today - timedelta(days=180), "ends_on": today - timedelta(days=5)},
        submission=uuid4(),
        at=_hour(today, -5, 18),
    )


def _contest(account: Account, at: datetime) -> None:
    guardian = _guardian(account)
    line = InvoiceLine.objects.filter(invoice__family=guardian.family).order_by("-invoice__month", "day").first()
    if line is None:
        return
    assert guardian.user
    dispute_lines(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        lines=[line.pk],
        reason=Dispute.Reason.ABSENT,
        words="La sortie de la classe était ce jour-là, et l’école avait prévenu la cantine.",
        submission=uuid4(),
        at=at,
    )


def _print(today: date) -> None:
    month = Invoice.objects.order_by("-month").values_list("month", flat=True).first()
    if month:
        try:
            ask_batch(month=month, by=User.objects.get(email=REGISSEUR.email), at=_hour(today, -1, 14))
        except NothingToPost:  # every household of a very small town reads its invoices on line
            return


def _guardian(account: Account) -> Guardian:
    return Guardian.objects.select_related("family", "user").get(user__email=account.email, pays=True)


def _hour(today: date, days: int, hour: int) -> datetime:
    return datetime.combine(today + timedelta(days=days), time(hour), PARIS)
