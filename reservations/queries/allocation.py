"""What an allocation would give: the standing wishes of a period, weighed by its criteria, with the places that are left."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from families.models import Family
from reservations.models import ActivitySite, Booking, Enrolment, HolidayPeriod, Wish, WishedChild
from reservations.queries.holidays import running_days, sites_of, week_left
from reservations.queries.planning import (
    Places,
    Planning,
    active_bookings,
    by_slot,
    homes_of,
    places_left,
    school_calendar,
    span_of,
    stops_between,
)
from reservations.queries.wishes import why_not_wished
from reservations.rules.allocation import (
    Allocation,
    Applicant,
    CriterionKind,
    Outcome,
    SiteWeek,
    Wanted,
    allocate,
    in_order,
    lot,
    points_of,
    why,
)
from reservations.rules.holidays import Week, weeks_of


@dataclass(frozen=True)
class WishAnswer:
    """What becomes of a wish: its outcome, its reason for the family, and the days that it books."""

    wish: Wish
    outcome: str
    reason: str
    last_points: int | None = None
    days: Sequence[date] = ()


@dataclass(frozen=True)
class ChildAnswer:
    """What becomes of a child's wishes, with her points."""

    row: WishedChild
    points: int
    why: Sequence[str]
    answers: Sequence[WishAnswer]
    lot: str

    @property
    def given(self) -> list[WishAnswer]:
        """The wishes granted."""
        return [answer for answer in self.answers if answer.outcome == Outcome.GIVEN]

    @property
    def reasons(self) -> list[str]:
        """The criteria that gave points, in words."""
        return [str(CriterionKind(kind).label) for kind in self.why]


@dataclass(frozen=True)
class Plan:
    """The whole: every child's answers in the order of the turns, and what is left week by week."""

    period: HolidayPeriod
    children: Sequence[ChildAnswer]
    weeks: Sequence[Week]
    sites: Sequence[ActivitySite]
    left: Mapping[SiteWeek, int]
    households: int

    @property
    def granted(self) -> int:
        """How many weeks are given."""
        return sum(len(child.given) for child in self.children)

    @property
    def without(self) -> int:
        """How many children get nothing."""
        return sum(not child.given for child in self.children)

    @property
    def filling(self) -> list[tuple[ActivitySite, list[int | None]]]:
        """What is left, site by site, week by week."""
        return [(site, [self.left.get((site.pk, week.monday)) for week in self.weeks]) for site in self.sites]

    @property
    def digest(self) -> str:
        """A seal of what the plan says: an agent validates what she has seen and nothing else."""
        said = [
            f"{answer.wish.pk}:{answer.outcome}:{answer.reason}" for child in self.children for answer in child.answers
        ]
        return hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest()[:24]


def wished_children(period: HolidayPeriod) -> list[WishedChild]:
    """Return the children of the standing lists of a period, with everything that weighs them; two queries."""
    rows = WishedChild.objects.filter(wish_list__period=period, wish_list__replaced_at=None)
    related = ("child", "enrolment__site", "enrolment__activity", "wish_list__family", "wish_list__request")
    return list(rows.select_related(*related).prefetch_related("wishes").order_by("wish_list_id", "child_id"))


def plan_of(period: HolidayPeriod, *, at: datetime) -> Plan:
    """Return what an allocation made now would give; some fifteen queries, whatever the number of families."""
    rows, sites = wished_children(period), sites_of(period.activity)
    return make_plan(period, rows, sites, places_left(sites, period.starts_on, period.ends_on, at), at=at)


def make_plan(
    period: HolidayPeriod, rows: Sequence[WishedChild], sites: Sequence[ActivitySite], places: Places, *, at: datetime
) -> Plan:
    """Weigh the wishes and allocate, with places already counted."""
    weeks = weeks_of(span_of(period), period.activity.weekdays)
    plannings = _plannings(period, rows)
    work = _Work(period, rows, weeks, plannings, at)
    left = {
        (site.pk, week.monday): number
        for site in sites
        for week in weeks
        if (number := week_left(places, site, week.days)) is not None
    }
    allocation = allocate(work.applicants, left, period.tie_break)
    return Plan(
        period=period,
        children=work.answers(allocation),
        weeks=weeks,
        sites=sites,
        left=allocation.left,
        households=len({row.wish_list_id for row in rows}),
    )


def _plannings(period: HolidayPeriod, rows: Sequence[WishedChild]) -> dict[int, Planning]:
    """Return the planning of each household (by id), read for all of them at once."""
    children, first, last = {row.child_id for row in rows}, period.starts_on, period.ends_on
    enrolments: dict[int, list[Enrolment]] = defaultdict(list)
    found = Enrolment.objects.filter(
        activity=period.activity_id, child__in=children, starts_on__lte=last, ends_on__gte=first
    )
    for enrolment in found.select_related("child", "activity", "site").order_by("pk"):
        enrolments[enrolment.family_id].append(enrolment)
    calendar, stops, homes = school_calendar(), stops_between(first, last), homes_of(children, first, last)
    bookings = {
        (row.child_id, row.activity_id, row.day): row
        for row in active_bookings({period.activity_id}, children, first, last)
    }
    return {
        family: Planning(
            family=family,
            calendar=calendar,
            enrolments=by_slot(mine),
            homes=homes,
            stops=stops,
            holidays={period.activity_id: [span_of(period)]},
            bookings=bookings,
        )
        for family, mine in enrolments.items()
    }


class _Work:
    """The applicants made of the wishes, and the way back from verdicts to wishes."""

    def __init__(
        self,
        period: HolidayPeriod,
        rows: Sequence[WishedChild],
        weeks: Sequence[Week],
        plannings: Mapping[int, Planning],
        at: datetime,
    ) -> None:
        self.period, self.at, self.plannings = period, at, plannings
        self.weeks = {week.monday: week for week in weeks}
        self.rows = {row.pk: row for row in rows}
        self.points = self._points(rows)
        self.refused: dict[int, str] = {}  # wishes (id) that nothing could grant, and why
        self.units = [self._unit(unit) for unit in _units(rows)]

    @property
    def applicants(self) -> list[Applicant]:
        """Every applicant."""
        return [applicant for applicant, _ in self.units]

    def _points(self, rows: Sequence[WishedChild]) -> dict[int, tuple[int, list[str]]]:
        criteria = dict(self.period.criteria.values_list("kind", "points"))
        known = self._known(rows) if CriterionKind.LAST_YEAR in criteria else set()
        members: dict[int, int] = defaultdict(int)
        for row in rows:
            members[row.wish_list_id] += 1
        return {row.pk: points_of(_facts(row, known, members[row.wish_list_id]), criteria) for row in rows}

    def _known(self, rows: Sequence[WishedChild]) -> set[int]:
        opens = self.period.opens_at.date()
        days = Booking.objects.filter(
            activity=self.period.activity_id,
            child__in={row.child_id for row in rows},
            status=Booking.Status.ACTIVE,
            day__gte=_a_year_before(opens),
            day__lt=opens,
        )
        return set(days.order_by().values_list("child_id", flat=True))

    def _unit(self, rows: Sequence[WishedChild]) -> tuple[Applicant, dict[tuple[date, tuple[int, ...]], list[Wish]]]:
        found: dict[tuple[date, tuple[int, ...]], list[Wish]] = {}
        for wishes in zip(*[sorted(row.wishes.all(), key=lambda wish: wish.rank) for row in rows], strict=False):
            reasons = [self._why_not(row, wish) for row, wish in zip(rows, wishes, strict=True)]
            if any(reasons):
                said = next(reason for reason in reasons if reason)
                self.refused |= {wish.pk: said for wish in wishes}
            else:
                found[wishes[0].monday, tuple(wish.site_id for wish in wishes)] = list(wishes)
        first = rows[0].wish_list
        return (
            Applicant(
                key=rows[0].pk,
                members=tuple(row.pk for row in rows),
                # Brothers and sisters who stay together go as the one who has the fewest points: nobody is passed over.
                points=min(self.points[row.pk][0] for row in rows),
                lot=lot(self.period.seed, first.family.number),
                most=min(rows[0].weeks, self.period.most_weeks),
                wishes=tuple(Wanted(monday, sites) for monday, sites in found),
                asked_at=first.first_asked_at,
            ),
            found,
        )

    def _why_not(self, row: WishedChild, wish: Wish) -> str:
        planning, week = self.plannings.get(row.wish_list.family_id), self.weeks.get(wish.monday)
        slot = (row.child_id, self.period.activity_id)
        if planning is None or slot not in planning.enrolments:
            return "l’enfant n’a plus d’inscription à cette activité"
        if week is None:
            return "cette semaine n’est plus dans la période"
        return why_not_wished(planning, slot, week, self.at)

    def answers(self, allocation: Allocation) -> list[ChildAnswer]:
        """Return the answers of every child, in the order of the turns."""
        turns = {one.key: place for place, one in enumerate(in_order(self.applicants, self.period.tie_break))}
        found = []
        for applicant, wishes in sorted(self.units, key=lambda unit: turns[unit[0].key]):
            said: dict[int, WishAnswer] = {}
            for verdict in allocation.of(applicant.key):
                monday, sites = verdict.wanted.monday, verdict.wanted.sites
                for wish in wishes[monday, sites]:
                    last = allocation.last.get((wish.site_id, monday))
                    reason = why(verdict, last)
                    days = self._days(wish) if verdict.outcome == Outcome.GIVEN else ()
                    said[wish.pk] = WishAnswer(wish, verdict.outcome, reason, last.points if last else None, days)
            for pk in applicant.members:
                row = self.rows[pk]
                mine = sorted(row.wishes.all(), key=lambda wish: wish.rank)
                answers = [said.get(wish.pk) or WishAnswer(wish, Outcome.REFUSED, self._said(wish)) for wish in mine]
                found.append(ChildAnswer(row, *self.points[pk], answers, applicant.lot))
        return found

    def _said(self, wish: Wish) -> str:
        return self.refused.get(wish.pk, "ce vœu n’est pas celui de ses frères et sœurs")

    def _days(self, wish: Wish) -> list[date]:
        row = self.rows[wish.child_id]
        planning = self.plannings[row.wish_list.family_id]
        return running_days(planning, (row.child_id, self.period.activity_id), self.weeks[wish.monday])


def _units(rows: Sequence[WishedChild]) -> Iterable[list[WishedChild]]:
    """Yield who is weighed together: the children of a list that stays together, else each child."""
    by_list: dict[int, list[WishedChild]] = defaultdict(list)
    for row in rows:
        by_list[row.wish_list_id].append(row)
    for mine in by_list.values():
        if mine[0].wish_list.together:
            yield mine
        else:
            yield from ([row] for row in mine)


def _facts(row: WishedChild, known: Collection[int], members: int) -> set[str]:
    family: Family = row.wish_list.family
    facts = {
        CriterionKind.SCHOOL: row.child.school_id is not None,
        CriterionKind.RESIDENT: family.postcode == settings.TOWN["postcode"],
        CriterionKind.LAST_YEAR: row.child_id in known,
        CriterionKind.SIBLINGS: members > 1,
    }
    return {kind.value for kind, met in facts.items() if met}


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
