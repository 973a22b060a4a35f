"""Whom the règlements of the activities concern: the households that have a child enrolled, from today on."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from families.models import Family
from reservations.models import Enrolment


def uses_of_regulations(family: Family, today: date) -> dict[int, list[str]]:
    """Return, by règlement (id), the activities of a household's children: « Restauration scolaire (Léa, Tom) »; one query."""
    rows = (
        Enrolment.objects.filter(family=family, ends_on__gte=today)
        .order_by("activity__position", "child__birth_date")
        .values_list("activity__regulation_id", "activity__name", "child__first_name")
    )
    children: dict[tuple[int, str], dict[str, None]] = defaultdict(dict)
    for regulation, activity, child in rows:
        children[regulation, activity][child] = None
    found: dict[int, list[str]] = defaultdict(list)
    for (regulation, activity), names in children.items():
        found[regulation].append(f"{activity} ({', '.join(names)})")
    return dict(found)


def households_under_regulations(today: date) -> QuerySet[Any, Any]:
    """Return the pairs of a règlement and a household that it concerns."""
    rows = Enrolment.objects.filter(ends_on__gte=today)
    return rows.annotate(regulation=F("activity__regulation_id"), household=F("family_id")).values(
        "regulation", "household"
    )
