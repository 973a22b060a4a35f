"""A quotient that comes after the invoice: the invoice stays, and a credit note or a supplement is proposed to the régie."""

from collections import defaultdict
from datetime import datetime

from django.db.models import Q

from billing.models import CreditNote, CreditNoteLine, InvoiceLine, Supplement, SupplementLine
from billing.rules.corrections import Parts, difference
from billing.services.corrections.proposing import propose_credit, propose_supplement, standing_of
from castres_portal.base.french import plain_day
from families.quotient_changes import QuotientChange
from reservations.pricing import HouseholdPrices, NoTariff, QuotientOutsideBands, WantedDay

Reason, Status = CreditNote.Reason, CreditNote.Status
REPLACED = "Remplacé : le quotient a changé de nouveau."
# A day that is not owed at all has no price that a quotient could change.
NOT_OWED = (Reason.ABSENCE, Reason.CLOSURE)


def note_late_quotient(change: QuotientChange) -> None:
    """Propose what a quotient changes in the days already invoiced; part of the change's transaction.

    Cheaper: a credit note by invoice; dearer: a supplement by invoice. What an earlier change had proposed and nobody has
    decided is replaced. Nothing of an invoice changes.
    """
    lines = list(_lines_of(change))
    if not lines:
        return
    invoices = {line.invoice_id: line.invoice for line in lines}
    _replace_proposals(list(invoices), change.at)
    back: dict[int, dict[int, Parts]] = defaultdict(dict)
    more: dict[int, list[SupplementLine]] = defaultdict(list)
    _compare(lines, change, back, more)
    words = f"Le quotient du foyer a changé à partir du {plain_day(change.from_day)}."
    for pk, invoice in sorted(invoices.items()):
        if back[pk]:
            propose_credit(invoice, back[pk], reason=Reason.QUOTIENT, words=words, by=None, at=change.at)
        if more[pk]:
            propose_supplement(invoice, more[pk], reason=Reason.QUOTIENT, words=words, at=change.at)


def wanted_by(line: InvoiceLine) -> WantedDay:
    """Return what a line charges, to be priced anew: a booking, or a presence that nobody had announced."""
    if line.booking:
        return WantedDay.of(line.booking)
    return WantedDay(line.child_id, line.source.activity_id, line.day, unannounced=True)


def _lines_of(change: QuotientChange) -> "list[InvoiceLine]":
    not_owed = CreditNoteLine.objects.filter(note__reason__in=NOT_OWED, line__invoice__family=change.family)
    lines = InvoiceLine.objects.filter(
        invoice__family=change.family, day__gte=change.from_day, completes=None, covers=None
    )
    lines = lines.exclude(rule=InvoiceLine.Rule.EXCUSED)
    lines = lines.exclude(pk__in=not_owed.exclude(note__status=Status.REFUSED).values("line"))
    by_others = CreditNoteLine.objects.filter(
        note__reason__in=NOT_OWED, line__covers__line__invoice__family=change.family
    )
    lines = lines.exclude(pk__in=by_others.exclude(note__status=Status.REFUSED).values("line__covers__line"))
    return list(lines.select_related("invoice", "booking", "attendance").order_by("invoice__month", "pk"))


def _replace_proposals(invoices: list[int], at: datetime) -> None:
    # The credit notes of those who pay a part of these lines are decided with the household's.
    asked = CreditNoteLine.objects.filter(line__covers__line__invoice__in=invoices)
    notes = CreditNote.objects.filter(Q(invoice__in=invoices) | Q(pk__in=asked.values("note")))
    for rows in (notes, Supplement.objects.filter(invoice__in=invoices)):
        waiting = rows.filter(reason=Reason.QUOTIENT, status=Status.PROPOSED, proposed_by=None)
        waiting.update(status=Status.REFUSED, refusal=REPLACED, decided_at=at)


def _compare(
    lines: list[InvoiceLine],
    change: QuotientChange,
    back: dict[int, dict[int, Parts]],
    more: dict[int, list[SupplementLine]],
) -> None:
    days = [line.day for line in lines]
    activities, children = {line.source.activity_id for line in lines}, {line.child_id for line in lines}
    prices = HouseholdPrices.load([change.family.pk], children, activities, min(days), max(days))
    standing = standing_of(lines)
    for line in lines:
        try:
            priced = prices.price(change.family.pk, wanted_by(line))
        except (NoTariff, QuotientOutsideBands):
            continue  # a finding of its own, when the month is invoiced
        less, extra = difference(Parts(priced.price.care_part, priced.price.food_part), standing[line.pk].asked)
        if less:
            back[line.invoice_id][line.pk] = less
        if extra:
            more[line.invoice_id].append(
                SupplementLine(
                    line=line,
                    care_part=extra.care,
                    food_part=extra.food,
                    amount=extra.total,
                    quotient=priced.quotient,
                    band=priced.price.band,
                    deliberation=priced.deliberation,
                )
            )
