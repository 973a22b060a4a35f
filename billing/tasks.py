"""Tasks of billing: each is a wake-up for rows that wait, and is safe to run twice or at once (decision 5)."""

from celery import shared_task

from castres_portal.base import clock

# The services wake these tasks, so that they are imported inside the functions.


@shared_task
def run_chunk(chunk_id: int) -> None:
    """Issue the invoices of one chunk of households, if nobody has it in hand."""
    from billing.services import runs

    runs.run_chunk(chunk_id, at=clock.now())


@shared_task
def preview_chunk(chunk_id: int) -> None:
    """Count the invoices to be of one chunk of households, if nobody has it in hand."""
    from billing.services import runs

    runs.preview_chunk(chunk_id, at=clock.now())


@shared_task
def preview_if_due() -> None:
    """Preview the month that is over, once its day has come, unless somebody has."""
    from billing.services import runs

    runs.preview_if_due(at=clock.now())


@shared_task
def resume_runs() -> None:
    """Go on with the runs that were left half-way."""
    from billing.services import runs

    runs.resume_runs(at=clock.now())


@shared_task
def make_invoice_papers() -> None:
    """Make the PDFs that wait, and tell the families that their invoices are there."""
    from billing.services import papers

    papers.make_waiting_papers(at=clock.now())


@shared_task
def reconcile_payments() -> None:
    """Ask the bank about the attempts whose time has come."""
    from billing.services import payments

    payments.reconcile(clock.now)


@shared_task
def apply_stored_message(message_id: int) -> None:
    """Apply a message of the bank (id) that the web had no time to apply."""
    from billing.services import payments

    payments.apply_message(message_id, at=clock.now())


@shared_task
def apply_stored_messages() -> None:
    """Apply the bank's messages that a failure left behind."""
    from billing.services import payments

    payments.apply_stored_messages(at=clock.now())


@shared_task
def remind_of_unpaid_invoices() -> None:
    """Remind households of what they have not paid."""
    from billing.services import unpaid

    unpaid.plan_reminders(at=clock.now(), today=clock.today())
    unpaid.send_reminders(at=clock.now())


@shared_task
def watch_instalments() -> None:
    """Tell of the instalments that the bank did not debit on their day."""
    from billing.services import payments

    payments.watch_instalments(today=clock.today(), at=clock.now())


@shared_task
def make_print_batches() -> None:
    """Put together the batches of invoices to print, once their papers are made."""
    from billing.services import printing

    printing.make_batches(at=clock.now())


@shared_task
def end_unused_mandates() -> None:
    """End the mandates of direct debit that were not used for 36 months."""
    from billing.services import debits

    debits.end_unused_mandates(at=clock.now())


@shared_task
def reconcile_accounts() -> None:
    """Check all the accounts, and tell the régisseurs what is new."""
    from billing.services import daily, reconciliation

    daily.compare_open_files(at=clock.now())
    reconciliation.reconcile_accounts(at=clock.now())
