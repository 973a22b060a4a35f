"""The ranks of the children of some households over some days, read once and asked many times."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Self

from reservations.models import Enrolment
from reservations.rules.tariffs import RanksBy


class Seat(NamedTuple):
    """A child enrolled in an activity over a period, both ends included."""

    birth_date: date
    child: int
    activity: int
    starts_on: date
    ends_on: date


class SiblingBook:
    """Ranks by household, child, activity and day: from the eldest to the youngest among the enrolled of that day."""

    def __init__(self, seats: dict[int, list[Seat]]) -> None:
        self._seats = seats
        self._ranks: dict[tuple[int, int, date, str], dict[int, int]] = {}

    @classmethod
    def load(cls, family_ids: Iterable[int], first_day: date, last_day: date) -> Self:
        """Read the enrolments that touch a period, both ends included; one query."""
        rows = (
            Enrolment.objects.filter(family_id__in=set(family_ids), starts_on__lte=last_day, ends_on__gte=first_day)
            .order_by("child__birth_date", "child_id")
            .values_list("family_id", "child__birth_date", "child_id", "activity_id", "starts_on", "ends_on")
        )
        seats: dict[int, list[Seat]] = {}
        for family_id, birth_date, child, activity, starts_on, ends_on in rows:
            seats.setdefault(family_id, []).append(Seat(birth_date, child, activity, starts_on, ends_on))
        return cls(seats)

    def rank(self, family_id: int, child_id: int, activity_id: int, day: date, ranks_by: str) -> int:
        """Return a child's rank, 1 for the eldest; a child who is not enrolled that day comes after those who are."""
        among = 0 if ranks_by == RanksBy.ANY else activity_id
        key = (family_id, among, day, ranks_by)
        if key not in self._ranks:
            seats = self._seats.get(family_id, ())
            present = (s.child for s in seats if s.starts_on <= day <= s.ends_on and among in (0, s.activity))
            self._ranks[key] = {child: number for number, child in enumerate(dict.fromkeys(present), 1)}
        ranks = self._ranks[key]
        return ranks.get(child_id, len(ranks) + 1)
