"""The régie's dashboard, in a handful of sums made by the database: the same number of queries for one invoice and for all.

Nothing goes through the invoices one by one: what is owed for invoices that are due on the same day is their totals less what is
allocated to them, for an allocation never exceeds what its invoice owes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, TruncDate, TruncMonth

from billing.models import Allocation, Invoice, Payment, TreasuryHandover
from billing.queries.invoices import ZERO
from billing.rules import board as rules
from billing.rules.board import Age, Period, Scale, TimeToPay
from castres_portal.base.clock import midnight
from castres_portal.base.plots import Plot, Point, bar_plot
from families.models import Family

NOTHING = Decimal("0.00")
LARGEST = 10
Means = Payment.Means
# What is drawn together: the till's coins and paper, then the rest.
DRAWN = (
    ("Carte en ligne", lambda means, online: online),
    ("Prélèvement", lambda means, online: means == Means.DEBIT),
    ("Espèces et chèques", lambda means, online: means in (Means.CASH, Means.CHEQUE)),
    ("CESU, virement, carte au guichet", lambda means, online: True),
)


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """The invoices of one month and what became of them, in euros; ``owed`` by age is in the order of ``Age``."""

    month: date
    invoices: int
    billed: Decimal
    settled: Decimal
    by_age: Sequence[Decimal]

    @property
    def label(self) -> str:
        """« Octobre 2026 »."""
        return rules.month_label(self.month)

    @property
    def owed(self) -> Decimal:
        """What is still to come."""
        return self.billed - self.settled

    @property
    def percent(self) -> int | None:
        """How much of it is settled, from 0 to 100, rounded down: 100 means all of it."""
        return int(self.settled * 100 / self.billed) if self.billed else None


@dataclass(frozen=True, slots=True)
class CollectedMonth:
    """The money that came in one month, less what left again, in euros, by means in the order of ``Board.means``."""

    month: date
    by_means: Sequence[Decimal]
    online: Decimal
    shares: Sequence[int]

    @property
    def label(self) -> str:
        """« Octobre 2026 »."""
        return rules.month_label(self.month)

    @property
    def total(self) -> Decimal:
        """All of it."""
        return sum(self.by_means, NOTHING)

    @property
    def online_percent(self) -> int | None:
        """How much of it was paid on line by card, from 0 to 100."""
        return rules.percents([self.online, self.total - self.online])[0] if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class Debt:
    """What a family owes over all its invoices, in euros."""

    family: Family
    owed: Decimal


@dataclass(frozen=True)
class Board:
    """What the régisseur reads; amounts in euros."""

    period: Period
    periods: Sequence[Period]
    today: date
    billed: Sequence[BilledMonth]
    before: Sequence[Decimal]
    means: Sequence[str]
    collected: Sequence[CollectedMonth]
    time_to_pay: TimeToPay | None
    at_treasury: Decimal
    largest: Sequence[Debt]
    billed_plot: Plot
    age_plot: Plot
    means_plot: Plot
    ages: Sequence[Age] = tuple(Age)

    @property
    def invoices(self) -> int:
        """How many invoices the period has."""
        return sum(month.invoices for month in self.billed)

    @property
    def billed_total(self) -> Decimal:
        """What the period was billed."""
        return sum((month.billed for month in self.billed), NOTHING)

    @property
    def settled_total(self) -> Decimal:
        """What of it is settled."""
        return sum((month.settled for month in self.billed), NOTHING)

    @property
    def collected_total(self) -> Decimal:
        """What came in during the period, whatever it paid."""
        return sum((month.total for month in self.collected), NOTHING)

    @property
    def online_percent(self) -> int | None:
        """How much of what came in was paid on line, from 0 to 100."""
        online = sum((month.online for month in self.collected), NOTHING)
        total = self.collected_total
        return rules.percents([online, total - online])[0] if total > 0 else None

    @property
    def means_totals(self) -> list[tuple[str, Decimal]]:
        """What came in during the period by each means."""
        return [
            (name, sum((month.by_means[place] for month in self.collected), NOTHING))
            for place, name in enumerate(self.means)
        ]

    @property
    def owed_by_age(self) -> list[tuple[Age, Decimal]]:
        """All that is owed today, the months before the period included, by age."""
        return [
            (age, self.before[place] + sum((month.by_age[place] for month in self.billed), NOTHING))
            for place, age in enumerate(self.ages)
        ]

    @property
    def before_total(self) -> Decimal:
        """What is still owed for the months before the period."""
        return sum(self.before, NOTHING)

    @property
    def owed_total(self) -> Decimal:
        """All that is owed today."""
        return sum((amount for _, amount in self.owed_by_age), NOTHING)

    @property
    def late_total(self) -> Decimal:
        """What should have been paid by now."""
        return sum((amount for age, amount in self.owed_by_age if age != Age.NOT_DUE), NOTHING)


def board_of(key: str, *, today: date) -> Board:
    """Count a period: the last twelve months unless ``key`` is that of another one. Seven queries, whatever there is."""
    first = Invoice.objects.aggregate(first=Min("month"))["first"]
    offered = rules.periods(first=first, today=today)
    period = next((each for each in offered if each.key == key), offered[0])
    billed, time_to_pay = _billed(period, today)
    means, collected = _collected(period)
    before = _before(period, today)
    ages = [before[place] + sum((month.by_age[place] for month in billed), NOTHING) for place in range(len(Age))]
    return Board(
        period=period,
        periods=offered,
        today=today,
        billed=billed,
        before=before,
        means=means,
        collected=collected,
        time_to_pay=time_to_pay,
        at_treasury=_owed_to_treasury(),
        largest=largest_debts(),
        billed_plot=_billed_plot(billed),
        age_plot=_age_plot(ages),
        means_plot=_means_plot(collected),
    )


def largest_debts(count: int = LARGEST) -> list[Debt]:
    """Return the families that owe most, the largest debt first; one query."""
    billed = Invoice.objects.filter(family=OuterRef("pk")).order_by().values("family").annotate(sum=Sum("total"))
    shares = Allocation.objects.filter(invoice__family=OuterRef("pk")).order_by().values("invoice__family")
    paid = Coalesce(Subquery(shares.annotate(sum=Sum("amount")).values("sum")), ZERO)
    families = Family.objects.annotate(owed=Subquery(billed.values("sum")) - paid).filter(owed__gt=0)
    return [Debt(family, family.owed) for family in families.order_by("-owed", "number")[:count]]


@dataclass(frozen=True, slots=True)
class ToCollect:
    """What is owed, in euros: for the invoices due in a month, and for those that are late."""

    this_month: Decimal
    late: Decimal


def to_collect(*, today: date) -> ToCollect:
    """Return what is still to come of the invoices due this month, and what is late, but for what the Trésor collects.

    Two queries.
    """
    first = today.replace(day=1)
    this_month, late = Q(due__gte=first, due__lt=rules.add_months(first, 1)), Q(due__lt=today)
    invoices = Invoice.objects.filter(~_at_treasury("pk")).order_by().annotate(due=_due(""))
    shares = Allocation.objects.filter(~_at_treasury("invoice")).order_by().annotate(due=_due("invoice__"))
    billed = invoices.aggregate(month=Sum("total", filter=this_month), late=Sum("total", filter=late))
    paid = shares.aggregate(month=Sum("amount", filter=this_month), late=Sum("amount", filter=late))
    owed = {key: (billed[key] or NOTHING) - (paid[key] or NOTHING) for key in billed}
    return ToCollect(this_month=owed["month"], late=owed["late"])


def _billed(period: Period, today: date) -> tuple[list[BilledMonth], TimeToPay | None]:
    """Read the invoices of the period by month, day of issue, day due and day on which they were settled."""
    came = Allocation.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    paid = came.annotate(sum=Sum("amount")).values("sum")
    last = came.filter(amount__gt=0).annotate(day=Max(TruncDate("payment__received_at"))).values("day")
    groups = (
        Invoice.objects.filter(month__gte=period.starts_on, month__lt=period.after)
        .order_by()
        .annotate(paid=Coalesce(Subquery(paid), ZERO), due=_due(""))
        .annotate(settled_on=Case(When(paid__gte=F("total"), then=Subquery(last))))
        .values_list("month", "issued_on", "due", "settled_on")
        .annotate(count=Count("pk"), billed=Sum("total"), settled=Sum("paid"))
    )
    counts: dict[date, int] = defaultdict(int)
    sums: dict[date, Decimal] = defaultdict(Decimal)
    settled: dict[date, Decimal] = defaultdict(Decimal)
    ages: dict[tuple[date, Age], Decimal] = defaultdict(Decimal)
    days: dict[int, int] = defaultdict(int)
    for month, issued_on, due_on, settled_on, count, billed, paid_sum in groups:
        counts[month] += count
        sums[month] += billed
        settled[month] += paid_sum
        ages[month, rules.age_of(due_on, today=today)] += billed - paid_sum
        if settled_on is not None:
            days[max((settled_on - issued_on).days, 0)] += count
    months = [
        BilledMonth(month, counts[month], sums[month], settled[month], [ages[month, age] for age in Age])
        for month in period.months
    ]
    return months, rules.time_to_pay(days)


def _at_treasury(invoice: str) -> Exists:
    return Exists(TreasuryHandover.objects.filter(invoice=OuterRef(invoice), withdrawn_at=None))


def _owed_to_treasury() -> Decimal:
    """Return what is owed for the invoices that were handed over to the Trésor; one query."""
    standing = TreasuryHandover.objects.filter(withdrawn_at=None).order_by()
    paid = (
        Allocation.objects.filter(invoice=OuterRef("invoice")).order_by().values("invoice").annotate(sum=Sum("amount"))
    )
    owed = standing.annotate(owed=F("invoice__total") - Coalesce(Subquery(paid.values("sum")), ZERO))
    return owed.aggregate(sum=Sum("owed"))["sum"] or NOTHING


def _due(prefix: str) -> Coalesce:
    return Coalesce(f"{prefix}window__due_on", f"{prefix}issued_on")


def _before(period: Period, today: date) -> list[Decimal]:
    """Return what is owed today for the months before the period, by age; two queries."""
    owed: dict[Age, Decimal] = defaultdict(Decimal)
    invoices = Invoice.objects.filter(month__lt=period.starts_on).order_by().annotate(due=_due(""))
    for due_on, amount in invoices.values_list("due").annotate(sum=Sum("total")):
        owed[rules.age_of(due_on, today=today)] += amount
    shares = Allocation.objects.filter(invoice__month__lt=period.starts_on).order_by().annotate(due=_due("invoice__"))
    for due_on, amount in shares.values_list("due").annotate(sum=Sum("amount")):
        owed[rules.age_of(due_on, today=today)] -= amount
    return [owed[age] for age in Age]


def _collected(period: Period) -> tuple[list[str], list[CollectedMonth]]:
    """Read the money of the period by month, means and whether it came through the portal; one query."""
    rows = (
        Payment.objects.filter(received_at__gte=midnight(period.starts_on), received_at__lt=midnight(period.after))
        .order_by()
        .annotate(in_month=TruncMonth("received_at"), online=Case(When(attempt=None, then=False), default=True))
        .values_list("in_month", "means", "online")
        .annotate(sum=Sum("amount"))
    )
    sums = {(month.date(), means, bool(online)): amount for month, means, online, amount in rows}
    seen = [means for means in Means if any(key[1] == means for key in sums)]
    months = []
    for month in period.months:
        mine = {key[1:]: amount for key, amount in sums.items() if key[0] == month}
        by_means = [_sum(amount for key, amount in mine.items() if key[0] == means) for means in seen]
        online = _sum(amount for key, amount in mine.items() if key[1])
        months.append(CollectedMonth(month, by_means, online, rules.percents(_drawn(mine))))
    return [means.label for means in seen], months


def _drawn(amounts: dict[tuple[str, bool], Decimal]) -> list[Decimal]:
    found = [NOTHING for _ in DRAWN]
    for (means, online), amount in amounts.items():
        found[next(place for place, (_, holds) in enumerate(DRAWN) if holds(means, online))] += amount
    return found


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def _points(
    months: Iterable[BilledMonth] | Iterable[CollectedMonth], values: Callable[..., Sequence[int | None]]
) -> list[Point]:
    return [Point(month.label, f"{month.month:%m/%y}", tuple(values(month))) for month in months]


def _billed_plot(months: Sequence[BilledMonth]) -> Plot:
    scale = rules.scale_of(max((month.billed for month in months), default=NOTHING))
    points = _points(months, lambda month: _drawn_of(month, scale))
    title = f"Facturé par mois, {scale.words}"
    return bar_plot(title, ["Réglé", "Reste dû"], points, key="facture", head="Mois")


def _drawn_of(month: BilledMonth, scale: Scale) -> tuple[int | None, int | None]:
    return (scale.of(month.settled), scale.of(month.owed)) if month.invoices else (None, None)


def _age_plot(amounts: Sequence[Decimal]) -> Plot:
    scale = rules.scale_of(max(amounts))
    shorts = ("à échoir", "1–30 j", "31–60 j", "61–90 j", "> 90 j")
    points = [
        Point(age.value, short, (scale.of(amount),)) for age, short, amount in zip(Age, shorts, amounts, strict=True)
    ]
    return bar_plot(f"Reste dû selon le retard, {scale.words}", ["Reste dû"], points, key="retard", head="Retard")


def _means_plot(months: Sequence[CollectedMonth]) -> Plot:
    points = _points(months, lambda month: month.shares if any(month.shares) else [None] * len(DRAWN))
    title = "Part de chaque moyen de paiement, en pour cent"
    return bar_plot(title, [name for name, _ in DRAWN], points, key="moyens", head="Mois")
