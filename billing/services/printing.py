"""Invoices by post: the agent asks for a batch, a worker puts the papers together in the order of the post."""

import io
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pikepdf
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from billing import tasks
from billing.models import Invoice, InvoicePdf, PrintBatch, PrintedInvoice
from billing.queries.delivery import invoices_to_post, papers_missing
from billing.rules.postal import PostalKey, postal_key
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_month

log = logging.getLogger(__name__)
TAKEN_FOR = timedelta(minutes=15)


class NothingToPost(Refusal):
    """No invoice of the month waits for a stamp."""


def ask_batch(*, month: date, by: User | None, at: datetime) -> PrintBatch:
    """Keep together the invoices of a month that go by post and are in no batch yet, in the order of the post.

    Raises NothingToPost when there is none, or when somebody else has just taken them.
    """
    try:
        return _ask(month, by, at)
    except IntegrityError as taken:
        raise NothingToPost("Un autre lot vient d’être préparé pour ce mois. Il est dans la liste.") from taken


@transaction.atomic(durable=True)
def _ask(month: date, by: User | None, at: datetime) -> PrintBatch:
    found = sorted(invoices_to_post(month).select_related("family"), key=_key)
    if not found:
        raise NothingToPost(f"Aucune facture {of_month(month)} n’attend d’être imprimée.")
    batch = PrintBatch.objects.create(month=month, asked_by=by, asked_at=at, invoices=len(found))
    PrintedInvoice.objects.bulk_create(
        PrintedInvoice(invoice=invoice, batch=batch, rank=rank) for rank, invoice in enumerate(found, start=1)
    )
    enqueue_after_commit(tasks.make_print_batches)
    return batch


def _key(invoice: Invoice) -> PostalKey:
    family = invoice.family
    return postal_key(postcode=family.postcode, city=family.city, street=family.street, name=invoice.payer_name)


def make_batches(*, at: datetime) -> int:
    """Put together the batches that wait, once all their papers are made; return how many are ready.

    A batch that fails is logged and taken up again a quarter of an hour later.
    """
    made = 0
    for batch in PrintBatch.objects.filter(made_at=None).order_by("pk"):
        if papers_missing(batch) or not _take(batch, at):
            continue
        try:
            _make(batch, at)
            made += 1
        except Exception:
            log.exception("Le lot d’impression %s a échoué", batch.pk)
    return made


def _take(batch: PrintBatch, at: datetime) -> bool:
    free = Q(taken_until=None) | Q(taken_until__lt=at)
    return bool(PrintBatch.objects.filter(free, pk=batch.pk, made_at=None).update(taken_until=at + TAKEN_FOR))


def _make(batch: PrintBatch, at: datetime) -> None:
    names = InvoicePdf.objects.filter(invoice__printed__batch=batch).order_by("invoice__printed__rank")
    content, sheets = _bound(names.values_list("file", flat=True))
    name = default_storage.save(f"impressions/{uuid4().hex}.pdf", ContentFile(content))
    kept = PrintBatch.objects.filter(pk=batch.pk, made_at=None)
    if not kept.update(file=name, sheets=sheets, made_at=at, taken_until=None):
        default_storage.delete(name)  # another worker was as slow, and finished first


def _bound(names: Iterable[str]) -> tuple[bytes, int]:
    """Put papers one after the other, each on a sheet of its own when both sides are printed; return the PDF and its sheets."""
    out = io.BytesIO()
    with pikepdf.new() as book:
        for name in names:
            with default_storage.open(name) as file, pikepdf.open(io.BytesIO(file.read())) as paper:
                book.pages.extend(paper.pages)
            if len(book.pages) % 2:
                last = pikepdf.Page(book.pages[-1]).mediabox
                book.add_blank_page(page_size=(float(last[2]), float(last[3])))
        sheets = len(book.pages) // 2
        book.save(out)
    return out.getvalue(), sheets
