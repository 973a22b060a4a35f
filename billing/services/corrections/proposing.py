"""Proposing corrections: what is found after the issue, and the price error that an agent types."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Supplement, SupplementLine
from billing.rules.corrections import NOTHING, Parts, at_most, parts_of, split
from billing.services.payments.locks import lock_invoices
from castres_portal.base.errors import Refusal

Reason = CreditNote.Reason
Status = CreditNote.Status


class CannotPropose(Refusal):
    """A credit note that would give back nothing, or more than was charged."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line comes to with the corrections that are confirmed or still to be decided."""

    left: Parts  # what may still be given back
    asked: Parts  # what it comes to, supplements included


@transaction.atomic(durable=True)
def propose_price_error(
    *,
    invoice: Invoice,
    lines: Collection[int],
    per_line: Decimal | None,
    reason: str,
    words: str,
    by: User,
    at: datetime,
) -> CreditNote:
    """Propose to give back so many euros of each of some lines (ids) of an invoice, all that is left of them when None.

    Raises CannotPropose when a line is not the invoice's, has less left, or when nothing is left to give back.
    """
    rows = list(InvoiceLine.objects.filter(invoice=invoice, pk__in=lines))
    if not rows or len(rows) != len(set(lines)):
        raise CannotPropose("Choisissez des lignes de cette facture.")
    lock_invoices([invoice.pk])
    standing = standing_of(rows)
    asked = {}
    for row in rows:
        left = standing[row.pk].left
        if per_line is not None and per_line > left.total:
            raise CannotPropose(f"Il ne reste que {left.total} € à rendre sur la ligne « {row} ».".replace(".", ",", 1))
        asked[row.pk] = left if per_line is None else split(per_line, left)
    note = propose_credit(invoice, asked, reason=Reason(reason), words=words, by=by, at=at)
    if note is None:
        raise CannotPropose("Il ne reste rien à rendre sur ces lignes.")
    return note


def propose_credit(
    invoice: Invoice,
    asked: Mapping[int, Parts],
    *,
    reason: CreditNote.Reason,
    words: str,
    by: User | None,
    at: datetime,
) -> CreditNote | None:
    """Propose to give back parts of an invoice's lines (by id), or what is left of them; None when nothing is.

    Part of the caller's transaction; the invoice is locked, so that two proposals never share the same euros.
    """
    lock_invoices([invoice.pk])
    rows = {row.pk: row for row in InvoiceLine.objects.filter(invoice=invoice, pk__in=list(asked))}
    standing = standing_of(rows.values())
    given = {pk: at_most(asked[pk], standing[pk].left) for pk in sorted(rows)}
    given = {pk: parts for pk, parts in given.items() if parts}
    if not given:
        return None
    note = CreditNote.objects.create(
        family_id=invoice.family_id,
        invoice=invoice,
        reason=reason,
        words=words[:400],
        total=sum((parts.total for parts in given.values()), Decimal("0.00")),
        proposed_at=at,
        proposed_by=by,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(note=note, line_id=pk, care_part=parts.care, food_part=parts.food, amount=parts.total)
        for pk, parts in given.items()
    )
    return note


def propose_supplement(
    invoice: Invoice, lines: list[SupplementLine], *, reason: CreditNote.Reason, words: str, at: datetime
) -> Supplement:
    """Propose to charge more for some lines of an invoice, on the household's next one; part of the caller's transaction."""
    supplement = Supplement.objects.create(
        family_id=invoice.family_id,
        invoice=invoice,
        reason=reason,
        words=words[:400],
        total=sum((line.amount for line in lines), Decimal("0.00")),
        proposed_at=at,
    )
    for line in lines:
        line.supplement = supplement
    SupplementLine.objects.bulk_create(lines)
    return supplement


def standing_of(lines: "Collection[InvoiceLine]") -> dict[int, Standing]:
    """Return what each line comes to, by id; two queries. Proposed corrections count: they may be confirmed."""
    lines = list(lines)
    ids = [line.pk for line in lines]
    back: dict[int, Parts] = defaultdict(lambda: NOTHING)
    more: dict[int, Parts] = defaultdict(lambda: NOTHING)
    for credit in CreditNoteLine.objects.filter(line__in=ids).exclude(note__status=Status.REFUSED):
        back[credit.line_id] = back[credit.line_id].plus(parts_of(credit))
    for extra in SupplementLine.objects.filter(line__in=ids).exclude(supplement__status=Status.REFUSED):
        more[extra.line_id] = more[extra.line_id].plus(parts_of(extra))
    found = {}
    for line in lines:
        left = parts_of(line).less(back[line.pk])
        found[line.pk] = Standing(left=left, asked=left.plus(more[line.pk]))
    return found
