"""Direct debits of the past months: some households signed, a file leaves each month, once a bank sends one back.

Mandates and announcements are written in bulk, without the mails that would fill the mailbox; file, collection and return come
from the services that the régisseur uses. Everybody has the account number that banks print on their specimens.
"""

from datetime import date, time, timedelta

from accounts.models import User
from billing.models import Anomaly, Debit, DebitBatch, Invoice, SepaMandate
from billing.queries.invoices import unpaid, with_paid
from billing.rules.debits import earliest_collection, end_to_end, mandate_reference
from billing.sepa.config import Creditor, creditor
from billing.sepa.returns import Return
from billing.services.debits import apply_returns, confirm_batch, make_file
from castres_portal.demo.accounts import PARENTS
from castres_portal.demo.seed.agenda import Agenda, at_hour, billing_day
from families.models import Guardian

DEMONSTRATION_IBAN = "FR7630006000011234567890189"
ONE_IN = 25  # households that have an account
SIGNED_BEFORE = timedelta(days=40)
FILE_AFTER = timedelta(days=5)
RETURN_AGO, RETURN_AFTER = 3, timedelta(days=6)
NO_FUNDS = "AM04"


def take_debits(agenda: Agenda, *, by: User) -> None:
    """Collect each month's invoices of the households that signed, as far as today allows."""
    town = creditor()
    if town is None or not agenda.billed:
        return
    mandates = _sign(agenda, town)
    for rank, month in enumerate(agenda.billed):
        batch = _announce(month, mandates, by, agenda.today)
        if batch is None:
            continue
        sent_on = batch.announced_at.date() + FILE_AFTER
        if sent_on >= agenda.today:
            continue
        make_file(batch=batch.pk, at=at_hour(sent_on, time(10, 30)))
        found_on = batch.collect_on + timedelta(days=1)
        if found_on >= agenda.today:
            continue
        confirm_batch(batch=batch.pk, by=by, at=at_hour(found_on, time(9, 50)))
        if rank == len(agenda.billed) - 1 - RETURN_AGO:
            _send_one_back(batch, by)


def _sign(agenda: Agenda, town: Creditor) -> dict[int, SepaMandate]:
    payers = (
        Guardian.objects.filter(pays=True, user__isnull=False)
        .exclude(user__email__in=[account.email for account in PARENTS])
        .select_related("family", "user")
        .order_by("family_id")
    )
    at = at_hour(agenda.billed[0] - SIGNED_BEFORE, time(20, 5))
    rows = [
        SepaMandate(
            family=payer.family,
            rum=mandate_reference(payer.family.number, 1),
            holder=payer.full_name[:70],
            iban=DEMONSTRATION_IBAN,
            iban_tail=DEMONSTRATION_IBAN[-4:],
            bic="AGRIFRPP",
            creditor=town.name,
            creditor_id=town.creditor_id,
            guardian=payer,
            signer=payer.full_name,
            signed_by=payer.user,
            signed_at=at,
        )
        for payer in payers[3::ONE_IN]
    ]
    return {row.family_id: row for row in SepaMandate.objects.bulk_create(rows)}


def _announce(month: date, mandates: dict[int, SepaMandate], by: User, today: date) -> DebitBatch | None:
    told_on = billing_day(month) + timedelta(days=1)
    invoices = list(unpaid(with_paid(Invoice.objects.filter(month=month, family__in=mandates))).order_by("number"))
    if told_on >= today or not invoices:
        return None
    batch = DebitBatch.objects.create(
        collect_on=earliest_collection(told_on), announced_at=at_hour(told_on, time(11)), announced_by=by
    )
    used = set(Debit.objects.values_list("mandate", flat=True))
    Debit.objects.bulk_create(_debit(batch, invoice, mandates[invoice.family_id], used) for invoice in invoices)
    return batch


def _debit(batch: DebitBatch, invoice: Invoice, mandate: SepaMandate, used: set[int]) -> Debit:
    return Debit(
        batch=batch,
        mandate=mandate,
        invoice=invoice,
        end_to_end=end_to_end(invoice.number, 1),
        amount=invoice.owed,  # type: ignore[attr-defined]  # annotated
        first_use=mandate.pk not in used,
    )


def _send_one_back(batch: DebitBatch, by: User) -> None:
    """A bank finds too little on the account: the invoice owes again, and is paid later at the counter."""
    day = batch.collect_on + RETURN_AFTER
    for debit in batch.debits.order_by("-amount", "pk")[:1]:
        at = at_hour(day, time(14, 15))
        apply_returns(returns=[Return(debit.end_to_end, NO_FUNDS, day)], at=at)
        Anomaly.objects.filter(invoice=debit.invoice_id, settled_at=None).update(
            settled_at=at + timedelta(days=1), settled_by=by
        )
