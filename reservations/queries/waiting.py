"""The waiting list as a family sees it: its days and their ranks, what is offered, what is over, which full days to ask for.

A rank counts the other households; it never says who they are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from castres_portal.base.french import long_day, moment
from families.models import Child, Family, FamilyRequest
from reservations.models import Activity, ActivityFormula, ActivitySite, BookingReceipt, Enrolment, WaitingEntry
from reservations.queries.planning import Planning, SiteAndDay, Slot, enrolments_of, load_planning
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.rules.decide import FULL, decide
from reservations.rules.formulas import formula_label

Status = WaitingEntry.Status
MOST_ENDED = 60  # rows of the history on the page
TONES = {
    Status.WAITING: "waiting",
    Status.OFFERED: "due",
    Status.TAKEN: "booked",
    Status.LAPSED: "expired",
    Status.DECLINED: "cancelled",
    Status.WITHDRAWN: "cancelled",
    Status.PASSED: "closed",
}


@dataclass(frozen=True)
class Rank:
    """« 3e sur 7 »: the place of an entry among those that stand for the same site and day."""

    number: int
    total: int

    @property
    def words(self) -> str:
        """« 1er sur 1 », « 3e sur 7 »."""
        return f"{self.number}{'er' if self.number == 1 else 'e'} sur {self.total}"


def ranks_of(entries: Iterable[WaitingEntry]) -> dict[int, Rank]:
    """Return the rank of each standing entry (by id) among all those of its site and day; one query."""
    wanted = {(entry.site_id, entry.day) for entry in entries}
    if not wanted:
        return {}
    rows = WaitingEntry.objects.filter(
        site__in={site for site, _ in wanted}, day__in={day for _, day in wanted}, status__in=WaitingEntry.STANDING
    )
    queues: dict[SiteAndDay, list[int]] = defaultdict(list)
    for pk, site, day in rows.order_by(*WaitingEntry.ORDER).values_list("pk", "site_id", "day"):
        queues[site, day].append(pk)
    return {pk: Rank(place, len(queue)) for queue in queues.values() for place, pk in enumerate(queue, 1)}


def entries_of(family: Family) -> QuerySet[WaitingEntry]:
    """Return a household's entries with all that a page says of them."""
    related = ("child", "activity", "site__school", "site__venue", "request", "booking__receipt__request")
    return WaitingEntry.objects.filter(family=family).select_related(*related)


@dataclass(frozen=True)
class Wait:
    """One entry in words; ``rank`` while it stands, ``at`` the instant at which the page is read."""

    entry: WaitingEntry
    at: datetime
    rank: Rank | None = None

    @property
    def is_running(self) -> bool:
        """Whether the place is offered and can still be accepted."""
        until = self.entry.offered_until
        return self.entry.status == Status.OFFERED and until is not None and self.at < until

    @property
    def tone(self) -> str:
        """The state for the ``status`` component."""
        return "expired" if self._has_just_lapsed else TONES[Status(self.entry.status)]

    @property
    def word(self) -> str:
        """The state in two words."""
        return Status.LAPSED.label if self._has_just_lapsed else self.entry.get_status_display()

    @property
    def _has_just_lapsed(self) -> bool:
        return self.entry.status == Status.OFFERED and not self.is_running

    @property
    def formula(self) -> str:
        """The formula waited for, in words."""
        return formula_label(self.entry.formula)

    @property
    def sentence(self) -> str:
        """What there is to know beside the state."""
        entry = self.entry
        if entry.status == Status.WAITING:
            said = f"{self.rank.words} sur la liste" if self.rank else "sur la liste"
            return f"{said}, depuis le {moment(entry.joined_at)}"
        if self.is_running:
            return f"à accepter avant le {moment(entry.offered_until)}"
        if entry.status == Status.TAKEN:
            return f"réservé le {moment(entry.ended_at)}"
        if entry.status == Status.LAPSED or self._has_just_lapsed:
            return f"la place était gardée jusqu’au {moment(entry.offered_until)}"
        if entry.status == Status.PASSED:
            return "aucune place ne s’est libérée à temps"
        by_service = ", par l’Espace Famille" if entry.end_reason else ""
        return f"le {moment(entry.ended_at)}{by_service}{f' : {entry.end_reason}' if entry.end_reason else ''}"


@dataclass(frozen=True)
class WaitingPage:
    """What a household reads on « Liste d’attente »."""

    offers: list[Wait]
    waits: list[Wait]
    ended: list[Wait]
    ways: "list[WayToWait]"


def waiting_page(family: Family, *, at: datetime) -> WaitingPage:
    """Return a household's waits, running and over, and the children who may ask for a full day.

    Twelve queries, whatever the number of entries, children and days.
    """
    standing = list(entries_of(family).filter(status__in=WaitingEntry.STANDING).order_by("day", "child__birth_date"))
    ended = entries_of(family).exclude(status__in=WaitingEntry.STANDING).order_by("-day", "-pk")[:MOST_ENDED]
    ranks = ranks_of(standing)
    waits = [Wait(entry, at, ranks.get(entry.pk)) for entry in standing]
    return WaitingPage(
        offers=[wait for wait in waits if wait.is_running],
        waits=[wait for wait in waits if wait.entry.status == Status.WAITING],
        ended=[wait for wait in waits if wait.tone == "expired"] + [Wait(entry, at) for entry in ended],
        ways=ways_to_wait(family, at=at),
    )


def wait_of(family: Family, pk: int, *, at: datetime) -> Wait | None:
    """Return one entry (id) of a household, None when it has none such; two queries."""
    entry = entries_of(family).filter(pk=pk).first()
    if entry is None:
        return None
    return Wait(entry, at, ranks_of([entry]).get(entry.pk))


# --- Full days that can be asked for ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class WayToWait:
    """A child in an activity some of whose days are full."""

    child: Child
    activity: Activity
    site: ActivitySite
    days: int


@dataclass(frozen=True)
class FullDay:
    """A day that only lacks a place: how many wait already (« standing »), until when it can be booked."""

    day: date
    standing: int
    until: str

    @property
    def label(self) -> str:
        """« vendredi 11 décembre 2026 »."""
        return long_day(self.day)

    @property
    def words(self) -> str:
        """How many are before."""
        if not self.standing:
            return "personne n’attend encore"
        return "1 enfant attend déjà" if self.standing == 1 else f"{self.standing} enfants attendent déjà"


@dataclass(frozen=True)
class JoinPage:
    """The full days that a household may ask for, for one child in one activity."""

    child: Child
    activity: Activity
    site: ActivitySite
    days: list[FullDay]
    formulas: Sequence[ActivityFormula]
    is_open: bool


def ways_to_wait(family: Family, *, at: datetime) -> list[WayToWait]:
    """Return the children and activities with full days to ask for; ten queries at most."""
    rows = [row for row in _waitable(family, at) if row.activity.has_waiting_list]
    if not rows:
        return []
    planning = _planning(family, rows, at)
    standing = _own_standing(family, at)
    ways = []
    for slot, enrolments in planning.enrolments.items():
        if found := _full_days(planning, slot, enrolments, at, standing):
            row = enrolments[-1]
            ways.append(WayToWait(row.child, row.activity, row.site, len(found)))
    return ways


def join_page(family: Family, child: int, activity: str, *, at: datetime) -> JoinPage | None:
    """Return the full days of a child (id) in an activity (slug), None when this household never enrolled her in it."""
    mine = list(enrolments_of(family).filter(child=child, activity__slug=activity))
    if not mine:
        return None
    rows = [row for row in mine if row.ends_on >= at.date() and row.site.places is not None]
    row = (rows or mine)[-1]
    days: list[FullDay] = []
    if rows and row.activity.has_waiting_list:
        planning = _planning(family, rows, at)
        slot = (row.child_id, row.activity_id)
        found = _full_days(planning, slot, rows, at, _own_standing(family, at))
        numbers = _numbers([planning.enrolment(slot, day) for day in found], found)
        days = [FullDay(day, numbers[day], planning.policies[slot[1]].add.last_moment(day)) for day in sorted(found)]
    formulas = list(ActivityFormula.objects.filter(activity=row.activity)) if days else []
    return JoinPage(row.child, row.activity, row.site, days, formulas, row.activity.has_waiting_list)


def _waitable(family: Family, at: datetime) -> Iterable[Enrolment]:
    return enrolments_of(family).filter(ends_on__gte=at.date(), site__places__isnull=False)


def _planning(family: Family, rows: Collection[Enrolment], at: datetime) -> Planning:
    return load_planning(family, rows, at.date(), max(row.ends_on for row in rows), at=at)


def _own_standing(family: Family, at: datetime) -> set[tuple[int, int, date]]:
    rows = WaitingEntry.objects.filter(family=family, status__in=WaitingEntry.STANDING, day__gte=at.date())
    return set(rows.order_by().values_list("child_id", "activity_id", "day"))


def _full_days(
    planning: Planning, slot: Slot, rows: Collection[Enrolment], at: datetime, standing: Collection[Any]
) -> list[date]:
    """Return the days that only lack a place and for which the child does not wait yet."""
    return [
        day
        for day in _crowded(planning, rows, at.date())
        if (*slot, day) not in standing and decide(planning.context(slot, day), at).reason == FULL
    ]


def _crowded(planning: Planning, rows: Collection[Enrolment], today: date) -> list[date]:
    """Return the days of some enrolments worth deciding: those whose site has no place for all who want one."""
    assert planning.places is not None
    found = set()
    for row in rows:
        if row.site.places == 0:
            span = (row.ends_on - max(row.starts_on, today)).days
            found |= {max(row.starts_on, today) + timedelta(days=offset) for offset in range(span + 1)}
        for (site, day), left in planning.places.left.items():
            if site == row.site_id and left <= len(planning.places.queues.get((site, day), ())):
                found.add(day)
    return sorted(found)


def _numbers(enrolments: Iterable[Enrolment | None], days: Collection[date]) -> Mapping[date, int]:
    sites = {row.site_id for row in enrolments if row is not None}
    rows = WaitingEntry.objects.filter(site__in=sites, day__in=list(days), status__in=WaitingEntry.STANDING)
    return Counter(rows.order_by().values_list("day", flat=True))


# --- A request's page -------------------------------------------------------------------------------------------------


def waiting_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a waiting request shows: the answers as they were, and where each day stands; four queries.

    Ranks are those of now; whether an offer still runs is said by its own page, which has the clock.
    """
    receipt = BookingReceipt.objects.get(request=request)
    entries = list(request.waiting_entries.select_related("child", "activity", "site__school", "site__venue"))
    ranks = ranks_of([entry for entry in entries if entry.is_standing])
    at = request.received_at
    return {
        "answers": answers_by_child(lines_of(receipt)),
        "waits": [Wait(entry, at, ranks.get(entry.pk)) for entry in entries],
    }
