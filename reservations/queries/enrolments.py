"""What ending, moving and carrying over enrolments would do, before it is done."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from families.models import Child, Custody, Family, School
from reservations.models import ActivitySite, Booking, Enrolment, EnrolmentDemand, SchoolYear, WaitingEntry
from reservations.queries.enrolling import applicant, terms_of
from reservations.queries.planning import places_left, policy_of
from reservations.rules.calendar import YearSpan
from reservations.rules.decide import DayContext, decide
from reservations.rules.enrolling import Carry, CarryState, carry

ONE_DAY = timedelta(days=1)


def running_enrolment(family: Family, pk: int, *, today: date) -> Enrolment | None:
    """Return a household's enrolment (id) that may still be ended, with what its page shows; one query."""
    rows = Enrolment.objects.filter(family=family, pk=pk, ended_at=None, ends_on__gte=today)
    return rows.select_related("child", "activity", "site__school", "site__venue", "school_year").first()


@dataclass(frozen=True)
class KeptDay:
    """A day that stays booked, and why."""

    day: date
    reason: str


@dataclass(frozen=True)
class EndingPreview:
    """What ending an enrolment after a day would do."""

    last_day: date
    freed: list[date] = field(default_factory=list)
    kept: list[KeptDay] = field(default_factory=list)
    waits: int = 0


def ending_preview(enrolment: Enrolment, last_day: date, *, at: datetime, by_agent: bool = False) -> EndingPreview:
    """Say which days ending an enrolment after a day frees, and which stay by the rule; two queries."""
    first = max(last_day + ONE_DAY, at.date())
    booked = Booking.objects.filter(enrolment=enrolment, status=Booking.Status.ACTIVE, day__gte=first)
    policy = policy_of(enrolment.activity)
    freed, kept = [], []
    for day in booked.order_by("day").values_list("day", flat=True):
        own = DayContext(day, policy, enrolment.family_id, enrolment.family_id, booked_by=enrolment.family_id)
        decision = decide(own, at, at_desk=by_agent)
        if decision.reason:
            kept.append(KeptDay(day, decision.reason.sentence))
        else:
            freed.append(day)
    waits = WaitingEntry.objects.filter(enrolment=enrolment, status__in=WaitingEntry.STANDING, day__gt=last_day)
    return EndingPreview(last_day, freed, kept, waits.count())


def ended_under(request_id: int) -> list[Enrolment]:
    """Return the enrolments that a request ended; one query."""
    rows = Enrolment.objects.filter(end_request=request_id).select_related(
        "child", "activity", "site__school", "site__venue", "school_year"
    )
    return list(rows.order_by("activity__position", "pk"))


def demand_of(request_id: int) -> EnrolmentDemand:
    """Return the enrolment that a request asks for, with what its page shows; one query."""
    rows = EnrolmentDemand.objects.select_related(
        "child__school",
        "family",
        "activity",
        "site__school",
        "site__venue",
        "school_year",
        "acceptance__version__regulation",
        "acceptance__guardian",
    )
    return rows.get(request=request_id)


# --- Moving -----------------------------------------------------------------------------------------------------------


def may_go_to(enrolment: Enrolment, site: ActivitySite) -> bool:
    """Whether a place of the same activity takes the child: any centre, or her own school."""
    if site.activity_id != enrolment.activity_id or site.pk == enrolment.site_id:
        return False
    return site.venue_id is not None or site.school_id == enrolment.child.school_id


def other_sites(enrolment: Enrolment) -> list[ActivitySite]:
    """Return the other places that could take the child; one query."""
    rows = ActivitySite.objects.filter(activity=enrolment.activity_id).select_related("school", "venue")
    return [site for site in rows.order_by("venue__name", "school__name") if may_go_to(enrolment, site)]


@dataclass(frozen=True)
class MovePreview:
    """Which days would follow, and which have no place in the new site."""

    follow: list[date]
    full: list[date]


def move_preview(enrolment: Enrolment, site: ActivitySite, on: date, *, at: datetime) -> MovePreview:
    """Say what moving an enrolment to a site from a day would do, by the places left now; at most four queries."""
    booked = Booking.objects.filter(enrolment=enrolment, status=Booking.Status.ACTIVE, day__gte=on, given_back_at=None)
    days = list(booked.order_by("day").values_list("day", flat=True))
    if site.places is None or not days:
        return MovePreview(days, [])
    places = places_left([site], days[0], days[-1], at)
    slot = (enrolment.child_id, enrolment.activity_id)
    full = [day for day in days if (places.seen_by(slot, (site.pk, day), site.places) or 0) <= 0]
    return MovePreview([day for day in days if day not in full], full)


# --- The end of the year ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CarryRow:
    """An enrolment of the year that ends, and what becomes of it; ``site`` is where it would go on."""

    enrolment: Enrolment
    carry: Carry
    site: ActivitySite | None


def carry_rows(enrolments: Collection[Enrolment], year: SchoolYear, *, lock: bool = False) -> list[CarryRow]:
    """Say what becomes of some enrolments (children, activities, sites read with them) in the year to come.

    Four queries whatever their number. With ``lock``, inside a transaction, the children's rows are locked first in id order.
    """
    children = {row.child_id for row in enrolments}
    kin = Child.objects.filter(pk__in=children).select_related("school").order_by("pk")
    if lock:
        kin = kin.select_for_update(of=("self",), no_key=True)
    fresh = {child.pk: child for child in kin}
    sites = {
        (site.activity_id, site.school_id): site
        for site in ActivitySite.objects.select_related("school").filter(
            activity__in={row.activity_id for row in enrolments}, school__isnull=False
        )
    }
    already = set(
        Enrolment.objects.filter(school_year=year, child__in=children)
        .order_by()
        .values_list("child_id", "family_id", "activity_id")
    )
    here = set(
        Custody.objects.filter(child__in=children)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=year.starts_on))
        .order_by()
        .values_list("child_id", "family_id")
    )
    span = span_of_year(year)
    return [_carry_row(row, fresh[row.child_id], span, sites, already, here) for row in enrolments]


def span_of_year(year: SchoolYear) -> YearSpan:
    """Return a school year as the rules read it."""
    return YearSpan(
        year.label, year.starts_on, year.ends_on, year.enrolment_opens_on, year.pk, year.reenrolment_closes_on
    )


def _carry_row(
    row: Enrolment,
    child: Child,
    year: YearSpan,
    sites: dict[tuple[int, int | None], ActivitySite],
    already: set[tuple[int, int, int]],
    here: set[tuple[int, int]],
) -> CarryRow:
    in_centre = row.site.venue_id is not None
    site = row.site if in_centre else sites.get((row.activity_id, child.school_id))
    answer = carry(
        terms_of(row.activity),
        applicant(child),
        year,
        in_nursery=bool(child.school and child.school.kind == School.Kind.NURSERY),
        in_centre=in_centre,
        is_there=site is not None and row.activity.is_open,
        lives_here=(child.pk, row.family_id) in here,
        already=(child.pk, row.family_id, row.activity_id) in already,
    )
    return CarryRow(row, answer, site)


def to_carry(year: SchoolYear, *, after: int = 0):  # type: ignore[no-untyped-def]
    """Return the enrolments that last until the end of a year, in households after an id, household by household."""
    rows = Enrolment.objects.filter(school_year=year, ended_at=None, family__gt=after)
    related = ("child__school", "family", "activity", "site__school", "site__venue", "acceptance__guardian__user")
    return rows.select_related(*related).order_by("family_id", "child_id", "activity__position", "pk")


@dataclass(frozen=True)
class SetAside:
    """A child whose enrolments in some activities do not go over, for one reason."""

    enrolment: Enrolment
    level: str
    activities: list[str]


@dataclass(frozen=True)
class CarryPreview:
    """The whole of a run before it is started: who goes over, activity by activity, and who does not, reason by reason."""

    carried: list[tuple[str, list[CarryRow]]]
    set_aside: list[tuple[str, list[SetAside]]]
    already: int

    @property
    def total(self) -> int:
        """How many enrolments would be made."""
        return sum(len(rows) for _, rows in self.carried)


def carry_preview(from_year: SchoolYear, to_year: SchoolYear) -> CarryPreview:
    """Say what a run would do; six queries."""
    rows = carry_rows(list(to_carry(from_year)), to_year)
    carried: dict[str, list[CarryRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.enrolment.activity.position, str(row.enrolment.child))):
        if row.carry.state == CarryState.CARRIED:
            carried[row.enrolment.activity.name].append(row)
    aside = [row for row in rows if row.carry.state not in (CarryState.CARRIED, CarryState.ALREADY)]
    return CarryPreview(
        carried=list(carried.items()),
        set_aside=_by_reason(aside),
        already=sum(row.carry.state == CarryState.ALREADY for row in rows),
    )


def _by_reason(rows: Iterable[CarryRow]) -> list[tuple[str, list[SetAside]]]:
    found: dict[str, dict[tuple[int, int], SetAside]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (row.carry.state, str(row.enrolment.child))):
        kin = (row.enrolment.child_id, row.enrolment.family_id)
        each = found[row.carry.sentence].setdefault(kin, SetAside(row.enrolment, row.carry.level, []))
        each.activities.append(row.enrolment.activity.name)
    return [(sentence, list(children.values())) for sentence, children in found.items()]


def carried_by(run: int) -> list[tuple[str, int]]:
    """Return how many enrolments a run (id) made, activity by activity; one query."""
    rows: Iterable[tuple[str, int]] = (
        Enrolment.objects.filter(rollover=run)
        .order_by("activity__position")
        .values_list("activity__name")
        .annotate(number=Count("pk"))
    )
    return list(rows)
