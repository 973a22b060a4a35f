"""Proposing corrections: what is found after the issue, and the price error that an agent types."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing.models import CoveredLine, CreditNote, CreditNoteLine, Invoice, InvoiceLine, Supplement, SupplementLine
from billing.models.corrections import WORDS_FOR_OTHERS
from billing.rules.corrections import NOTHING, Parts, at_most, parts_of, split, sum_of
from billing.rules.coverage import share_back
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
    left_of_household: Parts = NOTHING  # of what may be given back: to the household of the invoice
    left_of_others: Sequence[Parts] = ()  # and to each of those who pay a part, in the order of their parts


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

    What several pay is given back to each in proportion, by a credit note on his own invoice: they are decided together, and
    the first is returned. Part of the caller's transaction; the invoices are locked: two proposals never share the same euros.
    Raises CannotPropose while the run that asks the others of their parts has not ended.
    """
    lock_invoices([invoice.pk])
    rows = {row.pk: row for row in InvoiceLine.objects.filter(invoice=invoice, pk__in=list(asked))}
    parts = parts_of_others(rows)
    if parts:
        lock_invoices({invoice.pk, *(part.invoice_line.invoice_id for of_line in parts.values() for part in of_line)})
    standing = standing_of(rows.values())
    given: dict[int, dict[int, Parts]] = {invoice.pk: {}}
    for pk in sorted(rows):
        back = at_most(asked[pk], standing[pk].left)
        for line, mine in _among(rows[pk], back, standing[pk], parts.get(pk, ())):
            if mine:
                given.setdefault(line.invoice_id, {})[line.pk] = mine
    notes: list[CreditNote] = []
    for invoice_id, lines in given.items():
        if lines:
            owner = invoice if invoice_id == invoice.pk else Invoice.objects.get(pk=invoice_id)
            first = notes[0] if notes else None
            said = words if owner is invoice else WORDS_FOR_OTHERS
            notes.append(_write_note(owner, lines, reason=reason, words=said, by=by, at=at, together=first))
    return notes[0] if notes else None


def _among(
    line: InvoiceLine, back: Parts, standing: "Standing", parts: Sequence[CoveredLine]
) -> list[tuple[InvoiceLine, Parts]]:
    """Share what is given back of a line: to the lines of the other payers, and to the household's own."""
    if not parts:
        return [(line, back)]
    taken = [parts_of(part) for part in parts]
    own = parts_of(line).less(sum_of(taken))
    owners = [*zip(taken, standing.left_of_others, strict=True), (own, standing.left_of_household)]
    shared = share_back(back, parts_of(line), owners)
    return list(zip([*(part.invoice_line for part in parts), line], shared, strict=True))


def _write_note(
    invoice: Invoice,
    given: Mapping[int, Parts],
    *,
    reason: CreditNote.Reason,
    words: str,
    by: User | None,
    at: datetime,
    together: CreditNote | None,
) -> CreditNote:
    note = CreditNote.objects.create(
        family_id=invoice.family_id,
        invoice=invoice,
        reason=reason,
        words=words[:400],
        total=sum((parts.total for parts in given.values()), Decimal("0.00")),
        proposed_at=at,
        proposed_by=by,
        together=together,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(note=note, line_id=pk, care_part=parts.care, food_part=parts.food, amount=parts.total)
        for pk, parts in given.items()
    )
    return note


def parts_of_others(lines: Collection[int]) -> dict[int, list[CoveredLine]]:
    """Return what others pay of some lines (ids), each with the line that asks it of them; one query.

    Raises CannotPropose when they have not been asked yet.
    """
    found: dict[int, list[CoveredLine]] = defaultdict(list)
    for part in CoveredLine.objects.filter(line__in=lines).select_related("invoice_line", "payer").order_by("pk"):
        if not hasattr(part, "invoice_line"):
            raise CannotPropose(
                f"La part de {part.payer.name} est en cours de facturation\u00a0: réessayez dans quelques minutes."
            )
        found[part.line_id].append(part)
    return found


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
    """Return what each line comes to, whoever pays, by id; three queries. Proposed corrections count: they may be confirmed."""
    lines = list(lines)
    ids = [line.pk for line in lines]
    more: dict[int, Parts] = defaultdict(lambda: NOTHING)
    for extra in SupplementLine.objects.filter(line__in=ids).exclude(supplement__status=Status.REFUSED):
        more[extra.line_id] = more[extra.line_id].plus(parts_of(extra))
    others: dict[int, list[CoveredLine]] = defaultdict(list)
    for part in CoveredLine.objects.filter(line__in=ids).select_related("invoice_line").order_by("pk"):
        others[part.line_id].append(part)
    asked_of_others = [
        part.invoice_line.pk for rows in others.values() for part in rows if hasattr(part, "invoice_line")
    ]
    back: dict[int, Parts] = defaultdict(lambda: NOTHING)
    for credit in CreditNoteLine.objects.filter(line__in=[*ids, *asked_of_others]).exclude(note__status=Status.REFUSED):
        back[credit.line_id] = back[credit.line_id].plus(parts_of(credit))
    found = {}
    for line in lines:
        parts = others[line.pk]
        own = parts_of(line).less(sum_of(parts_of(part) for part in parts)).less(back[line.pk])
        theirs = [
            parts_of(part).less(back[part.invoice_line.pk] if hasattr(part, "invoice_line") else NOTHING)
            for part in parts
        ]
        left = own.plus(sum_of(theirs))
        found[line.pk] = Standing(
            left=left, asked=left.plus(more[line.pk]), left_of_household=own, left_of_others=theirs
        )
    return found
