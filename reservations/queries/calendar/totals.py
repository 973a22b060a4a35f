"""What is booked over a month or a week and what it should cost, what a form would change, what a receipt changed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from castres_portal.base.french import euros
from families.models import Family
from reservations.models import Activity, Booking, BookingReceipt
from reservations.pricing import PricedDay, WantedDay
from reservations.queries.calendar.days import Refused
from reservations.queries.calendar.prices import Prices
from reservations.queries.planning import Planning, Slot, SlotDay
from reservations.rules.changes import DayChanges
from reservations.rules.decide import decide

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Tally:
    """The days booked in one activity and their amount in euros."""

    activity: Activity
    days: int
    amount: Decimal

    @property
    def said(self) -> str:
        """« 12 repas »."""
        return f"{self.days} {plural(self.activity.unit, self.days)}"


@dataclass(frozen=True)
class Totals:
    """What is booked, activity by activity; ``unpriced`` days have no tariff; ``is_demo`` when a tariff is fictional."""

    tallies: list[Tally]
    unpriced: int
    is_demo: bool

    @property
    def days(self) -> int:
        """All the days."""
        return sum(tally.days for tally in self.tallies)

    @property
    def amount(self) -> Decimal:
        """All that can be priced, in euros."""
        return sum((tally.amount for tally in self.tallies), NOTHING)

    @property
    def said(self) -> str:
        """« 12 repas, 4 journées »."""
        return ", ".join(tally.said for tally in self.tallies)


def totals_of(planning: Planning, prices: Prices, slots: Collection[Slot], days: Collection[date]) -> Totals:
    """Add up the household's bookings of some slots on some days, as an invoice drafted now would."""
    counts: Counter[int] = Counter()
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    unpriced, is_demo = 0, False
    wanted, chosen = set(days), set(slots)
    for (child, activity, day), booking in planning.bookings.items():
        if booking.family_id != planning.family or day not in wanted or (child, activity) not in chosen:
            continue
        counts[activity] += 1
        priced = prices.of_booking(booking)
        unpriced += priced is None
        is_demo = is_demo or bool(priced and priced.is_demo)
        amounts[activity] += priced.price.total if priced else NOTHING
    activities = sorted((planning.activities[pk] for pk in counts), key=lambda each: (each.position, each.pk))
    return Totals([Tally(each, counts[each.pk], amounts[each.pk]) for each in activities], unpriced, is_demo)


# --- What changes -----------------------------------------------------------------------------------------------------


@dataclass
class Change:
    """A difference: days by activity (negative: fewer), euros, days whose formula changes, days without a tariff."""

    counts: Counter[Activity] = field(default_factory=Counter)
    amount: Decimal = NOTHING
    switched: int = 0
    unpriced: int = 0
    refused: dict[SlotDay, Refused] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(any(self.counts.values()) or self.switched or self.amount)

    @property
    def said(self) -> str:
        """« +4 repas, −1 journée, +12,40 € »."""
        ordered = sorted(self.counts, key=lambda activity: (activity.position, activity.pk))
        counts = [
            f"{signed(self.counts[each])} {plural(each.unit, self.counts[each])}"
            for each in ordered
            if self.counts[each]
        ]
        if self.switched:
            counts.append(
                f"{self.switched} formule{'s' if self.switched > 1 else ''} changée{'s' if self.switched > 1 else ''}"
            )
        return ", ".join([*counts, f"{'+' if self.amount >= 0 else ''}{euros(self.amount)}"])

    def count(self, activity: Activity, number: int, priced: PricedDay | None) -> None:
        """Count a day more (1) or fewer (-1)."""
        self.counts[activity] += number
        self.unpriced += priced is None
        self.amount += number * priced.price.total if priced else NOTHING


@dataclass(frozen=True)
class Scales:
    """What weighs a form that is not sent yet; ``formulas`` are those that an activity (id) offers."""

    planning: Planning
    prices: Prices
    formulas: Mapping[int, Collection[str]]
    at: datetime
    at_desk: bool = False

    def weigh(self, asked: Mapping[Slot, DayChanges]) -> Change:
        """Return what saving some changes now would do; ``refused`` are the days that could not, by the rule of law 1."""
        change = Change()
        for slot, changes in asked.items():
            for day in sorted(changes.additions | changes.removals | changes.switched):
                self._weigh_day(change, slot, day, changes)
        return change

    def _weigh_day(self, change: Change, slot: Slot, day: date, changes: DayChanges) -> None:
        booking, formula = self.planning.own_booking(slot, day), changes.formula(day)
        adding, switching = day not in changes.removals, day in changes.switched
        if (booking is not None) is (day in changes.additions):
            # Done already, by the other parent perhaps: an addition of a booked day, a removal or a switch of a free one.
            return
        if refusal := self._refusal(slot, day, formula, adding, switching):
            change.refused[(*slot, day)] = Refused(adding, refusal, formula)
            return
        activity = self.planning.activities[slot[1]]
        if booking is not None:
            change.count(activity, -1, self.prices.of_booking(booking))
        if adding:
            late = self.at_desk and decide(self.planning.context(slot, day), self.at).reason is not None
            change.count(activity, 1, self.prices.of(WantedDay(*slot, day, formula, late)))
        change.switched += switching

    def _refusal(self, slot: Slot, day: date, formula: str, adding: bool, switching: bool) -> str:
        """What a submit would answer; a switch gives back and takes again, its place is its own."""
        if adding and formula not in (self.formulas.get(slot[1]) or ("",)):
            return "choisissez une des formules proposées"
        context = self.planning.context(slot, day)
        reason = decide(context, self.at, at_desk=self.at_desk).reason
        if switching and reason is None:
            again = replace(context, booked_by=None, places_left=None)
            reason = decide(again, self.at, at_desk=self.at_desk).reason
        return reason.sentence if reason else ""


@dataclass(frozen=True)
class LastChange:
    """What the household's last receipt changed in what the page shows."""

    number: str
    received_at: datetime
    change: Change


def last_change(
    family: Family, planning: Planning, prices: Prices, slots: Collection[Slot], first: date, last: date
) -> LastChange | None:
    """Return what the last receipt changed among some slots between two days, None when it changed nothing; one query."""
    latest = BookingReceipt.objects.filter(request__family=family).order_by("-pk").values("pk")[:1]
    written = Booking.objects.filter(Q(receipt=latest) | Q(cancel_receipt=latest), day__range=(first, last)).order_by()
    chosen = set(slots)
    rows = [
        row
        for row in written.select_related("receipt__request", "cancel_receipt__request")
        if (row.child_id, row.activity_id) in chosen
    ]
    receipts = [receipt for row in rows for receipt in (row.receipt, row.cancel_receipt) if receipt]
    if not receipts:
        return None
    receipt = max(receipts, key=lambda each: each.pk)
    change = _change_of(receipt, rows, planning.activities, prices)
    return LastChange(receipt.request.number, receipt.request.received_at, change)


def change_of_receipt(receipt: BookingReceipt, family: int) -> Change:
    """Return what a receipt of a household (id) changed, priced as an invoice of these days would be; four queries."""
    written = Booking.objects.filter(Q(receipt=receipt) | Q(cancel_receipt=receipt)).order_by()
    rows = list(written.select_related("activity"))
    if not rows:
        return Change()
    activities = {row.activity_id: row.activity for row in rows}
    days = [row.day for row in rows]
    children = {row.child_id for row in rows}
    return _change_of(receipt, rows, activities, Prices.load(family, children, activities, min(days), max(days)))


def _change_of(
    receipt: BookingReceipt, rows: Iterable[Booking], activities: Mapping[int, Activity], prices: Prices
) -> Change:
    change = Change()
    made: set[SlotDay] = set()
    undone: set[SlotDay] = set()
    for row in rows:
        key = (row.child_id, row.activity_id, row.day)
        priced = prices.of(WantedDay.of(row))
        if row.receipt_id == receipt.pk:
            made.add(key)
            change.count(activities[row.activity_id], 1, priced)
        if row.cancel_receipt_id == receipt.pk:
            undone.add(key)
            change.count(activities[row.activity_id], -1, priced)
    change.switched = len(made & undone)
    return change


def signed(number: int) -> str:
    """« +4 », « −1 »."""
    return f"+{number}" if number >= 0 else f"−{-number}"


def plural(unit: str, number: int) -> str:
    """Write the name of a booking after its number: « repas », « séances », « demi-journées d’accueil »."""
    first, blank, rest = unit.partition(" ")
    if abs(number) < 2 or first.endswith(("s", "x", "z")):
        return unit
    return f"{first}s{blank}{rest}"
