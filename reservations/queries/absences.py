"""« Justifier une absence »: what a household may announce, what it announced, and what the invoice is told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from castres_portal.base.clock import in_paris
from documents.desk import Nature
from families.models import Child, Family, FamilyRequest
from reservations.models import Absence, AbsenceDay, AbsenceReason, AbsenceRule, Activity, Booking
from reservations.models.absences import EXCUSED, STANDING
from reservations.queries.planning import policy_of
from reservations.rules.absences import (
    AbsenceEffect,
    AbsencePolicy,
    Charge,
    ReasonPolicy,
    announce_until,
    effects_of,
    reason_sentence,
    until_text,
)
from reservations.rules.decide import DayContext, Decision, decide

CERTIFICATE = "certificat-medical"  # slug of a DocumentKind
BEFORE = timedelta(days=60)  # how far back a row of missed days is looked for


def absence_policy(rule: AbsenceRule) -> AbsencePolicy:
    """Return a rule as the pure functions read it."""
    return AbsencePolicy(rule.announce_days, rule.announce_hour, rule.proof_hours)


def reason_policy(reason: AbsenceReason) -> ReasonPolicy:
    """Return a reason as the pure functions read it."""
    return ReasonPolicy(reason.get_kind_display(), reason.needs_proof, Charge(reason.charge), reason.carence_days)


@dataclass(frozen=True)
class WayToAnnounce:
    """A child and an activity of which days can be announced as missed."""

    child: Child
    activity: Activity
    days: int
    first: date
    last: date


def ways_to_announce(family: Family, *, at: datetime) -> list[WayToAnnounce]:
    """Return the children and activities of a household that have booked days to announce, the eldest first; three queries."""
    rules = {rule.activity_id: rule for rule in AbsenceRule.objects.filter(is_allowed=True)}
    found = _own_bookings(family).filter(_announceable(rules.values(), at)) if rules else Booking.objects.none()
    rows = list(
        found.order_by().values("child_id", "activity_id").annotate(days=Count("pk"), first=Min("day"), last=Max("day"))
    )
    children = Child.objects.select_related("school").in_bulk({row["child_id"] for row in rows})
    activities = Activity.objects.in_bulk({row["activity_id"] for row in rows})
    ways = [
        WayToAnnounce(children[row["child_id"]], activities[row["activity_id"]], row["days"], row["first"], row["last"])
        for row in rows
    ]
    return sorted(ways, key=lambda way: (way.child.birth_date, way.child.pk, way.activity.position, way.activity.pk))


def _announceable(rules: Iterable[AbsenceRule], at: datetime) -> Q:
    days = Q()
    for rule in rules:
        policy = absence_policy(rule)
        days |= Q(activity=rule.activity_id, day__gte=_first_day(policy, at))
    return days & Q(~Exists(standing_absences()))


def _first_day(policy: AbsencePolicy, at: datetime) -> date:
    """Return the first day whose absence can still be announced."""
    day = at.date() - timedelta(days=policy.announce_days + 1)
    while at >= announce_until(day, policy):
        day += timedelta(days=1)
    return day


def _own_bookings(family: Family) -> QuerySet[Booking]:
    """A day given back is not one to miss: nobody expects the child."""
    return Booking.objects.filter(family=family, status=Booking.Status.ACTIVE, given_back_at=None)


@dataclass(frozen=True)
class Board:
    """A child's booked days in one activity, as one household may announce them missed.

    ``bookings`` are its own active ones, far enough back to see where a row of missed days began; ``announced`` the absences that
    stand beside them.
    """

    family: int
    child: Child
    activity: Activity
    policy: AbsencePolicy
    reasons: Mapping[str, AbsenceReason]
    bookings: Mapping[date, Booking]
    announced: Mapping[date, AbsenceDay] = field(default_factory=dict)

    def decision(self, day: date, at: datetime) -> Decision:
        """Say what the calendar says of a booked day."""
        context = DayContext(day, policy_of(self.activity), self.family, self.family, booked_by=self.family)
        return decide(context, at)

    def can_be_announced(self, at: datetime) -> list[date]:
        """Return the days that may be ticked: still to be cancelled, or not too long ago to be announced."""
        return [
            day
            for day in sorted(self.bookings)
            if day not in self.announced
            and (at < announce_until(day, self.policy) or self.decision(day, at).can_cancel)
        ]

    def decisions(self, days: Collection[date], at: datetime) -> dict[date, Decision]:
        """Return the calendar's answer for the days asked for that are booked and not announced yet."""
        free = [day for day in sorted(days) if day in self.bookings and day not in self.announced]
        return {day: self.decision(day, at) for day in free}

    def effects(self, days: Collection[date], reason: str, at: datetime) -> dict[date, AbsenceEffect]:
        """Say what announcing days for a reason (its kind) does, day by day."""
        earlier = [day for day, row in self.announced.items() if row.absence.reason == reason]
        return effects_of(
            self.decisions(days, at),
            policy=self.policy,
            reason=reason_policy(self.reasons[reason]),
            earlier=earlier,
            booked=list(self.bookings),
            at=at,
        )

    @property
    def reason_lines(self) -> list[tuple[AbsenceReason, str]]:
        """Each reason that may be given, and what it asks and gives."""
        return [(row, reason_sentence(reason_policy(row), self.policy)) for row in self.reasons.values()]


def board_of(family: Family, child: int, activity: str, *, at: datetime) -> Board | None:
    """Return what a household may announce for a child (id) in an activity (slug), or None; four queries.

    None when the activity takes no absence on line, or when this household never booked it for this child.
    """
    rule = (
        AbsenceRule.objects.select_related("activity")
        .prefetch_related("reasons")
        .filter(activity__slug=activity, is_allowed=True)
        .first()
    )
    reasons = {row.kind: row for row in rule.reasons.all()} if rule else {}
    if rule is None or not reasons:
        return None
    own = Booking.objects.filter(family=family, child=child, activity=rule.activity)
    known = own.select_related("child").first()
    if known is None:
        return None
    policy = absence_policy(rule)
    since = _first_day(policy, at) - BEFORE
    held = own.filter(status=Booking.Status.ACTIVE, given_back_at=None, day__gte=since)
    bookings = {row.day: row for row in held.order_by("day")}
    announced = AbsenceDay.objects.filter(STANDING, booking__in=own, day__gte=since)
    return Board(
        family=family.pk,
        child=known.child,
        activity=rule.activity,
        policy=policy,
        reasons=reasons,
        bookings=bookings,
        announced={row.day: row for row in announced.select_related("absence__request")},
    )


def standing_absences() -> QuerySet[AbsenceDay]:
    """Return the days of absence that stand beside the booking of an outer query."""
    return AbsenceDay.objects.filter(STANDING, booking=OuterRef("pk"))


def excused_bookings(families: Collection[int], first: date, last: date) -> set[int]:
    """Return the bookings (ids) of some households, between two days, that the invoice leaves out; one query."""
    rows = AbsenceDay.objects.filter(EXCUSED, day__range=(first, last), booking__family__in=families)
    return set(rows.order_by().values_list("booking_id", flat=True))


# --- A request's page -------------------------------------------------------------------------------------------------

TONES = {
    AbsenceDay.Outcome.CANCELLED: "cancelled",
    AbsenceDay.Outcome.PENDING: "pending",
    AbsenceDay.Outcome.ACCEPTED: "accepted",
    AbsenceDay.Outcome.REFUSED: "refused",
    AbsenceDay.Outcome.WITHDRAWN: "cancelled",
    AbsenceDay.Outcome.IMPOSSIBLE: "refused",
    AbsenceDay.Outcome.UNCHANGED: "unchanged",
}


@dataclass(frozen=True)
class DayAnswer:
    """One day of an absence, in words; ``tone`` names the state for the ``status`` component."""

    day: date
    word: str
    tone: str
    reason: str


def answers_of(days: Iterable[AbsenceDay]) -> list[DayAnswer]:
    """Say what became of each day, in order."""
    return [
        DayAnswer(row.day, row.get_outcome_display(), TONES[AbsenceDay.Outcome(row.outcome)], row.reason)
        for row in sorted(days, key=lambda row: row.day)
    ]


def absence_of(request: FamilyRequest) -> Absence:
    """Return the absence of a request, with its child, its activity and its days; two queries."""
    rows = Absence.objects.select_related("child", "activity", "request").prefetch_related("days")
    return rows.get(request=request)


def absence_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of an absence shows; two queries."""
    absence = absence_of(request)
    days = list(absence.days.all())
    return {
        "absence": absence,
        "answers": answers_of(days),
        "waits_for_proof": any(row.outcome == AbsenceDay.Outcome.PENDING for row in days),
        "proof_text": proof_text(absence),
    }


def nature_of_proofs(request: FamilyRequest) -> Nature | None:
    """Say that the papers of a medical absence are certificates about its child: confidential, and read by few."""
    absence = Absence.objects.select_related("child").filter(request=request).first()
    return Nature(CERTIFICATE, absence.child) if absence and absence.is_medical else None


def proof_text(absence: Absence) -> str:
    """Say until when the proof is awaited: « jusqu’au mercredi 9 décembre 2026 », or nothing when none is."""
    return until_text(in_paris(absence.proof_until)) if absence.proof_until else ""
