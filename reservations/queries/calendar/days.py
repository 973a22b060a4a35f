"""One day of a child in an activity, as the page draws it: its state, until when it can change, what it costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from castres_portal.base.french import WEEKDAYS, euros, long_day, moment
from reservations.models import AbsenceDay, Booking, ReceiptLine, WaitingEntry
from reservations.pricing import WantedDay
from reservations.queries.calendar.prices import Prices, cents
from reservations.queries.planning import Planning, Slot, SlotDay
from reservations.queries.waiting import ranks_of
from reservations.rules.calendar import ClosureKind
from reservations.rules.decide import Decision, ReasonCode, decide
from reservations.rules.formulas import SHORT, formula_label

TIME_ALONE = (ReasonCode.PAST, ReasonCode.DEADLINE)
# What the heading of a week says already: a row of nothing else is not drawn.
OUT_OF_SEASON = tuple(
    ReasonCode(kind.value) for kind in (ClosureKind.HOLIDAYS, ClosureKind.OUT_OF_YEAR, ClosureKind.NO_PERIOD)
)
# What the day of a standing absence says, in the place of « Délai dépassé ».
ABSENCES: dict[str, str] = {
    AbsenceDay.Outcome.PENDING: "Absence annoncée",
    AbsenceDay.Outcome.ACCEPTED: "Absence prise en compte",
}
GIVEN_BACK = "Facturé si personne ne le prend"


@dataclass(frozen=True)
class Refused:
    """A change that was asked for a moment ago and cannot be: which way, with which formula, and why."""

    adding: bool
    sentence: str
    formula: str = ""

    @property
    def word(self) -> str:
        """« Ajout refusé », « Retrait refusé »."""
        return "Ajout refusé" if self.adding else "Retrait refusé"


def refused_days(lines: Iterable[ReceiptLine]) -> dict[tuple[int, int, date], Refused]:
    """Return the days that a submit was refused, for the calendar to show them as they were asked."""
    return {
        (line.child_id, line.activity_id, line.day): Refused(line.adding, line.reason, line.formula)
        for line in lines
        if line.outcome == ReceiptLine.Outcome.REFUSED
    }


@dataclass(frozen=True)
class Wait:
    """A child's turn on the waiting list of a day, the entry's id, and the end of an offer that runs."""

    rank: int
    entry: int
    until: datetime | None = None

    @property
    def word(self) -> str:
        """« En attente, 2e », « Place proposée »."""
        if self.until:
            return "Place proposée"
        return f"En attente, {self.rank}{'er' if self.rank == 1 else 'e'}"


@dataclass(frozen=True)
class Choice:
    """A formula of a day's list: what is sent, what is read, what it costs in cents."""

    value: str
    label: str
    cents: int | None
    chosen: bool


@dataclass(frozen=True)
class Day:
    """A child's day in an activity.

    ``formula`` is the one wanted when it is ``checked``; ``key`` the id, in the page, of the sentence that says until when.
    ``only_at_desk``: the deadline is past, an agent may still change it for the family and says why.
    """

    day: date
    decision: Decision
    booking: Booking | None
    price: Decimal | None
    checked: bool
    formula: str = ""
    wait: Wait | None = None
    refusal: Refused | None = None
    today: bool = False
    choices: Sequence[Choice] = ()
    key: str = ""
    only_at_desk: bool = False

    @property
    def booked(self) -> bool:
        """Whether it is reserved now."""
        return self.booking is not None

    @property
    def enabled(self) -> bool:
        """Whether it can change."""
        return self.decision.is_open

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do or to see here but a reason."""
        return not (self.enabled or self.booked or self.refusal or self.wait)

    @property
    def late(self) -> bool:
        """Whether time alone closed it."""
        return bool(self.decision.reason and self.decision.reason.code in TIME_ALONE)

    @property
    def word(self) -> str:
        """The state in a word or two: « Réservé », « Matin + repas », « Rendu », « En attente, 2e »; nothing when it is free."""
        if self.booking is not None:
            if self.booking.given_back_at is not None:
                return "Rendu"
            return SHORT.get(self.booking.formula, "") or "Réservé"
        return self.wait.word if self.wait else ""

    @property
    def reason(self) -> str:
        """Why it cannot change, in two or three words: what an absence says of it, else what decide() does."""
        absence = ABSENCES.get(getattr(self.booking, "absence", None) or "", "")
        if self.booking is not None and self.booking.given_back_at is not None:
            absence = GIVEN_BACK
        return absence or (self.decision.reason.short if self.decision.reason else "")

    @property
    def can_wait(self) -> bool:
        """Whether the day only lacks a place, and its turn can be asked for."""
        full = self.decision.reason is not None and self.decision.reason.code == ReasonCode.FULL
        return full and self.wait is None and not self.booked

    @property
    def sentence(self) -> str:
        """Why it cannot change, in a clause."""
        return self.decision.reason.sentence if self.decision.reason else ""

    @property
    def until(self) -> str:
        """Its last moment in a cell: « 1er déc. », « 7 déc., 9 h »."""
        if self.only_at_desk:
            return "hors délai"
        return self.decision.until_short.removeprefix("jusqu’au ")

    @property
    def label(self) -> str:
        """« mercredi 9 »."""
        return f"{WEEKDAYS[self.day.weekday()]} {'1er' if self.day.day == 1 else self.day.day}"

    @property
    def head(self) -> str:
        """The id of its column's heading (see weeks.Column)."""
        return f"d{self.day:%m%d}"

    @property
    def cents(self) -> int | None:
        """Its price in cents."""
        return cents(self.price)

    @property
    def iso(self) -> str:
        """The day as the form sends it."""
        return self.day.isoformat()

    @property
    def shown_value(self) -> str:
        """What the form says was shown: the day and its formula."""
        return with_formula(self.day, self.booking.formula if self.booking else "")

    @property
    def css(self) -> str:
        """The states of its cell, for the style sheet: « booked », « shut booked », nothing for a free day."""
        states = {
            "shut": not self.enabled,
            "booked": self.booked,
            "refused": self.refusal is not None,
            "wait": self.wait is not None,
        }
        return " ".join(name for name, holds in states.items() if holds)

    @property
    def _reason_on_the_wall(self) -> str:
        """Where « Réservé » is written of every booked day: « Rendu » then stands before its reason."""
        if self.wait and not self.enabled:
            return self.wait.word
        return f"{self.word}\u00a0: {self.reason[:1].lower()}{self.reason[1:]}" if self.word == "Rendu" else self.reason

    @property
    def cell(self) -> dict[str, object]:
        """The day as the wall calendar of one child in one activity (base.month_grid) draws it."""
        return {
            "day": self.day,
            "state": "booked" if self.booked else "free" if self.decision.can_add else "closed",
            "checked": self.checked,
            "enabled": self.enabled,
            "value": self.iso,
            "note": "hors délai" if self.only_at_desk else self.decision.until_short,
            "reason": self._reason_on_the_wall,
            "refusal": self.refusal.word if self.refusal else "",
            "aria_label": f"{long_day(self.day)}{f', {euros(self.price)}' if self.price is not None else ''}",
            "today": self.today,
            "late": self.late,
            "price": "" if self.price is None else euros(self.price),
            "cents": self.cents,
        }


def with_formula(day: date, formula: str) -> str:
    """Write a day as the form carries it: ``2026-12-09``, ``2026-12-09=matin``."""
    return f"{day.isoformat()}={formula}" if formula else day.isoformat()


@dataclass(frozen=True)
class Left:
    """What the family left on the page: refusals to show beside their day, ticks to keep (None: as they are booked)."""

    refused: Mapping[SlotDay, Refused] = field(default_factory=dict)
    wanted: Mapping[SlotDay, str] | None = None


@dataclass(frozen=True)
class Drawing:
    """All that days are drawn from. ``formulas`` are those that an activity (id) offers; ``at_desk`` when an agent reads."""

    planning: Planning
    prices: Prices
    at: datetime
    waits: Mapping[SlotDay, Wait]
    formulas: Mapping[int, Sequence[str]]
    left: Left
    at_desk: bool = False
    told: dict[str, str] = field(default_factory=dict)  # what days are told, each sentence with its id in the page

    def day(self, slot: Slot, day: date) -> Day:
        """Draw a child's day in an activity."""
        key = (*slot, day)
        booking = self.planning.own_booking(slot, day)
        context = self.planning.context(slot, day)
        decision = decide(context, self.at)
        late = self.at_desk and decision.reason is not None
        if late:
            decision = decide(context, self.at, at_desk=True)
        refusal = self.left.refused.get(key)
        checked, formula = self._ticks(key, booking, decision, refusal)
        wait = self.waits.get(key)
        return Day(
            day=day,
            decision=decision,
            booking=booking,
            price=self._price(slot, day, booking, late),
            checked=checked,
            formula=formula,
            wait=wait,
            refusal=refusal,
            today=day == self.at.date(),
            choices=self._choices(slot, day, booking, formula if checked else None, late) if decision.is_open else (),
            key=self._told(decision, wait, late) if decision.is_open else "",
            only_at_desk=late and decision.is_open,
        )

    def _told(self, decision: Decision, wait: Wait | None, late: bool) -> str:
        """What a screen reader is told beside the name of an open day: until when, and the place that is offered."""
        offer = f"place proposée jusqu’au {moment(wait.until)}, " if wait and wait.until else ""
        until = "hors délai, modifiable par un agent" if late else f"modifiable {decision.until_text}"
        return self.told.setdefault(f"{offer}{until}", f"u{len(self.told)}")

    def _ticks(
        self, key: SlotDay, booking: Booking | None, decision: Decision, refusal: Refused | None
    ) -> tuple[bool, str]:
        """The tick of a refused day stays as the family left it; a removal that can no longer be shows what holds."""
        booked = (booking is not None, booking.formula if booking else "")
        if refusal and (decision.is_open or refusal.adding):
            return refusal.adding, refusal.formula
        if self.left.wanted is not None and decision.is_open:
            return key in self.left.wanted, self.left.wanted.get(key, "")
        return booked

    def _price(self, slot: Slot, day: date, booking: Booking | None, late: bool) -> Decimal | None:
        if booking is not None:
            priced = self.prices.of_booking(booking)
            return priced.price.total if priced else None
        return None if self.formulas.get(slot[1]) else self.prices.amount(WantedDay(*slot, day, late=late))

    def _choices(self, slot: Slot, day: date, booking: Booking | None, chosen: str | None, late: bool) -> list[Choice]:
        offered = list(self.formulas.get(slot[1], ()))
        if not offered:
            return []
        if booking is not None and booking.formula not in offered:
            offered.append(booking.formula)
        found = []
        for formula in offered:
            price = self.prices.amount(WantedDay(*slot, day, formula, late))
            label = formula_label(formula) or "Réservé"
            said = label if price is None else f"{label}\u00a0: {euros(price)}"
            found.append(Choice(with_formula(day, formula), said, cents(price), formula == chosen))
        return found


def waits_of(planning: Planning, first: date, last: date) -> dict[SlotDay, Wait]:
    """Return a household's turns on the waiting lists between two days; no query where no site counts its places, else one, and
    one more when it waits for some day.

    The rank counts those who stand before it for the same site and day, in whatever household.
    """
    if all(row.site.places is None for rows in planning.enrolments.values() for row in rows):
        return {}
    family, children, activities = planning.family, list(planning.children), list(planning.activities)
    standing = WaitingEntry.objects.filter(status__in=WaitingEntry.STANDING, day__range=(first, last))
    mine = list(standing.filter(family=family, child__in=children, activity__in=activities).order_by())
    ranks = ranks_of(mine)
    return {
        (row.child_id, row.activity_id, row.day): Wait(
            ranks[row.pk].number, row.pk, row.offered_until if row.status == WaitingEntry.Status.OFFERED else None
        )
        for row in mine
    }
