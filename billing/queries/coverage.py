"""Who pays which part, as pages and papers say it; amounts in euros."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from billing.models import Coverage, CoveredLine, Invoice
from billing.rules.percent import percent_text
from castres_portal.base.french import euros, in_words, plain_day
from families.models import Family, Guardian

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CoveredSum:
    """What one coverage pays of an invoice: of which child and service (none: all of them), and the decision that says so."""

    payer: str
    child: str
    activity: str
    percent: Decimal
    decision: str
    decided_on: date
    days: int
    amount: Decimal

    @property
    def part(self) -> str:
        """« 50 % »."""
        return percent_text(self.percent)

    @property
    def why(self) -> str:
        """« décision n° 2026-112 du 28 août 2026 »."""
        return f"décision n°\u00a0{self.decision} du {plain_day(self.decided_on)}"


@dataclass(frozen=True, slots=True)
class Split:
    """An invoice shared with others: what each of them pays, and the care and food that are left to the household."""

    covered: Sequence[CoveredSum]
    care_left: Decimal
    food_left: Decimal


def split_of(invoice: Invoice) -> Split | None:
    """Return what others pay of a household's invoice, or None when it pays all of it; no query then, else two."""
    if not invoice.covered:
        return None
    lines = invoice.lines.aggregate(care=Sum("care_part"), food=Sum("food_part"))
    parts = CoveredLine.objects.filter(line__invoice=invoice)
    theirs = parts.aggregate(care=Sum("care_part"), food=Sum("food_part"))
    return Split(
        covered=_sums(parts, "line__child_name"),
        care_left=(lines["care"] or NOTHING) - (theirs["care"] or NOTHING),
        food_left=(lines["food"] or NOTHING) - (theirs["food"] or NOTHING),
    )


def asked_by(invoice: Invoice) -> list[CoveredSum]:
    """Return what another payer's invoice asks, by child and decision: the first page of a collective invoice; one query."""
    if not invoice.for_others:
        return []
    return _sums(CoveredLine.objects.filter(invoice_line__invoice=invoice), "invoice_line__child_name")


def _sums(parts: QuerySet[CoveredLine], child: str) -> list[CoveredSum]:
    fields = (
        "payer__name",
        child,
        "coverage__activity__name",
        "coverage__percent",
        "coverage__decision",
        "coverage__decided_on",
    )
    sums = (
        parts.order_by()
        .values_list(*fields, "coverage")
        .annotate(days=Count("line__day", distinct=True), sum=Sum("amount"))
    )
    rows = sums.order_by(child, "payer__name", "coverage").values_list("payer__paying_body", *fields, "days", "sum")
    return [CoveredSum(name if body else f"Foyer {name}", *rest) for body, name, *rest in rows]


def coverages_of(family: Family, *, today: date) -> list[Coverage]:
    """Return who pays a part of a household's days from a day on; one query."""
    rows = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), family=family)
    rows = rows.select_related("payer__paying_body", "child", "activity")
    return [row for row in rows.order_by("child__first_name", "starts_on", "pk") if not row.never_counted]


@dataclass(frozen=True, slots=True)
class Uses:
    """What a coverage has paid so far."""

    days: int
    amount: Decimal
    first: date | None
    last: date | None


def uses_of(coverage: Coverage) -> Uses:
    """Return what issued invoices took of a coverage; one query."""
    sums = coverage.covered_lines.aggregate(
        days=Count("line__day", distinct=True), amount=Sum("amount"), first=Min("line__day"), last=Max("line__day")
    )
    return Uses(sums["days"], sums["amount"] or NOTHING, sums["first"], sums["last"])


def invoiced_between(family: Family, first: date, last: date | None) -> list[date]:
    """Return the months of a period (without end if need be) that the household was invoiced for already; one query."""
    rows = Invoice.objects.filter(family=family, for_others=False, month__gte=first.replace(day=1))
    if last:
        rows = rows.filter(month__lte=last)
    return list(rows.order_by("month").values_list("month", flat=True))


def is_for_excluded(coverage: Coverage) -> str:
    """Say, to the agent, who of the child's household may read nothing of it and receives the payer's invoices; or nothing."""
    theirs = Guardian.objects.filter(family=coverage.payer_id).exclude(rights=Guardian.Rights.EXCLUDED)
    known = Q(user__in=theirs.exclude(user=None).values("user"))
    for each in theirs:
        known |= Q(first_name__iexact=each.first_name, last_name__iexact=each.last_name)
    excluded = Guardian.objects.filter(known, family__custodies__child=coverage.child_id)
    names = sorted({str(each) for each in excluded.filter(rights=Guardian.Rights.EXCLUDED)})
    if not names:
        return ""
    return (
        f" Attention : {in_words(names)} n’a accès à aucun papier du foyer de cet enfant, et lira sur ces factures son nom, ses "
        "jours et ses prestations. N’enregistrez que si la décision le veut."
    )


def what_it_does(coverage: Coverage, *, invoiced: Sequence[date] = (), today: date) -> str:
    """Say in plain French what a coverage does, or did: what the agent reads before and after she writes it down."""
    what = coverage.activity.name if coverage.activity else "toutes ses prestations"
    until = f"jusqu’au {plain_day(coverage.ends_on)}" if coverage.ends_on else "jusqu’à ce que vous l’arrêtiez"
    ceiling = (
        f" Au plus {euros(coverage.ceiling)} par mois\u00a0: au-delà, le foyer paie tout."
        if coverage.ceiling is not None
        else ""
    )
    done = (
        f" Les jours déjà facturés ({in_words([f'{month:%m/%Y}' for month in invoiced])}) ne changent pas."
        if invoiced
        else ""
    )
    over = coverage.ends_on is not None and coverage.ends_on < today
    begun = "Terminée : " if over else "Dès la prochaine facturation, "
    return (
        f"{begun}{coverage.payer.name} paie {percent_text(coverage.percent)} du prix de chaque jour "
        f"facturé de {coverage.child.full_name} ({what}), pour les jours du {plain_day(coverage.starts_on)} {until}\u00a0; "
        f"le foyer {coverage.family.name} paie le reste.{ceiling}{done} La facture du foyer montre le prix entier et ces "
        f"parts\u00a0; {coverage.payer.name} reçoit sa propre facture."
    )
