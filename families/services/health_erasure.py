"""Erasing the sheets that nobody confirmed for the new school year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from castres_portal.base.clock import midnight
from families.models import (
    HealthAuthorisation,
    HealthErasure,
    HealthPlan,
    HealthRecord,
)
from families.queries.health import to_erase
from families.rules.certification import ending_to_erase
from families.school_years import SchoolYearSpan

BATCH = 200


@dataclass(frozen=True)
class ErasureReport:
    """What was erased, or would be: the school year that is over, and the ids of the children concerned."""

    school_year: str
    children: list[int]


def erase_unconfirmed_sheets(
    *, years: Sequence[SchoolYearSpan], today: date, at: datetime, dry_run: bool = False
) -> ErasureReport:
    """Erase what was told of children whose sheet was not confirmed for the new school year, history included.

    ``settings.HEALTH["erase_days"]`` days after the last day of class. One transaction per 200 children: a run that was
    killed goes on the next night. A trace keeps how many, never what. The log of readings stays.
    """
    ending = ending_to_erase(today, years, opens=settings.CERTIFICATION["opens"], days=settings.HEALTH["erase_days"])
    if ending is None:
        return ErasureReport("", [])
    since = midnight(ending.confirmed_since)
    children = list(to_erase(since).values_list("pk", flat=True))
    if not dry_run:
        for start in range(0, len(children), BATCH):
            _erase(children[start : start + BATCH], since)
        if children:
            HealthErasure.objects.create(school_year=ending.year, erased_at=at, count=len(children))
    return ErasureReport(ending.year, children)


@transaction.atomic
def _erase(children: list[int], since: datetime) -> None:
    # Read again under lock: a parent who confirms at this very moment keeps her sheet.
    records = HealthRecord.objects.select_for_update(of=("self",), no_key=True).filter(child__in=children)
    saved = {row.child_id for row in records.defer("content") if row.confirmed_at and row.confirmed_at >= since}
    gone = [child for child in children if child not in saved]
    HealthRecord.objects.filter(child__in=gone).delete()
    HealthAuthorisation.objects.filter(child__in=gone, answered_at__lt=since).delete()
    HealthPlan.objects.filter(child__in=gone, proposed_at__lt=since).exclude(state=HealthPlan.State.PROPOSED).delete()
