"""A preview as an agent reads it before she validates; amounts in euros."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, F, QuerySet, Sum, Value
from django.db.models.functions import Abs, Coalesce, Floor

from billing.models import BillingRun, Invoice, PreviewedActivity, PreviewedHousehold, PreviewedPayer, PreviewFinding
from billing.rules.periods import previous_month
from castres_portal.base.plots import Plot, Point, bar_plot

ZERO = Decimal("0.00")
MOST_SHOWN = 50
STEP, STEPS = 25, 8  # euros a bar; the last bar has all that is above
NOTHING = Value(ZERO, output_field=DecimalField(max_digits=9, decimal_places=2))


@dataclass(frozen=True)
class ActivitySum:
    """What an activity comes to."""

    name: str
    days: int
    amount: Decimal


@dataclass(frozen=True)
class PayerSum:
    """What another payer would be asked, and for how many days."""

    name: str
    days: int
    amount: Decimal


@dataclass(frozen=True)
class FindingKind:
    """How many households are pointed at for a reason, and the first of them."""

    kind: PreviewFinding.Kind
    count: int
    rows: Sequence[PreviewFinding]

    @property
    def holds(self) -> bool:
        """Whether these households have no invoice until what is amiss is mended."""
        return self.kind in PreviewFinding.HOLDING

    @property
    def hidden(self) -> int:
        """How many are only in the files."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Preview:
    """What would be issued, beside what was the month before."""

    chunks: int
    chunks_done: int
    invoices: int
    total: Decimal
    invoices_before: int
    total_before: Decimal
    activities: Sequence[ActivitySum]
    findings: Sequence[FindingKind]
    widest: Sequence[PreviewedHousehold]
    plot: Plot
    payers: Sequence[PayerSum] = ()

    @property
    def percent(self) -> int:
        """How much of it is counted, from 0 to 100."""
        return self.chunks_done * 100 // self.chunks if self.chunks else 100

    @property
    def held_back(self) -> int:
        """How many households would have no invoice."""
        return sum(kind.count for kind in self.findings if kind.holds)


def preview_of(run: BillingRun) -> Preview:
    """Read a preview; a fixed number of queries, whatever its households."""
    chunks = run.chunks.aggregate(all=Count("pk"), done=Count("previewed_at"))
    now = run.previewed.aggregate(count=Count("pk"), total=Sum("total"))
    before = Invoice.objects.filter(month=previous_month(run.month)).aggregate(count=Count("pk"), total=Sum("total"))
    payers = payers_of(run)
    return Preview(
        chunks=chunks["all"],
        chunks_done=chunks["done"],
        invoices=now["count"] + len(payers),
        total=sum((payer.amount for payer in payers), now["total"] or ZERO),
        invoices_before=before["count"],
        total_before=before["total"] or ZERO,
        activities=activities_of(run),
        findings=_findings(run),
        widest=list(differing(run)[:10]),
        plot=_plot(run),
        payers=payers,
    )


def activities_of(run: BillingRun) -> list[ActivitySum]:
    """Return the days and the amount of each activity, the dearest first; one query."""
    rows = PreviewedActivity.objects.filter(chunk__run=run).order_by().values_list("name")
    sums = rows.annotate(days=Sum("days"), amount=Sum("amount")).order_by("-amount", "name")
    return [ActivitySum(*row) for row in sums]


def payers_of(run: BillingRun) -> list[PayerSum]:
    """Return what each of the other payers would be asked, the dearest first; one query."""
    rows = PreviewedPayer.objects.filter(chunk__run=run).order_by().values_list("payer__name", "payer")
    sums = rows.annotate(days=Sum("days"), amount=Sum("amount")).order_by("-amount", "payer__name")
    return [PayerSum(name, days, amount) for name, _, days, amount in sums]


def differing(run: BillingRun) -> QuerySet[PreviewedHousehold]:
    """Return the households with their difference (``change``, euros) from the month before, the widest first."""
    change = F("total") - Coalesce(F("before"), NOTHING)
    rows = run.previewed.select_related("family").annotate(change=change)
    return rows.filter(before__isnull=False).exclude(change=0).order_by(Abs("change").desc(), "pk")


def _findings(run: BillingRun) -> list[FindingKind]:
    counts = dict(run.findings.order_by().values_list("kind").annotate(Count("pk")))
    found = []
    for kind in PreviewFinding.Kind:
        if counts.get(kind):
            rows = run.findings.filter(kind=kind).select_related("family").order_by("family__name", "pk")
            found.append(FindingKind(kind, counts[kind], list(rows[:MOST_SHOWN])))
    return found


def _plot(run: BillingRun) -> Plot:
    month = _by_step(run.previewed.filter(total__gt=0))
    before = _by_step(Invoice.objects.filter(month=previous_month(run.month), for_others=False, total__gt=0))
    points = []
    for step in range(STEPS):
        last = step == STEPS - 1
        label = f"{step * STEP} € et plus" if last else f"de {step * STEP} à {(step + 1) * STEP} €"
        short = f"{step * STEP} +" if last else f"< {(step + 1) * STEP}"
        points.append(Point(label, short, (month.get(step, 0),), limit=before.get(step, 0)))
    return bar_plot(
        "Factures par montant (en euros)", ["Ce mois"], points, limit_label="Mois précédent", key="montants"
    )


def _by_step(rows: "QuerySet[PreviewedHousehold] | QuerySet[Invoice]") -> dict[int, int]:
    steps = rows.order_by().annotate(step=Floor(F("total") / STEP)).values_list("step").annotate(Count("pk"))
    found: dict[int, int] = {}
    for step, count in steps:
        place = min(int(step), STEPS - 1)
        found[place] = found.get(place, 0) + count
    return found
