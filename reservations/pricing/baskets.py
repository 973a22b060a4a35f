"""Which children bring their own meal on which days: all that prices may know of a PAI, whose words stay closed."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, Self

from django.db.models import Q
from django.db.models.functions import Coalesce

from castres_portal.base.clock import in_paris
from families.models import HealthPlan

ONE_DAY = timedelta(days=1)
# One that ended was in force before, unless nobody had accepted it: its family took it back.
HELD = Q(state=HealthPlan.State.ACCEPTED) | Q(state=HealthPlan.State.ENDED, decided_by__isnull=False)


class Spell(NamedTuple):
    """A period, both ends included."""

    starts_on: date
    ends_on: date


class BasketBook:
    """Baskets by child and day: while a PAI that an agent accepted says that the family brings the meal."""

    def __init__(self, spells: dict[int, list[Spell]]) -> None:
        self._spells = spells

    @classmethod
    def load(cls, child_ids: Iterable[int], first_day: date, last_day: date) -> Self:
        """Read the plans of some children, those that another replaced included; one query.

        A plan holds from the day of its acceptance to its own last day, or to the day before the next one's.
        """
        since = Coalesce("decided_at", "proposed_at")
        plans = HealthPlan.objects.filter(HELD, child_id__in=set(child_ids)).order_by("child_id", since.desc(), "-pk")
        spells: dict[int, list[Spell]] = {}
        following: dict[int, date] = {}
        for child, decided_at, content in plans.values_list("child_id", since, "content"):
            starts = in_paris(decided_at).date()
            until = content.get("valid_until")
            ends = min(date.fromisoformat(str(until)) if until else date.max, following.get(child, date.max))
            following[child] = starts - ONE_DAY
            if content.get("basket_meal") and starts <= ends and starts <= last_day and first_day <= ends:
                spells.setdefault(child, []).append(Spell(starts, ends))
        return cls(spells)

    def has(self, child_id: int, day: date) -> bool:
        """Return whether a child brings her meal on a day."""
        return any(spell.starts_on <= day <= spell.ends_on for spell in self._spells.get(child_id, ()))
