"""Sharing the drafts of a chunk with those who pay a part of them, and writing it down with the invoices."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from billing.models import Coverage, CoveredLine, Invoice, InvoiceLine
from billing.rules.corrections import Parts
from billing.rules.coverage import Taken, Wanted, share, share_alike
from billing.rules.drafts import BookedDay, CoveredPart, Draft, DraftLine
from billing.rules.periods import last_day_of, month_of
from billing.services.runs.drafting import Household

ZERO = Decimal("0.00")
# Of a supplement's line (id): the price of the line that it completes, and who took what of it; nobody when nobody shared it.
Origins = dict[int, tuple[Parts, list[tuple[int, int, Decimal]]]]


@dataclass(slots=True)
class Ceilings:
    """What the ceilings of coverages (ids) still leave, month by month; most have none."""

    ceilings: dict[int, Decimal]
    used: dict[tuple[int, date], Decimal]

    def left(self, coverage: int, month: date) -> Decimal | None:
        """Return what is left in a month, None when there is no ceiling."""
        if coverage not in self.ceilings:
            return None
        return self.ceilings[coverage] - self.used.get((coverage, month), ZERO)

    def take(self, coverage: int, month: date, amount: Decimal) -> None:
        """Use up some of it."""
        self.used[coverage, month] = self.used.get((coverage, month), ZERO) + amount


def share_with_payers(month: date, households: Sequence[Household]) -> list[Household]:
    """Say on each line of the drafts what others pay of it; no query when nobody is helped, four when somebody is.

    The days of a month share its ceiling in their order, after what earlier invoices took of it.
    """
    helped = [household for household in households if household.helped]
    days = [line.booked for household in helped if household.draft for line in household.draft.lines]
    if not days:
        return list(households)
    first = min(booked.day for booked in days)
    taken = coverages_between([household.family_id for household in helped], first, last_day_of(month))
    origins = _origins(days)
    ceilings = _ceilings(taken, origins)
    return [
        replace(household, draft=_share(household.draft, taken.get(household.family_id, ()), ceilings, origins))
        if household.draft and household.helped
        else household
        for household in households
    ]


def coverages_between(family_ids: Collection[int], first: date, last: date) -> dict[int, list[Taken]]:
    """Return the coverages of some households that count on a day of a period, by household, the oldest first; one query."""
    rows = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=first), family__in=family_ids, starts_on__lte=last)
    found: dict[int, list[Taken]] = defaultdict(list)
    for row in rows.order_by("pk"):
        if not row.never_counted:
            found[row.family_id].append(taken_by(row))
    return found


def taken_by(row: Coverage) -> Taken:
    """Return a coverage as the rule reads it."""
    return Taken(
        row.pk,
        row.payer_id,
        row.family_id,
        row.child_id,
        row.activity_id,
        row.percent,
        row.ceiling,
        row.starts_on,
        row.ends_on,
    )


def write_covered_lines(invoices: Sequence[Invoice], households: Sequence[Household]) -> None:
    """Write what others pay of the lines that have just been written; two queries, none when nobody does."""
    parts: dict[tuple[int, int | None, int | None, int | None], tuple[CoveredPart, ...]] = {}
    for invoice, household in zip(invoices, households, strict=True):
        for line in household.draft.lines if household.draft else ():
            if line.covered:
                parts[(invoice.pk, *_source(line.booked))] = line.covered
    if not parts:
        return
    rows = InvoiceLine.objects.filter(invoice__in={key[0] for key in parts}).order_by("pk")
    written = rows.values_list("pk", "invoice", "booking", "attendance", "completes")
    CoveredLine.objects.bulk_create(
        CoveredLine(
            line_id=pk,
            coverage_id=part.coverage,
            payer_id=part.payer,
            care_part=part.care_part,
            food_part=part.food_part,
            amount=part.amount,
        )
        for pk, *key in written
        for part in parts.get(tuple(key), ())  # type: ignore[arg-type]  # the four of _source
    )


def _source(booked: BookedDay) -> tuple[int | None, int | None, int | None]:
    return booked.booking_id or None, booked.attendance_id, booked.fixed.supplement_line if booked.fixed else None


def _share(draft: Draft, coverages: Sequence[Taken], ceilings: Ceilings, origins: Origins) -> Draft:
    lines = list(draft.lines)
    for rank in sorted(range(len(lines)), key=lambda rank: (lines[rank].booked.day, rank)):
        lines[rank] = lines[rank]._replace(covered=_covered(lines[rank], coverages, ceilings, origins))
    return replace(draft, lines=lines)


def _covered(
    line: DraftLine, coverages: Sequence[Taken], ceilings: Ceilings, origins: Origins
) -> tuple[CoveredPart, ...]:
    booked, price = line.booked, Parts(line.priced.price.care_part, line.priced.price.food_part)
    month = month_of(booked.day)
    origin = origins.get(booked.fixed.supplement_line) if booked.fixed else None
    if origin is not None:
        charged, took = origin
        who = [(coverage, payer) for coverage, payer, _ in took]
        left = [ceilings.left(coverage, month) for coverage, _ in who]
        shared = share_alike(price, charged, [amount for *_, amount in took], left)
    else:
        here = [
            each
            for each in coverages
            if each.counts_on(child=booked.child_id, activity=booked.activity_id, day=booked.day)
        ]
        who = [(each.coverage, each.payer) for each in here]
        wanted = [Wanted(each.percent, ceilings.left(each.coverage, month)) for each in here]
        shared = share(price, wanted)
    found = []
    for (coverage, payer), parts in zip(who, shared, strict=True):
        if parts.total:
            found.append(CoveredPart(coverage, payer, parts.care, parts.food))
            ceilings.take(coverage, month, parts.total)
    return tuple(found)


def _ceilings(taken: Mapping[int, Sequence[Taken]], origins: Origins) -> Ceilings:
    """Read the ceilings, and what invoices already took of them; two queries at most."""
    ceilings = {each.coverage: each.ceiling for rows in taken.values() for each in rows if each.ceiling is not None}
    others = {coverage for _, took in origins.values() for coverage, *_ in took}
    if others:
        rows = Coverage.objects.filter(pk__in=others, ceiling__isnull=False)
        ceilings |= {pk: ceiling for pk, ceiling in rows.values_list("pk", "ceiling") if ceiling is not None}
    if not ceilings:
        return Ceilings({}, {})
    used = CoveredLine.objects.filter(coverage__in=ceilings).annotate(month=TruncMonth("line__day"))
    sums = used.order_by().values_list("coverage", "month").annotate(sum=Sum("amount"))
    return Ceilings(ceilings, {(coverage, month): spent for coverage, month, spent in sums})


def _origins(days: Sequence[BookedDay]) -> Origins:
    ids = [booked.fixed.supplement_line for booked in days if booked.fixed]
    if not ids:
        return {}
    # A line of 0 € had nothing to share: what completes it is shared as its day would be now.
    rows = InvoiceLine.objects.filter(supplements__in=ids, amount__gt=0).order_by("covered_parts__coverage")
    found: Origins = {}
    for supplement, care, food, coverage, payer, amount in rows.values_list(
        "supplements",
        "care_part",
        "food_part",
        "covered_parts__coverage",
        "covered_parts__payer",
        "covered_parts__amount",
    ):
        took = found.setdefault(supplement, (Parts(care, food), []))[1]
        if coverage is not None:
            took.append((coverage, payer, amount))
    return found
