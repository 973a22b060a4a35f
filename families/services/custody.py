"""In which household a child lives: no day may have two."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import combinations

from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Child, Custody, CustodyException
from families.rules.custody import conflict_between


def refuse_two_homes(stays: Collection[Custody], *, without: Collection[int] = ()) -> None:
    """Lock the children of these stays and raise Refusal when one would have two households on one day.

    ``stays`` are the rows about to be saved; ``without`` the ids of rows about to be deleted. Rows of the same children that
    are in neither are read from the database, under the lock. Call inside the transaction that saves.
    """
    children = sorted({stay.child_id for stay in stays if stay.child_id})
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=children).order_by("pk"))
    edited = {stay.pk for stay in stays if stay.pk} | set(without)
    others = list(Custody.objects.filter(child__in=children).exclude(pk__in=edited))
    for child_id in children:
        day = first_doubled_day(stay for stay in (*stays, *others) if stay.child_id == child_id)
        if day:
            child = Child.objects.get(pk=child_id)
            raise Refusal(
                f"{child.full_name} aurait deux foyers le {plain_day(day)}. Vérifiez les rythmes et les dates, dans les "
                "deux foyers."
            )


def refuse_overlapping_exceptions(exceptions: Collection[CustodyException], *, without: Collection[int] = ()) -> None:
    """Lock the children of these exceptions and raise Refusal when two would hold on one day.

    ``exceptions`` are the rows about to be saved, ``without`` the ids of rows about to be deleted. PostgreSQL holds the same
    by a constraint; this says it in words, and holds on SQLite too.
    """
    children = sorted({row.child_id for row in exceptions if row.child_id})
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=children).order_by("pk"))
    edited = {row.pk for row in exceptions if row.pk} | set(without)
    others = CustodyException.objects.filter(child__in=children).exclude(pk__in=edited)
    for one, other in combinations([*exceptions, *others], 2):
        if one.child_id == other.child_id and one.starts_on <= other.ends_on and other.starts_on <= one.ends_on:
            day = max(one.starts_on, other.starts_on)
            raise Refusal(
                f"Deux exceptions de garde vaudraient le {plain_day(day)} : un jour n’est échangé qu’une fois."
            )


def first_doubled_day(stays: Iterable[Custody]) -> date | None:
    """Return the first day on which two of a child's stays would both hold, or None."""
    days = (conflict_between(one, other) for one, other in combinations(list(stays), 2))
    return min((day for day in days if day), default=None)
