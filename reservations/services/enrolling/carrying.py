"""Carrying a year's enrolments over to the next: a run is a row, households go a handful at a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.clock import in_paris
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from castres_portal.base.numbering import take_numbers
from families.models import FamilyRequest
from families.request_kinds import kind_named
from reservations import emails
from reservations.kinds import ENROLMENT
from reservations.models import Enrolment, SchoolYear, YearRollover
from reservations.queries.enrolments import CarryRow, carry_rows, span_of_year, to_carry
from reservations.rules.enrolling import CarryState, last_day_of

BATCH = 40  # households of one transaction


def carry_over(*, from_year: SchoolYear, to_year: SchoolYear, user: User, at: datetime) -> YearRollover:
    """Start the run that carries the enrolments of a year over to the next, and return its row; a worker does the rest.

    One that exists already is taken up again: who was enrolled meanwhile is not enrolled twice. Raises Refusal when the years do
    not follow each other.
    """
    if to_year.starts_on <= from_year.ends_on:
        raise Refusal(f"L’année {to_year.label} ne suit pas l’année {from_year.label}.")
    try:
        return _start(from_year, to_year, user, at)
    except IntegrityError:
        return YearRollover.objects.get(to_year=to_year)  # a colleague started it at this very moment


@transaction.atomic(durable=True)
def _start(from_year: SchoolYear, to_year: SchoolYear, user: User, at: datetime) -> YearRollover:
    from reservations.tasks import carry_enrolments

    run = YearRollover.objects.select_for_update(of=("self",), no_key=True).filter(to_year=to_year).first()
    if run is None:
        run = YearRollover.objects.create(from_year=from_year, to_year=to_year, started_at=at, started_by=user)
    elif run.finished_at is not None:
        run.after, run.finished_at, run.started_at, run.started_by = 0, None, at, user
        run.save(update_fields=["after", "finished_at", "started_at", "started_by"])
    enqueue_after_commit(carry_enrolments)
    return run


def resume_carrying(*, at: datetime) -> int:
    """Go on with the runs that are not finished; return how many enrolments were made. Safe to run twice and at once."""
    made = 0
    for run in YearRollover.objects.filter(finished_at=None).order_by("pk"):
        while (count := carry_batch(run=run.pk, at=at)) is not None:
            made += count
    return made


@transaction.atomic(durable=True)
def carry_batch(*, run: int, at: datetime) -> int | None:
    """Carry over the next households of a run (id), tell them, and return how many enrolments were made; None when it is over.

    The run's row is locked: two workers follow each other. The children's rows are locked in id order, as by a form that enrols.
    """
    rows = YearRollover.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("from_year", "to_year").get(pk=run)
    if row.finished_at is not None:
        return None
    standing = to_carry(row.from_year, after=row.after)
    families = list(standing.order_by("family_id").values_list("family_id", flat=True).distinct()[:BATCH])
    if not families:
        row.finished_at = at
        row.save(update_fields=["finished_at"])
        return None
    enrolments = list(standing.filter(family__in=families))
    going = [
        found
        for found in carry_rows(enrolments, row.to_year, lock=True)
        if found.carry.state == CarryState.CARRIED and found.site is not None
    ]
    made = _enrol(row, going, at)
    row.after = families[-1]
    row.save(update_fields=["after"])
    return len(made)


def _enrol(run: YearRollover, going: Sequence[CarryRow], at: datetime) -> list[Enrolment]:
    if not going:
        return []
    requests = _requests(run, going, at)
    made = Enrolment.objects.bulk_create(
        [
            Enrolment(
                child=row.enrolment.child,
                family=row.enrolment.family,
                site=row.site,
                activity=row.enrolment.activity,
                school_year=run.to_year,
                starts_on=run.to_year.starts_on,
                ends_on=last_day_of(span_of_year(run.to_year), in_holidays=row.enrolment.activity.in_holidays),
                acceptance=row.enrolment.acceptance,
                request=request,
                rollover=run,
            )
            for row, request in zip(going, requests, strict=True)
        ]
    )
    by_family: dict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in made:
        by_family[enrolment.family_id].append(enrolment)
    emails.queue_carried(list(by_family.values()), run.to_year)
    return made


def _requests(run: YearRollover, going: Sequence[CarryRow], at: datetime) -> list[FamilyRequest]:
    service = settings.SERVICES[kind_named(ENROLMENT).service]
    year = in_paris(at).year
    first = take_numbers(f"demandes-{year}", len(going))
    return FamilyRequest.objects.bulk_create(
        [
            FamilyRequest(
                number=f"D{year}-{first + rank:06d}",
                kind=ENROLMENT,
                family=row.enrolment.family,
                guardian=row.enrolment.acceptance.guardian,
                entered_by=run.started_by,
                summary=f"Inscription {of_name(row.enrolment.child.first_name)} reportée\u00a0: {row.enrolment.activity.name}, "
                f"{run.to_year.label}",
                status=FamilyRequest.Status.DONE,
                received_at=at,
                decided_at=at,
                service=service["name"],
                service_address=service["address"],
                service_phone=service["phone"],
                service_email=service["email"],
            )
            for rank, row in enumerate(going)
        ]
    )
