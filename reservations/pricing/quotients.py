"""The quotients of some households over some days, read once and asked many times."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, Self

from django.db.models import Q

from families.models import QuotientRecord


class Spell(NamedTuple):
    """A quotient over a period, both ends included."""

    starts_on: date
    ends_on: date
    value: int


class QuotientBook:
    """Quotients by household and day."""

    def __init__(self, spells: dict[int, list[Spell]]) -> None:
        self._spells = spells

    @classmethod
    def load(cls, family_ids: Iterable[int], first_day: date, last_day: date) -> Self:
        """Read the quotients that touch a period, both ends included; one query."""
        records = QuotientRecord.objects.filter(family_id__in=set(family_ids), starts_on__lte=last_day)
        records = records.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first_day)).order_by("starts_on")
        spells: dict[int, list[Spell]] = {}
        for family_id, starts_on, ends_on, value in records.values_list("family_id", "starts_on", "ends_on", "value"):
            spells.setdefault(family_id, []).append(Spell(starts_on, ends_on or date.max, value))
        return cls(spells)

    def on(self, family_id: int, day: date) -> int | None:
        """Return the household's quotient on a day, or None when none is known."""
        for spell in reversed(self._spells.get(family_id, [])):
            if spell.starts_on <= day <= spell.ends_on:
                return spell.value
        return None
