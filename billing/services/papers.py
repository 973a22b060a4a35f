"""The papers of the invoices, and the mails that announce them: made after the invoices, a few at a time.

Paper and mail are each said to be done in the transaction that keeps them, so that neither is ever missing or sent twice.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Prefetch, Q

from billing import emails, pdfs
from billing.models import Invoice, InvoiceLine, InvoicePdf
from billing.queries.delivery import papers_to_announce
from billing.queries.invoices import with_deductions
from castres_portal.base.mail import queue_mails
from families.models import Guardian

log = logging.getLogger(__name__)
BATCH = 20
TAKEN_FOR = timedelta(minutes=5)
WORKING_SECONDS = 45  # less than the minute of the sweep: a worker is never kept from the mails and the bank for long


def new_file_name(month: date) -> str:
    """Return where a paper will be kept: a name that nobody guesses."""
    return f"factures/{month:%Y-%m}/{uuid4().hex}.pdf"


def make_waiting_papers(*, at: datetime, seconds: float = WORKING_SECONDS) -> int:
    """Make the papers that wait and announce those that are made, for some seconds; return how many were made.

    Several workers may do it at once. A paper that fails is logged and taken up again five minutes later.
    """
    stop_at = time.monotonic() + seconds
    made = 0
    while time.monotonic() < stop_at and (papers := _take(at)):
        made += make_papers(papers, at=at)
        announce_papers(at=at)
    while announce_papers(at=at):
        pass
    return made


def make_papers(papers: Sequence[InvoicePdf], *, at: datetime) -> int:
    """Render and keep the papers of some invoices; return how many are made."""
    made = 0
    invoices = invoices_to_print(paper.invoice_id for paper in papers)
    for paper in papers:
        try:
            make_paper(paper, invoices[paper.invoice_id], at=at)
            made += 1
        except Exception:
            log.exception("Le PDF de la facture %s a échoué", invoices[paper.invoice_id].number)
    return made


def make_paper(paper: InvoicePdf, invoice: Invoice, *, at: datetime) -> bytes:
    """Render one paper, keep it, say that it is made, and return it. Made twice, it is the same paper at the same place."""
    content = pdfs.invoice_pdf(invoice)
    name = paper.file.name or new_file_name(invoice.month)
    default_storage.delete(name)
    paper.file.name = default_storage.save(name, ContentFile(content))
    paper.made_at, paper.taken_until = at, None
    InvoicePdf.objects.filter(pk=paper.pk).update(file=paper.file.name, made_at=at, taken_until=None)
    return content


def paper_of(invoice: Invoice, *, at: datetime) -> bytes:
    """Return the paper of an invoice, made now if it is not there yet."""
    paper = InvoicePdf.objects.get_or_create(invoice=invoice, defaults={"file": new_file_name(invoice.month)})[0]
    name = paper.file.name or ""
    if paper.made_at and default_storage.exists(name):
        with default_storage.open(name) as file:
            return bytes(file.read())
    return make_paper(paper, invoices_to_print([invoice.pk])[invoice.pk], at=at)


def invoices_to_print(ids: Iterable[int]) -> dict[int, Invoice]:
    """Return some invoices with all that their paper shows; three queries."""
    lines = Prefetch("lines", InvoiceLine.objects.order_by("pk"))
    found = Invoice.objects.select_related("window", "family").prefetch_related(lines)
    return with_deductions(found).in_bulk(list(ids))


@transaction.atomic(durable=True)
def announce_papers(*, at: datetime, limit: int = 200) -> int:
    """Mail each family's account holders that her invoice is there, once; return how many invoices were announced.

    An organisation has no space to open: its invoice itself goes with the mail; without an address, it waits for the post.
    """
    papers = list(
        papers_to_announce()
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("invoice__window")
        .order_by("invoice_id")[:limit]
    )
    readers = readers_of({paper.invoice.family_id for paper in papers})
    queue_mails(
        emails.invoice_ready(paper.invoice, guardian)
        for paper in papers
        for guardian in readers.get(paper.invoice.family_id, [])
    )
    contacts = contacts_of({paper.invoice.family_id for paper in papers if paper.invoice.for_others} - readers.keys())
    queue_mails(
        emails.invoice_for_body(paper.invoice, contacts[paper.invoice.family_id], paper_of(paper.invoice, at=at))
        for paper in papers
        if paper.invoice.for_others and paper.invoice.family_id in contacts
    )
    InvoicePdf.objects.filter(pk__in=[paper.pk for paper in papers]).update(announced_at=at)
    return len(papers)


@transaction.atomic(durable=True)
def _take(at: datetime) -> list[InvoicePdf]:
    """Claim some papers to be made."""
    free = Q(taken_until=None) | Q(taken_until__lt=at)
    papers = list(
        InvoicePdf.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(free, made_at=None)
        .order_by("invoice_id")[:BATCH]
    )
    InvoicePdf.objects.filter(pk__in=[paper.pk for paper in papers]).update(taken_until=at + TAKEN_FOR)
    return papers


def readers_of(family_ids: Iterable[int]) -> dict[int, list[Guardian]]:
    """Return the account holders of some files (ids) who may read their invoices; one query."""
    readers: dict[int, list[Guardian]] = {}
    guardians = Guardian.objects.filter(family_id__in=family_ids, user__is_active=True)
    guardians = guardians.exclude(rights=Guardian.Rights.EXCLUDED).select_related("user")
    for guardian in guardians:
        readers.setdefault(guardian.family_id, []).append(guardian)
    return readers


def contacts_of(family_ids: Iterable[int]) -> dict[int, Guardian]:
    """Return who receives the invoices of organisations without an account, of those who have an electronic address."""
    guardians = Guardian.objects.filter(family_id__in=family_ids, family__paying_body__isnull=False, pays=True)
    return {guardian.family_id: guardian for guardian in guardians.exclude(email="")}
