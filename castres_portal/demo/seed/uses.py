"""Who goes to care, to study and to the centres: enrolments and bookings of the school year that runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from castres_portal.base.french import of_name
from castres_portal.base.numbering import take_numbers
from castres_portal.demo.accounts import PARENTS
from castres_portal.demo.seed import services
from castres_portal.demo.seed.agenda import Agenda
from castres_portal.demo.seed.rows import stored_day, stored_instant, write, write_plain
from documents.models import RegulationAcceptance, RegulationVersion
from families.models import Child, FamilyRequest
from families.rules.custody import household_on
from reservations.kinds import ENROLMENT
from reservations.models import Activity, ActivitySite, Booking, Enrolment, SiteDay
from reservations.queries.planning import homes_of, policy_of
from reservations.rules.calendar import days_between
from reservations.rules.formulas import Formula

AFTER_THE_CANTEEN = timedelta(minutes=6)
FIRST_ELEMENTARY = ("CP", "CE1", "CE2", "CM1", "CM2")
COLUMNS = (
    "enrolment_id",
    "child_id",
    "family_id",
    "activity_id",
    "site_id",
    "day",
    "formula",
    "status",
    "booked_at",
    "booked_by_id",
)


@dataclass(frozen=True)
class Use:
    """What a child uses: an activity, on which weekdays (Monday = 0), under which formula, at which centre (its rank)."""

    activity: str
    weekdays: frozenset[int]
    formula: str = ""
    centre: int = 0


@transaction.atomic
def write_uses(agenda: Agenda) -> None:
    """Enrol part of the children who eat at the canteen in the other services, and book their usual days.

    From the first month billed of the school year that runs: their invoices have several services.
    """
    canteen = list(
        Enrolment.objects.filter(activity__is_meal=True, school_year=agenda.present_year.pk)
        .select_related("child", "family", "request", "acceptance__guardian", "school_year")
        .order_by("pk")
    )
    activities = {row.slug: row for row in Activity.objects.exclude(is_meal=True)}
    sites: dict[str, list[ActivitySite]] = defaultdict(list)
    for site in ActivitySite.objects.filter(activity__in=activities.values()).select_related("activity").order_by("pk"):
        sites[site.activity.slug].append(site)
    # By rank, not by key: a database that has held another town gives other keys.
    ranks = {pk: rank for rank, pk in enumerate(Child.objects.order_by("pk").values_list("pk", flat=True))}
    wanted = [
        (row, use, site)
        for row in canteen
        for use in _uses_of(row, ranks[row.child_id], _is_named(row))
        for site in _sites(sites[use.activity], row.child, use)
    ]
    enrolments = _write_enrolments(wanted, activities)
    write_plain(Booking, COLUMNS, _bookings(wanted, enrolments, agenda))


def _is_named(row: Enrolment) -> bool:
    user = row.acceptance.guardian.user
    return user is not None and user.email in {account.email for account in PARENTS}


def _uses_of(row: Enrolment, rank: int, named: bool) -> Iterator[Use]:
    """Draw what a child uses, from her rank alone: the same town each time. The named ones use a little of everything."""
    elementary = row.child.level in FIRST_ELEMENTARY
    if named or rank % 3 == 0:
        yield Use(services.EVENING, frozenset({0, 1, 4}))
    if rank % 4 == 1 or (named and not elementary):
        yield Use(services.MORNING, frozenset({0, 3}))
    if elementary and (named or rank % 5 == 2):
        yield Use(services.STUDY, frozenset({3}))
    if named or rank % 4 == 0:
        formula = (Formula.DAY_MEAL, Formula.DAY_MEAL, Formula.MORNING, Formula.MORNING_MEAL)[
            rank % 4 if named else rank // 4 % 4
        ]
        yield Use(services.WEDNESDAYS, frozenset({2}), formula, 0 if named else rank // 4 % 2)

    if named or rank % 3 == 1:
        # No weekday: the days of the holidays are asked for period by period.
        yield Use(services.HOLIDAYS, frozenset(), Formula.DAY_MEAL, rank % 2 if not named else 0)


def _sites(sites: Sequence[ActivitySite], child: Child, use: Use) -> list[ActivitySite]:
    """Return where the child uses the activity: the centre chosen, or her school, or nowhere."""
    if sites and sites[0].venue_id:
        return [sites[use.centre % len(sites)]]
    return [site for site in sites if site.school_id == child.school_id]


Wanted = tuple[Enrolment, Use, ActivitySite]


def _write_enrolments(wanted: Sequence[Wanted], activities: Mapping[str, Activity]) -> list[Enrolment]:
    version = RegulationVersion.objects.get(regulation__slug="periscolaire")
    acceptances: dict[int, RegulationAcceptance] = {}
    for row, _, _ in wanted:
        acceptances.setdefault(
            row.family_id,
            RegulationAcceptance(
                version=version,
                family=row.family,
                guardian=row.acceptance.guardian,
                accepted_at=row.request.received_at + AFTER_THE_CANTEEN,
            ),
        )
    write(RegulationAcceptance, list(acceptances.values()))
    requests = [_request(row, activities[use.activity]) for row, use, _ in wanted]
    _write_requests(requests)
    return write(
        Enrolment,
        [
            Enrolment(
                child=row.child,
                family=row.family,
                site=site,
                activity=activities[use.activity],
                school_year=row.school_year,
                starts_on=row.starts_on,
                ends_on=_end_of_summer(row) if use.activity == services.HOLIDAYS else row.ends_on,
                request=request,
                acceptance=acceptances[row.family_id],
            )
            for (row, use, site), request in zip(wanted, requests, strict=True)
        ],
    )


def _end_of_summer(row: Enrolment) -> date:
    """The centre of the holidays runs until the next school year: an enrolment that runs to the end of the year lasts as long."""
    year = row.school_year
    return date(year.ends_on.year, 8, 31) if row.ends_on == year.ends_on else row.ends_on


def _request(row: Enrolment, activity: Activity) -> FamilyRequest:
    at = row.request.received_at + AFTER_THE_CANTEEN + timedelta(minutes=activity.position)
    model = row.request
    return FamilyRequest(
        kind=ENROLMENT,
        family=row.family,
        guardian=model.guardian,
        entered_by_id=model.entered_by_id,
        summary=f"Inscription {of_name(row.child.first_name)} : {activity.name}, {row.school_year.label}",
        status=FamilyRequest.Status.DONE,
        received_at=at,
        decided_at=at,
        service=model.service,
        service_address=model.service_address,
        service_phone=model.service_phone,
        service_email=model.service_email,
    )


def _write_requests(rows: Sequence[FamilyRequest]) -> None:
    by_year: dict[int, list[FamilyRequest]] = defaultdict(list)
    for request in sorted(rows, key=lambda row: row.received_at):
        by_year[request.received_at.year].append(request)
    for year, requests in by_year.items():
        for rank, request in enumerate(requests, take_numbers(f"demandes-{year}", len(requests))):
            request.number = f"D{year}-{rank:06d}"
    write(FamilyRequest, list(rows))


def _bookings(wanted: Sequence[Wanted], enrolments: Iterable[Enrolment], agenda: Agenda) -> Iterator[tuple[Any, ...]]:
    first = agenda.billed[0] if agenda.billed else agenda.today
    last = agenda.days_ahead[-1] if agenda.days_ahead else agenda.today
    days = [day for day in days_between(first, last) if agenda.calendar.is_school_day(day)]
    homes = homes_of({row.child_id for row, _, _ in wanted}, first, last)
    taken: dict[tuple[int, date], int] = defaultdict(int)
    for (row, use, site), enrolment in zip(wanted, enrolments, strict=True):
        until = policy_of(site.activity).add.until
        for day in days:
            if day.weekday() not in use.weekdays or not enrolment.starts_on <= day <= enrolment.ends_on:
                continue
            if household_on(day, homes.stays.get(row.child_id, ()), homes.swaps.get(row.child_id, ())) != row.family_id:
                continue
            if site.places is not None and taken[site.pk, day] >= site.places:
                continue
            at = _booked_at(row.request.received_at, day, agenda)
            if at >= until(day):
                continue
            taken[site.pk, day] += 1
            yield (
                enrolment.pk,
                row.child_id,
                row.family_id,
                site.activity_id,
                site.pk,
                stored_day(day),
                use.formula,
                Booking.Status.ACTIVE.value,
                stored_instant(at),
                row.request.entered_by_id,
            )
    SiteDay.objects.bulk_create([SiteDay(site_id=site, day=day) for site, day in sorted(taken)], ignore_conflicts=True)


def _booked_at(enrolled_at: datetime, day: date, agenda: Agenda) -> datetime:
    """Return when a household booked a day: some weeks ahead, after it enrolled, before today."""
    usual = enrolled_at + timedelta(minutes=30)
    wished = usual.replace(year=day.year, month=day.month, day=1) - timedelta(days=9)
    yesterday = agenda.today - timedelta(days=1)
    if wished.date() > yesterday:
        wished = wished.replace(year=yesterday.year, month=yesterday.month, day=yesterday.day)
    return max(wished, usual)
