"""In which household a child lives: no day may have two."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import combinations

from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Child, Custody
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


def first_doubled_day(stays: Iterable[Custody]) -> date | None:
    """Return the first day on which two of a child's stays would both hold, or None."""
    days = (conflict_between(one, other) for one, other in combinations(list(stays), 2))
    return min((day for day in days if day), default=None)
