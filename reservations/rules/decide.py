"""Whether a day can be booked or cancelled, why not, and until when: the one function of law 1.

The calendar draws this answer, the submit obeys it. What it reads is gathered by ``queries.planning``.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from castres_portal.base.clock import midnight
from castres_portal.base.french import WEEKDAYS, clock_time, long_day, plain_day, short_day
from reservations.rules.calendar import Closure, ClosureKind
from reservations.rules.deadlines import deadline, last_moment


@dataclass(frozen=True)
class Policy:
    """The rule of an activity: weekdays (Monday = 0) and deadlines; see Activity."""

    weekdays: frozenset[int]
    add_days: int = 7
    add_hour: time | None = None
    cancel_days: int = 7
    cancel_hour: time | None = None


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
    day; ``booked_by`` that of the one that holds the booking; ``places_left`` is None where places are not counted.
    """

    day: date
    policy: Policy
    family: int
    household: int | None
    closure: Closure | None = None
    enrolments: tuple[Period, ...] = ()
    booked_by: int | None = None
    places_left: int | None = None


class ReasonCode(StrEnum):
    """Why a day cannot change."""

    OUT_OF_YEAR = "hors_annee"
    HOLIDAYS = "vacances"
    PUBLIC_HOLIDAY = "ferie"
    BRIDGE = "pont"
    WEEKEND = "week_end"
    WEEKDAY = "jour_non_servi"
    NOT_ENROLLED = "sans_inscription"
    OTHER_WEEK = "autre_semaine"
    OTHER_HOUSEHOLD = "autre_foyer"
    PAST = "jour_passe"
    DEADLINE = "delai"
    FULL = "complet"


@dataclass(frozen=True)
class Reason:
    """A refusal: its code, two or three words for the calendar, a clause for the receipt."""

    code: ReasonCode
    short: str
    sentence: str


@dataclass(frozen=True)
class Decision:
    """What can be done with a day; ``until`` is the first instant at which it no longer can (None when it cannot now)."""

    can_add: bool
    can_cancel: bool
    reason: Reason | None = None
    until: datetime | None = None
    hour: time | None = None

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


def decide(context: DayContext, at: datetime) -> Decision:
    """Say what the household may do with a day at an instant (aware).

    A booking of one's own can be given back until the deadline, whatever has happened since (school closed, other week of
    custody, enrolment ended). A free day can be taken when nothing forbids it.
    """
    policy = context.policy
    if context.booked_by == context.family:
        until = deadline(context.day, policy.cancel_days, policy.cancel_hour)
        if at < until:
            return Decision(False, True, None, until, policy.cancel_hour)
        return Decision(False, False, _too_late(context.day, policy.cancel_days, until, policy.cancel_hour, at))
    until = deadline(context.day, policy.add_days, policy.add_hour)
    reason = _not_offered(context) or _not_ours(context)
    if reason is None and at >= until:
        reason = _too_late(context.day, policy.add_days, until, policy.add_hour, at)
    if reason is None and context.places_left is not None and context.places_left <= 0:
        reason = Reason(ReasonCode.FULL, "Complet", "il ne reste plus de place ce jour-là")
    if reason:
        return Decision(False, False, reason)
    return Decision(True, False, None, until, policy.add_hour)


def _not_offered(context: DayContext) -> Reason | None:
    """Why nobody could book this day."""
    if context.closure:
        return _no_school(context.closure)
    if context.day.weekday() not in context.policy.weekdays:
        return Reason(ReasonCode.WEEKDAY, "Fermé", f"pas de service le {WEEKDAYS[context.day.weekday()]}")
    return None


def _no_school(closure: Closure) -> Reason:
    code = ReasonCode(closure.kind.value)
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


def _enrolment_sentence(context: DayContext) -> str:
    later = [period for period in context.enrolments if period.starts_on > context.day]
    if later:
        first = min(period.starts_on for period in later)
        return f"l’inscription ne commence que le {plain_day(first)}"
    if context.enrolments:
        return f"l’inscription a pris fin le {plain_day(max(period.ends_on for period in context.enrolments))}"
    return "l’enfant n’a pas d’inscription à cette activité"


def _too_late(day: date, days: int, until: datetime, hour: time | None, at: datetime) -> Reason:
    if at >= midnight(day + timedelta(days=1)):
        return Reason(ReasonCode.PAST, "Jour passé", "ce jour est passé")
    label = "du jour même" if days == 0 else f"de {days} jour{'s' if days > 1 else ''}"
    sentence = f"délai {label} dépassé, c’était possible {last_moment(until, hour)}"
    return Reason(ReasonCode.DEADLINE, "Délai dépassé", sentence)


def notice(policy: Policy) -> str:
    """Say an activity's rule in one sentence for families."""
    add, cancel = _ahead(policy.add_days, policy.add_hour), _ahead(policy.cancel_days, policy.cancel_hour)
    if add == cancel:
        return f"Un jour se réserve ou s’annule jusqu’{add}."
    return f"Un jour se réserve jusqu’{add} et s’annule jusqu’{cancel}."


def _ahead(days: int, hour: time | None) -> str:
    when = {0: "au jour même", 1: "à la veille"}.get(days, f"à {days} jours avant")
    return f"{when} à {clock_time(hour)}" if hour else when


def example(policy: Policy, today: date) -> str:
    """Show what a rule means for the next Monday, or for the first weekday on which the activity runs after today."""
    if not policy.weekdays:
        return "Aucun jour de la semaine n’est coché."
    weekday = 0 if 0 in policy.weekdays else min(policy.weekdays)
    day = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    add = last_moment(deadline(day, policy.add_days, policy.add_hour), policy.add_hour)
    cancel = last_moment(deadline(day, policy.cancel_days, policy.cancel_hour), policy.cancel_hour)
    if add == cancel:
        return f"Le {long_day(day)} se réserve et s’annule {add}."
    return f"Le {long_day(day)} se réserve {add} et s’annule {cancel}."
