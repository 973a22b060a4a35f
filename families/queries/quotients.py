"""Reads about a household's quotients, always scoped by the household."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from families.models import Family, FamilyRequest, QuotientClaim, QuotientRecord
from families.quotient_effects import Effect, effects_of
from families.rules.quotients import THRESHOLDS, TOLD_AFTER_THE_END

KIND = "quotient"


def records_of(family: Family) -> QuerySet[QuotientRecord]:
    """Return a household's quotients, the latest first, with the request that brought each."""
    return QuotientRecord.objects.filter(family=family).select_related("request").order_by("-starts_on")


def record_on(family: Family, day: date) -> QuotientRecord | None:
    """Return the quotient that holds on a day, or None."""
    return records_of(family).filter(starts_on__lte=day).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day)).first()


def open_claim_of(family: Family) -> QuotientClaim | None:
    """Return the household's claim that nobody has answered yet, if any."""
    return (
        QuotientClaim.objects.filter(request__family=family, request__status__in=FamilyRequest.OPEN)
        .select_related("request")
        .first()
    )


@dataclass(frozen=True)
class QuotientSheet:
    """All that the page says: the history, what holds, what comes after and when, and what each changes to prices.

    ``then`` is the quotient of the day after the present one ends; ``then_on`` that day, None when nothing ends.
    """

    records: list[QuotientRecord]
    current: QuotientRecord | None
    then_on: date | None
    then: QuotientRecord | None
    now_effects: list[Effect]
    then_effects: list[Effect]
    claim: QuotientClaim | None


def sheet_of(family: Family, *, today: date) -> QuotientSheet:
    """Return a household's page; a constant number of queries."""
    records = list(records_of(family))
    current = _holding(records, today)
    then_on = _next_change(records, current, today)
    then = _holding(records, then_on) if then_on else None
    now_value, then_value = (record.value if record else None for record in (current, then))
    if then_on is None:
        (now_effects,), then_effects = effects_of([now_value], on=today), []
    else:
        now_effects, then_effects = effects_of([now_value, then_value], on=today)
    return QuotientSheet(records, current, then_on, then, now_effects, then_effects, open_claim_of(family))


def _holding(records: list[QuotientRecord], day: date) -> QuotientRecord | None:
    held = (each for each in records if each.starts_on <= day and (each.ends_on is None or day <= each.ends_on))
    return next(held, None)


def _next_change(records: list[QuotientRecord], current: QuotientRecord | None, today: date) -> date | None:
    if current:
        return current.ends_on + timedelta(days=1) if current.ends_on else None
    return min((record.starts_on for record in records if record.starts_on > today), default=None)


def ending_soon(*, today: date) -> list[QuotientRecord]:
    """Return the quotients near their end, or just past it, that none follows the next day. One query."""
    next_start = (
        QuotientRecord.objects.filter(family=OuterRef("family"), starts_on__gt=OuterRef("ends_on"))
        .order_by("starts_on")
        .values("starts_on")[:1]
    )
    rows = QuotientRecord.objects.filter(
        ends_on__gte=today - timedelta(days=TOLD_AFTER_THE_END), ends_on__lte=today + timedelta(days=max(THRESHOLDS))
    )
    rows = rows.select_related("family").annotate(next_start=Subquery(next_start)).order_by("pk")
    return [row for row in rows if row.ends_on and row.next_start != row.ends_on + timedelta(days=1)]
