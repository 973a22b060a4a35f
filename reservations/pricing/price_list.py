"""The tariffs of some activities over some days, read once and asked many times."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Q

from reservations.models import Tariff, TariffBand, TariffRule
from reservations.pricing.prices import Price, price_of, tariff_on
from reservations.rules.tariffs import ORDINARY, Situation, When, told_apart


class NoTariff(Exception):
    """No tariff with prices is in force for an activity on a day."""

    def __init__(self, activity_id: int, day: date) -> None:
        self.activity_id = activity_id
        self.day = day
        super().__init__(f"no tariff for activity {activity_id} on {day}")


@dataclass(frozen=True, slots=True)
class PricedDay:
    """A price, the quotient that gave it (None: not known that day) and the délibération that voted it.

    ``resident`` and ``rank`` are None where the tariff does not look at them; ``tariff`` is its id, whose rules
    ``explanation`` has spelled.
    """

    price: Price
    quotient: int | None
    deliberation: str
    is_demo: bool = False
    tariff: int | None = None
    resident: bool | None = None
    rank: int | None = None

    @property
    def explanation(self) -> str:
        """How the price was reached, a step a line."""
        return "\n".join(self.price.steps)


class PriceList:
    """Prices by activity, formula, day, quotient and situation."""

    def __init__(self, bands: Iterable[TariffBand], rules: Iterable[TariffRule]) -> None:
        self._tariffs: dict[int, dict[int, Tariff]] = {}
        self._in_force: dict[tuple[int, date], Tariff | None] = {}
        self._prices: dict[tuple[int, str, int | None, Situation, bool], PricedDay] = {}
        self._bands: dict[tuple[int, str], list[TariffBand]] = {}
        self._rules: dict[int, list[TariffRule]] = {}
        for band in bands:
            tariff = self._tariffs.setdefault(band.tariff.activity_id, {}).setdefault(band.tariff_id, band.tariff)
            self._bands.setdefault((tariff.pk, band.formula), []).append(band)
        for rule in rules:
            self._rules.setdefault(rule.tariff_id, []).append(rule)

    @classmethod
    def load(cls, activity_ids: Iterable[int], first_day: date, last_day: date) -> Self:
        """Read the tariffs that touch a period, both ends included, with their bands and rules; two queries."""
        touching = Q(tariff__activity_id__in=set(activity_ids), tariff__starts_on__lte=last_day)
        touching &= Q(tariff__ends_on__isnull=True) | Q(tariff__ends_on__gte=first_day)
        bands = list(TariffBand.objects.filter(touching).select_related("tariff").order_by("quotient_from"))
        return cls(bands, TariffRule.objects.filter(touching).order_by("pk") if bands else ())

    @property
    def cases(self) -> Collection[str]:
        """The cases that some rule looks at: what has to be known of households and children."""
        return {rule.when for rules in self._rules.values() for rule in rules}

    def ranks_by(self, activity_id: int, day: date) -> str | None:
        """Return among whom a child's rank is counted, None when no rule of that day looks at it."""
        tariff = self._tariff(activity_id, day)
        rules = self._rules.get(tariff.pk, ()) if tariff else ()
        return tariff.ranks_by if tariff and any(rule.when == When.SIBLING for rule in rules) else None

    def rules(self, activity_id: int, day: date) -> Sequence[TariffRule]:
        """Return the rules of the tariff in force on a day."""
        tariff = self._tariff(activity_id, day)
        return self._rules.get(tariff.pk, ()) if tariff else ()

    def price(
        self,
        activity_id: int,
        day: date,
        quotient: int | None,
        *,
        formula: str = "",
        excused: bool = False,
        situation: Situation = ORDINARY,
    ) -> PricedDay:
        """Price one day in euros, nothing for an excused absence; raise NoTariff or QuotientOutsideBands rather than guess."""
        tariff = self._tariff(activity_id, day)
        if tariff and not formula and situation.unannounced:
            formula = self._usual_formula(tariff.pk)
        bands: Sequence[TariffBand] = self._bands.get((tariff.pk, formula), []) if tariff else []
        if tariff is None or not bands:
            raise NoTariff(activity_id, day)
        rules = self._rules.get(tariff.pk, ())
        if situation is not ORDINARY:
            situation = told_apart(rules, situation)
        key = (tariff.pk, formula, quotient, situation, excused)
        if key not in self._prices:
            price = price_of(bands=bands, quotient=quotient, excused=excused, rules=rules, situation=situation)
            cases = {rule.when for rule in rules}
            self._prices[key] = PricedDay(
                price,
                quotient,
                tariff.vote,
                tariff.is_demo,
                tariff.pk,
                situation.resident if When.OUTSIDE in cases else None,
                situation.rank if When.SIBLING in cases else None,
            )
        return self._prices[key]

    def _usual_formula(self, tariff: int) -> str:
        """Return the formula of a child who came without having chosen one: that of the highest price, a whole day as a rule."""
        ceilings = {
            formula: max(band.care_part + band.food_part for band in bands)
            for (of, formula), bands in self._bands.items()
            if of == tariff
        }
        return max(sorted(ceilings), key=lambda formula: ceilings[formula], default="")

    def _tariff(self, activity_id: int, day: date) -> Tariff | None:
        key = (activity_id, day)
        if key not in self._in_force:
            self._in_force[key] = tariff_on(self._tariffs.get(activity_id, {}).values(), day)
        return self._in_force[key]
