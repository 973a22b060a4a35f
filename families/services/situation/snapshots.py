"""The present state of what a change is about: shown on the form, kept with the proposal, compared before anything is written."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from families.models import AuthorisedAdult, Child, Custody, Family, Guardian, School
from families.rules.situation import ADDRESS, CHILD_NAME, COORDINATES, Change


def take_snapshot(
    change: str,
    *,
    family: Family,
    child: Child | None = None,
    guardian: Guardian | None = None,
    adult: AuthorisedAdult | None = None,
) -> dict[str, Any]:
    """Return what the file now holds of what a change is about, as plain values; empty for what only adds."""
    if change in (Change.ADDRESS, Change.FAMILY_LEAVES):
        return {key: getattr(family, key) for key in ADDRESS}
    if change == Change.NAME and guardian:
        return {key: getattr(guardian, key) for key in ("title", "first_name", "last_name")}
    if change == Change.COORDINATES and guardian:
        return {key: getattr(guardian, key) for key in COORDINATES}
    if change == Change.IDENTITY and child:
        return {key: str(getattr(child, key)) for key in CHILD_NAME}
    if change == Change.SCHOOL and child:
        return {"school": school_state(child.school), "level": child.level, "class_name": child.class_name}
    if change in (Change.CUSTODY, Change.CHILD_LEAVES) and child:
        return _custody(family, child)
    if change == Change.SEPARATION:
        people = family.guardians.order_by("pk")
        return {"guardians": [person.full_name for person in people], "_stays": _stays(Q(family=family))}
    if change == Change.BAN_ENDS and adult:
        return {
            "name": adult.full_name,
            "children": [child.first_name for child in adult.children.order_by("birth_date", "pk")],
            "_removed": str(adult.removed_at or ""),
        }
    return {}


def school_state(school: School | None) -> dict[str, Any] | None:
    """Write a school as a state keeps it."""
    return {"id": school.pk, "label": str(school)} if school else None


def _custody(family: Family, child: Child) -> dict[str, Any]:
    mine = present_stay(family, child)
    return {
        "rhythm": mine.rhythm if mine else "aucune",
        "first_monday": str(mine.first_monday) if mine and mine.first_monday else None,
        "_stays": _stays(Q(child=child)),
    }


def present_stay(family: Family, child: Child) -> Custody | None:
    """Return the last stay of a child in a household that has no end yet, or else the last of all."""
    stays = Custody.objects.filter(family=family, child=child).order_by("starts_on", "pk")
    return stays.filter(ends_on=None).last() or stays.last()


def _stays(scope: Q) -> list[list[Any]]:
    rows = Custody.objects.filter(scope).order_by("child_id", "family_id", "starts_on")
    return [
        [row.child_id, row.family_id, row.rhythm, str(row.first_monday), str(row.starts_on), str(row.ends_on)]
        for row in rows
    ]


def stays_on_or_after(child: Child, day: date) -> QuerySet[Custody]:
    """Return the stays of a child that hold on a day or begin later, in every household."""
    return Custody.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), child=child)
