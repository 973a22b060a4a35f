"""The first day of a school year: who was carried over goes up one level, in a class that the school will name."""

from collections.abc import Collection
from datetime import date, datetime, time

from auditlog.models import LogEntry
from django.db import transaction

from castres_portal.base.clock import PARIS
from families.models import Child, School, SchoolLevel
from reservations.models import Enrolment, SchoolYear, YearRollover
from reservations.rules.enrolling import next_level

BATCH = 100  # children of one transaction


def raise_levels(*, today: date) -> int:
    """Write the new level of the children whom a run carried over to the year that has begun; return how many were raised.

    Who was given a level since the last day of the year before keeps it: by a démarche, by an agent, or by an earlier night. The
    journal of changes says so, which makes this safe to run twice and at once. A child of a nursery school who enters CP waits
    for her school to be chosen, as the run said; one who leaves CM2 leaves her school too.
    """
    runs = YearRollover.objects.filter(to_year__starts_on__lte=today, to_year__ends_on__gte=today)
    raised = 0
    for run in runs.select_related("from_year").order_by("pk"):
        carried = Enrolment.objects.filter(rollover=run).order_by().values("child_id")
        due = list(_due(Child.objects.filter(pk__in=carried), run.from_year).values_list("pk", flat=True))
        for first in range(0, len(due), BATCH):
            raised += _raise(due[first : first + BATCH], run.from_year)
    return raised


@transaction.atomic(durable=True)
def _raise(ids: Collection[int], past: SchoolYear) -> int:
    """Raise some children (ids), locked in id order; the journal is read again under the lock."""
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))
    children = list(_due(Child.objects.filter(pk__in=ids), past))
    for child in children:
        _write(child)
    return len(children)


def _write(child: Child) -> None:
    child.level, child.class_name = next_level(child.level), ""
    if not child.level:
        child.school = None
    child.save(update_fields=["level", "class_name", "school"])


def _due(children, past: SchoolYear):  # type: ignore[no-untyped-def]
    """Return the children (a queryset) who still have the level of a past year, in id order."""
    since = datetime.combine(past.ends_on, time(0), PARIS)
    told = LogEntry.objects.get_for_model(Child).filter(
        timestamp__gte=since, object_id__isnull=False, changes__has_key="level"
    )
    to_choose = {"school__kind": School.Kind.NURSERY, "level": SchoolLevel.GS}
    return (
        children.exclude(level="")
        .exclude(**to_choose)
        .exclude(pk__in=told.order_by().values("object_id"))
        .order_by("pk")
    )
