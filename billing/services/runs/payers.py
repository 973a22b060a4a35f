"""The invoices of the other payers: their parts of the lines of households, one invoice each, once all these are issued."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from billing.models import BillingRun, CoveredLine, Invoice, InvoiceLine
from billing.rules.coverage import part_step
from billing.rules.drafts import initials
from billing.rules.periods import invoice_number, number_series
from billing.services.rows import insert_rows
from billing.services.runs.issuing import address_of, open_for_payment
from castres_portal.base import clock
from castres_portal.base.numbering import take_numbers
from families.models import Guardian

LINE_FIELDS = (
    "invoice",
    "covers",
    "child",
    "child_name",
    "activity_name",
    "day",
    "band",
    "rule",
    "deliberation",
    "care_part",
    "food_part",
    "amount",
    "tariff",
    "explanation",
)


def parts_to_invoice(month: date) -> QuerySet[CoveredLine]:
    """Return the parts, of the lines issued for a month or an earlier one, that no invoice asks of their payer."""
    return CoveredLine.objects.filter(invoice_line=None, line__invoice__month__lte=month)


def issue_for_payers(run: BillingRun, at: datetime) -> list[Invoice]:
    """Number and write one invoice for each other payer; part of the transaction that ends the run, its numbers locked.

    A line says the day, the child, the price and the decision: neither the quotient of the household nor anything else of it.
    """
    rows = parts_to_invoice(run.month).select_related("line", "coverage", "payer", "payer__paying_body")
    parts = {pk: list(of_payer) for pk, of_payer in groupby(rows.order_by("payer", "line"), key=attrgetter("payer_id"))}
    guardians = _contacts(parts)
    parts = {payer: of_payer for payer, of_payer in parts.items() if payer in guardians}
    if not parts:
        return []
    first = take_numbers(number_series(run.month), len(parts))
    invoices = [
        _invoice(run, guardians[payer], of_payer, first + rank, at)
        for rank, (payer, of_payer) in enumerate(sorted(parts.items()))
    ]
    Invoice.objects.bulk_create(invoices)
    insert_rows(InvoiceLine, LINE_FIELDS, _lines(invoices, parts))
    open_for_payment(run, invoices, at)
    return invoices


def _contacts(payers: Mapping[int, Any]) -> dict[int, Guardian]:
    """Return who receives the invoices of each file; a file without payer has its first guardian."""
    rows = Guardian.objects.filter(family__in=list(payers)).exclude(rights=Guardian.Rights.EXCLUDED)
    found: dict[int, Guardian] = {}
    for guardian in rows.select_related("family__paying_body").order_by("-pays", "pk"):
        found.setdefault(guardian.family_id, guardian)
    return found


def _invoice(run: BillingRun, contact: Guardian, parts: Sequence[CoveredLine], rank: int, at: datetime) -> Invoice:
    family = contact.family
    person = f"{contact.title} {contact.full_name}"
    body = getattr(family, "paying_body", None)
    return Invoice(
        number=invoice_number(run.month, rank),
        run=run,
        family=family,
        payer=contact,
        month=run.month,
        issued_on=clock.in_paris(at).date(),
        issued_at=at,
        payer_name=family.name if body else person,
        payer_address=f"À l’attention de {person}\n{address_of(family)}" if body else address_of(family),
        regie=str(settings.TOWN["regie"]),
        total=sum((part.amount for part in parts), Decimal("0.00")),
        for_others=True,
    )


def _lines(invoices: Sequence[Invoice], parts: Mapping[int, Sequence[CoveredLine]]) -> Iterator[tuple[Any, ...]]:
    """The values of LINE_FIELDS for each part."""
    for invoice in invoices:
        for part in parts[invoice.family_id]:
            line, coverage = part.line, part.coverage
            body = getattr(part.payer, "paying_body", None)
            named = body is None or body.names_children
            yield (
                invoice.pk,
                part.pk,
                line.child_id,
                line.child_name if named else initials(line.child_name),
                line.activity_name,
                line.day,
                "",
                InvoiceLine.Rule.COVERED.value,
                line.deliberation,
                part.care_part,
                part.food_part,
                part.amount,
                line.tariff_id,
                part_step(coverage.percent, line.amount, part.amount, coverage.decision, coverage.decided_on),
            )
