"""Whether a day can be booked or cancelled, why not, and until when: the one function of law 1.

The calendar draws this answer, the submit obeys it. What it reads is gathered by ``queries.planning``.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from castres_portal.base.clock import in_paris, midnight
from castres_portal.base.french import WEEKDAYS, clock_time, long_day, plain_day, short_day
from reservations.rules.calendar import ClosedDay, ClosureKind
from reservations.rules.deadlines import DeadlineRule, last_moment
from reservations.rules.holidays import HolidaySpan, WindowState


@dataclass(frozen=True)
class Policy:
    """The rule of an activity: weekdays (Monday = 0), deadlines; ``in_holidays`` when it runs then rather than on school days."""

    weekdays: frozenset[int]
    add: DeadlineRule = DeadlineRule()
    cancel: DeadlineRule = DeadlineRule()
    in_holidays: bool = False


@dataclass(frozen=True)
class Period:
    """Days of an enrolment, both ends included."""

    starts_on: date
    ends_on: date

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class DayContext:
    """All that is known of a child's day before deciding.

    ``enrolments`` are the household's for this child and activity; ``household`` is the id of the one where the child lives that
    day; ``booked_by`` that of the one that holds the booking; ``places_left`` is None where places are not counted, and includes
    the place that the waiting list offers to this child; ``holiday`` is the period that holds the day of a centre. ``resells``:
    the activity lets a family give back a day too late to cancel; ``given_back``: it has; ``absent``: an absence stands.
    """

    day: date
    policy: Policy
    family: int
    household: int | None
    closure: ClosedDay | None = None
    enrolments: tuple[Period, ...] = ()
    booked_by: int | None = None
    places_left: int | None = None
    holiday: HolidaySpan | None = None
    resells: bool = False
    given_back: bool = False
    absent: bool = False


class ReasonCode(StrEnum):
    """Why a day cannot change."""

    OUT_OF_YEAR = "hors_annee"
    HOLIDAYS = "vacances"
    PUBLIC_HOLIDAY = "ferie"
    BRIDGE = "pont"
    WEEKEND = "week_end"
    STOPPED = "fermeture"
    NO_PERIOD = "hors_periode"
    WEEKDAY = "jour_non_servi"
    NOT_ENROLLED = "sans_inscription"
    OTHER_WEEK = "autre_semaine"
    OTHER_HOUSEHOLD = "autre_foyer"
    NOT_YET = "pas_ouvert"
    CLOSED = "clos"
    WISHES = "voeux"
    PAST = "jour_passe"
    DEADLINE = "delai"
    FULL = "complet"


@dataclass(frozen=True)
class Reason:
    """A refusal: its code, two or three words for the calendar, a clause for the receipt."""

    code: ReasonCode
    short: str
    sentence: str


FULL = Reason(ReasonCode.FULL, "Complet", "il ne reste plus de place ce jour-là")


@dataclass(frozen=True)
class Decision:
    """What can be done with a day; ``until`` is the first instant at which it no longer can (None when it cannot now).

    ``can_give_back``: too late to cancel, the family may leave its place to another, and pays unless somebody takes it;
    ``can_take_back``: given back, the day can be hers again since nobody has its place.
    """

    can_add: bool
    can_cancel: bool
    reason: Reason | None = None
    until: datetime | None = None
    hour: time | None = None
    can_give_back: bool = False
    can_take_back: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the day can change, one way or the other."""
        return self.can_add or self.can_cancel

    @property
    def until_text(self) -> str:
        """« jusqu’au mardi 1er décembre 2026 », or nothing."""
        return last_moment(self.until, self.hour) if self.until else ""

    @property
    def until_short(self) -> str:
        """« jusqu’au 1er déc. », or nothing."""
        if self.until is None:
            return ""
        if self.hour is None:
            return f"jusqu’au {short_day(self.until.date() - timedelta(days=1))}"
        return f"jusqu’au {short_day(self.until.date())}, {clock_time(self.until)}"


def decide(context: DayContext, at: datetime, *, at_desk: bool = False) -> Decision:
    """Say what the household may do with a day at an instant (aware).

    A booking of one's own can be given back until the deadline, whatever has happened since (school closed, other week of
    custody, enrolment ended); after it, where the activity allows, its place can be left to another household. A free day can be
    taken when nothing forbids it. ``at_desk``: an agent does it for the family and says why; deadlines and opening instants give
    way until the end of the day itself, nothing else does.
    """
    own = context.booked_by == context.family
    rule = context.policy.cancel if own else context.policy.add
    until, hour = (end_of(context.day), None) if at_desk else (rule.until(context.day), rule.hour)
    late = _too_late(context.day, rule, at) if at >= until else None
    if own:
        take_back = _can_take_back(context, at)
        if late is None:
            return Decision(False, True, None, until, hour, can_take_back=take_back)
        return Decision(False, False, late, can_give_back=_can_give_back(context, at), can_take_back=take_back)
    reason = _not_offered(context) or _not_ours(context) or (None if at_desk else _not_open(context, at)) or late
    if reason is None and context.places_left is not None and context.places_left <= 0:
        reason = FULL
    if reason:
        return Decision(False, False, reason)
    if not at_desk and context.holiday and context.holiday.closing < until:
        until = in_paris(context.holiday.closing)
        hour = until.time()
    return Decision(True, False, None, until, hour)


def _can_give_back(context: DayContext, at: datetime) -> bool:
    """Whether a day of ours, too late to cancel, can be left to another household."""
    return context.resells and not context.given_back and not context.absent and at < end_of(context.day)


def _can_take_back(context: DayContext, at: datetime) -> bool:
    """Whether a day that we gave back can be ours again: its place is neither taken nor promised to who waits."""
    free = context.places_left is None or context.places_left > 0
    return context.given_back and free and at < end_of(context.day)


def end_of(day: date) -> datetime:
    """Return the first instant after a day."""
    return midnight(day + timedelta(days=1))


def _not_offered(context: DayContext) -> Reason | None:
    """Why nobody could book this day."""
    if context.closure:
        return _no_school(context.closure)
    if context.day.weekday() not in context.policy.weekdays:
        return Reason(ReasonCode.WEEKDAY, "Fermé", f"pas de service le {WEEKDAYS[context.day.weekday()]}")
    return None


def _no_school(closure: ClosedDay) -> Reason:
    code = ReasonCode(closure.kind.value)
    if closure.kind == ClosureKind.STOPPED:
        return Reason(code, closure.label, f"service fermé ({closure.label})")
    if closure.kind == ClosureKind.NO_PERIOD:
        return Reason(code, closure.label, "l’accueil n’ouvre que pendant les vacances")
    if closure.kind == ClosureKind.PUBLIC_HOLIDAY:
        return Reason(code, f"Férié : {closure.label}", f"jour férié ({closure.label})")
    if closure.kind == ClosureKind.WEEKEND:
        return Reason(code, "Week-end", "pas d’école le week-end")
    return Reason(code, closure.label, f"pas d’école : {closure.label[:1].lower()}{closure.label[1:]}")


def _not_ours(context: DayContext) -> Reason | None:
    """Why this household could not book it, where another might. The other's booking is told only of a day of ours."""
    if not any(context.day in period for period in context.enrolments):
        return Reason(ReasonCode.NOT_ENROLLED, "Sans inscription", _enrolment_sentence(context))
    if context.household is None:
        return Reason(ReasonCode.OTHER_WEEK, "Hors garde", "l’enfant n’habite pas chez vous à cette date")
    if context.household != context.family:
        return Reason(ReasonCode.OTHER_WEEK, "Autre semaine de garde", "semaine de garde de l’autre foyer")
    if context.booked_by is not None:
        return Reason(ReasonCode.OTHER_HOUSEHOLD, "Réservé par l’autre foyer", "ce jour est réservé par l’autre foyer")
    return None


def _not_open(context: DayContext, at: datetime) -> Reason | None:
    """Why the period of the holidays takes no booking at an instant."""
    if context.holiday is None or not (sentence := context.holiday.why_no_addition(at)):
        return None
    state = context.holiday.state(at)
    if state == WindowState.OPEN:
        return Reason(ReasonCode.WISHES, "Par vœux", sentence)
    if state == WindowState.NOT_YET:
        return Reason(ReasonCode.NOT_YET, "Pas encore ouvert", sentence)
    return Reason(ReasonCode.CLOSED, "Clos", sentence)


def _enrolment_sentence(context: DayContext) -> str:
    later = [period for period in context.enrolments if period.starts_on > context.day]
    if later:
        first = min(period.starts_on for period in later)
        return f"l’inscription ne commence que le {plain_day(first)}"
    if context.enrolments:
        return f"l’inscription a pris fin le {plain_day(max(period.ends_on for period in context.enrolments))}"
    return "l’enfant n’a pas d’inscription à cette activité"


def _too_late(day: date, rule: DeadlineRule, at: datetime) -> Reason:
    if at >= end_of(day):
        return Reason(ReasonCode.PAST, "Jour passé", "ce jour est passé")
    sentence = f"délai {rule.label} dépassé, c’était possible {rule.last_moment(day)}"
    return Reason(ReasonCode.DEADLINE, "Délai dépassé", sentence)


def notice(policy: Policy) -> str:
    """Say an activity's rule in one sentence for families."""
    add, cancel = policy.add.ahead, policy.cancel.ahead
    if add == cancel:
        return f"Un jour se réserve ou s’annule jusqu’{add}."
    return f"Un jour se réserve jusqu’{add} et s’annule jusqu’{cancel}."


def example(policy: Policy, today: date) -> str:
    """Show what a rule means for the next Monday, or for the first weekday on which the activity runs after today."""
    if not policy.weekdays:
        return "Aucun jour de la semaine n’est coché."
    day = today + timedelta(days=(min(policy.weekdays) - today.weekday() - 1) % 7 + 1)
    add, cancel = policy.add.last_moment(day), policy.cancel.last_moment(day)
    if add == cancel:
        return f"Le {long_day(day)} se réserve et s’annule {add}."
    return f"Le {long_day(day)} se réserve {add} et s’annule {cancel}."
