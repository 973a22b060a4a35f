"""Which households are residents on which days, read once and asked many times."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Self

from django.conf import settings
from django.db.models import F, FilteredRelation, Q

from families.models import Family
from reservations.rules.residence import lives_in_town


class Decision(NamedTuple):
    """What an agent decided over a period, both ends included."""

    starts_on: date
    ends_on: date
    is_resident: bool


class ResidenceBook:
    """Residents by household and day: what an agent decided, else the commune of the household's address."""

    def __init__(self, at_home: dict[int, bool], decisions: dict[int, list[Decision]]) -> None:
        self._at_home = at_home
        self._decisions = decisions

    @classmethod
    def load(cls, family_ids: Iterable[int], first_day: date, last_day: date) -> Self:
        """Read addresses, and the decisions that touch a period, both ends included; one query."""
        touching = Q(residences__starts_on__lte=last_day)
        touching &= Q(residences__ends_on__isnull=True) | Q(residences__ends_on__gte=first_day)
        rows = (
            Family.objects.filter(pk__in=set(family_ids))
            .annotate(decision=FilteredRelation("residences", condition=touching))
            .order_by(F("decision__starts_on").asc(nulls_first=True))
            .values_list("pk", "city", "postcode", "decision__starts_on", "decision__ends_on", "decision__is_resident")
        )
        at_home: dict[int, bool] = {}
        decisions: dict[int, list[Decision]] = {}
        for pk, city, postcode, starts_on, ends_on, is_resident in rows:
            at_home[pk] = in_town(city, postcode)
            if starts_on is not None:
                decisions.setdefault(pk, []).append(Decision(starts_on, ends_on or date.max, is_resident))
        return cls(at_home, decisions)

    def on(self, family_id: int, day: date) -> bool:
        """Return whether a household counts as a resident on a day."""
        for decision in reversed(self._decisions.get(family_id, [])):
            if decision.starts_on <= day <= decision.ends_on:
                return decision.is_resident
        return self._at_home.get(family_id, True)


def in_town(city: str, postcode: str) -> bool:
    """Say whether an address is in the town of the settings."""
    return lives_in_town(city, postcode, town=str(settings.TOWN["name"]), town_postcode=str(settings.TOWN["postcode"]))
