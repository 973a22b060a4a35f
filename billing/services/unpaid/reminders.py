"""Reminding households of what they have not paid: first the rows, then the mails, once each.

What is paid in between is asked for no more: it is looked at again when the mail is written. A run that is killed leaves rows to
settle, and the next one goes on.
"""

from collections import defaultdict
from datetime import date, datetime

from django.db import transaction

from billing.models import Invoice, PaymentReminder
from billing.queries.handed_over import owed_of
from billing.queries.invoices import unpaid, with_paid
from billing.queries.treasury import left_alone, reminders_to_plan, unpaid_policy
from billing.till_emails import payment_reminder
from castres_portal.base.mail import Letter, queue_mails
from families.models import Guardian

BATCH = 500


@transaction.atomic(durable=True)
def plan_reminders(*, at: datetime, today: date) -> int:
    """Write a reminder for each invoice whose day has come; return how many. Safe to run twice and at once.

    An invoice that missed its first reminder gets the latest one only: never two mails for one day.
    """
    planned = 0
    for rank, days in sorted(enumerate(unpaid_policy().reminder_days, start=1), reverse=True):
        rows = reminders_to_plan(rank, days, today=today)
        found = PaymentReminder.objects.bulk_create(
            [PaymentReminder(invoice_id=pk, rank=rank, planned_at=at) for pk in rows.values_list("pk", flat=True)],
            ignore_conflicts=True,  # planned already, by another run
        )
        planned += len(found)
    return planned


def send_reminders(*, at: datetime) -> int:
    """Write the mails of the reminders that wait, one for a household; return how many. Safe to run twice and at once."""
    written = 0
    while (mails := _send_some(at)) is not None:
        written += mails
    return written


@transaction.atomic(durable=True)
def _send_some(at: datetime) -> int | None:
    waiting = PaymentReminder.objects.filter(settled_at=None).order_by("pk")
    taken = list(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)[:BATCH])
    if not taken:
        return None
    rows = _with_invoices(taken)
    by_family: dict[int, list[PaymentReminder]] = defaultdict(list)
    for row in rows:
        row.settled_at = at
        if row.owed is not None:
            by_family[row.invoice.family_id].append(row)
    letters: list[Letter] = []
    recipients = _recipients(by_family)
    for family, reminders in by_family.items():
        told = [payment_reminder(reminders, guardian, to=to) for guardian, to in recipients.get(family, [])]
        letters += told
        for row in reminders:
            row.mails = len(told)
    PaymentReminder.objects.bulk_update(rows, ["settled_at", "owed", "mails"])
    queue_mails(letters)
    return len(letters)


def _with_invoices(taken: list[PaymentReminder]) -> list[PaymentReminder]:
    """Bring what each invoice still owes; nothing for one that was paid, contested or handed over since it was planned."""
    invoices = left_alone(unpaid(with_paid(Invoice.objects.filter(pk__in=[row.invoice_id for row in taken]))))
    owed = {row.pk: row for row in invoices.select_related("window", "family")}
    for row in taken:
        if invoice := owed.get(row.invoice_id):
            row.invoice, row.owed = invoice, owed_of(invoice)
    return sorted(taken, key=lambda row: (row.invoice_id, row.rank))


def _recipients(families: dict[int, list[PaymentReminder]]) -> dict[int, list[tuple[Guardian, str]]]:
    """Return who is written to: the account holders, else the payer's own address; never who is excluded from the file."""
    found: dict[int, list[tuple[Guardian, str]]] = defaultdict(list)
    spare: dict[int, list[tuple[Guardian, str]]] = defaultdict(list)
    guardians = Guardian.objects.filter(family__in=families).exclude(rights=Guardian.Rights.EXCLUDED)
    for guardian in guardians.select_related("user"):
        if guardian.user and guardian.user.is_active:
            found[guardian.family_id].append((guardian, guardian.user.email))
        elif guardian.pays and guardian.email:
            spare[guardian.family_id].append((guardian, guardian.email))
    return {family: found.get(family) or spare.get(family, []) for family in families}
