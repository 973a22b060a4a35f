"""What the days of some households cost: the one function that prices the calendar's forecast, the simulation and the invoice."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple, Self

from reservations.models import Booking
from reservations.pricing.baskets import BasketBook
from reservations.pricing.price_list import PricedDay, PriceList
from reservations.pricing.quotients import QuotientBook
from reservations.pricing.residences import ResidenceBook
from reservations.pricing.siblings import SiblingBook
from reservations.rules.tariffs import ORDINARY, Situation, When


class WantedDay(NamedTuple):
    """A child's day of an activity, and how it was taken: what there is to price, as a booking or before there is one."""

    child: int
    activity: int
    day: date
    formula: str = ""
    late: bool = False
    unannounced: bool = False

    @classmethod
    def of(cls, booking: Booking) -> Self:
        """Return what a booking asks to be priced."""
        return cls(
            booking.child_id,
            booking.activity_id,
            booking.day,
            booking.formula,
            late=bool(booking.late_reason),
        )


class HouseholdPrices:
    """Prices by household and day: the tariffs, with what they look at of households and children."""

    def __init__(
        self,
        tariffs: PriceList,
        quotients: QuotientBook,
        residences: ResidenceBook | None = None,
        siblings: SiblingBook | None = None,
        baskets: BasketBook | None = None,
    ) -> None:
        self.tariffs = tariffs
        self.quotients = quotients
        self._residences = residences
        self._siblings = siblings
        self._baskets = baskets

    @classmethod
    def load(
        cls,
        family_ids: Collection[int],
        child_ids: Iterable[int],
        activity_ids: Collection[int],
        first_day: date,
        last_day: date,
    ) -> Self:
        """Read everything over a period, both ends included; three queries, and one for each of residence, siblings and baskets
        that a tariff looks at."""
        tariffs = PriceList.load(activity_ids, first_day, last_day)
        cases = tariffs.cases
        return cls(
            tariffs,
            QuotientBook.load(family_ids, first_day, last_day),
            ResidenceBook.load(family_ids, first_day, last_day) if When.OUTSIDE in cases else None,
            SiblingBook.load(family_ids, first_day, last_day) if When.SIBLING in cases else None,
            BasketBook.load(child_ids, first_day, last_day) if When.BASKET in cases else None,
        )

    def price(self, family_id: int, wanted: WantedDay, *, excused: bool = False) -> PricedDay:
        """Price a household's day in euros, nothing for an excused absence.

        Raises NoTariff or QuotientOutsideBands rather than guess.
        """
        return self.tariffs.price(
            wanted.activity,
            wanted.day,
            self.quotients.on(family_id, wanted.day),
            formula=wanted.formula,
            excused=excused,
            situation=self._situation(family_id, wanted),
        )

    def _situation(self, family_id: int, wanted: WantedDay) -> Situation:
        child, activity, day, _, late, unannounced = wanted
        resident = self._residences is None or self._residences.on(family_id, day)
        basket = self._baskets is not None and self._baskets.has(child, day)
        rank = 1
        if self._siblings is not None and (ranks_by := self.tariffs.ranks_by(activity, day)):
            rank = self._siblings.rank(family_id, child, activity, day, ranks_by)
        if resident and rank == 1 and not (basket or late or unannounced):
            return ORDINARY
        return Situation(resident, rank, basket, late, unannounced)
