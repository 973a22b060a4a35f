"""The tariffs of some activities over some days, read once and asked many times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Prefetch, Q

from reservations.models import Tariff, TariffBand
from reservations.pricing.prices import Price, price_of, tariff_on


class NoTariff(Exception):
    """No tariff with prices is in force for an activity on a day."""

    def __init__(self, activity_id: int, day: date) -> None:
        self.activity_id = activity_id
        self.day = day
        super().__init__(f"no tariff for activity {activity_id} on {day}")


@dataclass(frozen=True, slots=True)
class PricedDay:
    """A price, the quotient that gave it (None: not known that day) and the délibération that voted it."""

    price: Price
    quotient: int | None
    deliberation: str
    is_demo: bool = False


class PriceList:
    """Prices by activity, formula, day and quotient."""

    def __init__(self, tariffs: Iterable[Tariff]) -> None:
        self._tariffs: dict[int, list[Tariff]] = {}
        self._in_force: dict[tuple[int, date], Tariff | None] = {}
        self._prices: dict[tuple[int, str, int | None, bool], PricedDay] = {}
        self._bands: dict[tuple[int, str], list[TariffBand]] = {}
        for tariff in tariffs:
            self._tariffs.setdefault(tariff.activity_id, []).append(tariff)
            for band in tariff.bands.all():
                self._bands.setdefault((tariff.pk, band.formula), []).append(band)

    @classmethod
    def load(cls, activity_ids: Iterable[int], first_day: date, last_day: date) -> Self:
        """Read the tariffs that touch a period, both ends included, with their bands; two queries."""
        tariffs = Tariff.objects.filter(activity_id__in=set(activity_ids), starts_on__lte=last_day)
        tariffs = tariffs.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first_day))
        return cls(tariffs.prefetch_related(Prefetch("bands", TariffBand.objects.order_by("quotient_from"))))

    def price(
        self, activity_id: int, day: date, quotient: int | None, *, formula: str = "", excused: bool = False
    ) -> PricedDay:
        """Price one day in euros, nothing for an excused absence; raise NoTariff or QuotientOutsideBands rather than guess."""
        tariff = self._tariff(activity_id, day)
        bands: Sequence[TariffBand] = self._bands.get((tariff.pk, formula), []) if tariff else []
        if tariff is None or not bands:
            raise NoTariff(activity_id, day)
        key = (tariff.pk, formula, quotient, excused)
        if key not in self._prices:
            price = price_of(bands=bands, quotient=quotient, excused=excused)
            self._prices[key] = PricedDay(price, quotient, tariff.deliberation, tariff.is_demo)
        return self._prices[key]

    def _tariff(self, activity_id: int, day: date) -> Tariff | None:
        key = (activity_id, day)
        if key not in self._in_force:
            self._in_force[key] = tariff_on(self._tariffs.get(activity_id, []), day)
        return self._in_force[key]
