"""What the household's days cost by the tariffs in force and its quotient: the function that prices its invoices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Self

from reservations.models import AbsenceDay, Booking
from reservations.pricing import HouseholdPrices, NoTariff, PricedDay, QuotientBook, QuotientOutsideBands, WantedDay
from reservations.rules.calendar import days_between

CENTS = 100


@dataclass
class Prices:
    """The prices of some activities (ids) for one household, between two days."""

    family: int
    first: date
    last: date
    prices: HouseholdPrices

    @classmethod
    def load(cls, family: int, children: Collection[int], activities: Collection[int], first: date, last: date) -> Self:
        """Read tariffs and quotients, and what the tariffs look at of the household and its children; three to six queries."""
        return cls(family, first, last, HouseholdPrices.load([family], children, activities, first, last))

    @property
    def quotients(self) -> QuotientBook:
        """The household's quotients."""
        return self.prices.quotients

    def of(self, wanted: WantedDay, *, excused: bool = False) -> PricedDay | None:
        """Price a day as its invoice will, None where no tariff says."""
        try:
            return self.prices.price(self.family, wanted, excused=excused)
        except (NoTariff, QuotientOutsideBands):
            return None

    def amount(self, wanted: WantedDay) -> Decimal | None:
        """Return what a day costs in euros, None where no tariff says."""
        priced = self.of(wanted)
        return priced.price.total if priced else None

    def of_booking(self, booking: Booking) -> PricedDay | None:
        """Price a booked day, nothing for one whose absence was granted."""
        return self.of(WantedDay.of(booking), excused=is_excused(booking))

    @cached_property
    def words(self) -> str:
        """Say by which quotient the days are priced."""
        known = {self.quotients.on(self.family, day) for day in days_between(self.first, self.last)}
        if known == {None}:
            return (
                "Votre quotient familial n’est pas connu\u00a0: la tranche la plus élevée s’applique. Une attestation de la CAF "
                "ou de la MSA peut baisser ce prix."
            )
        if len(known) == 1:
            return f"Prix calculés avec votre quotient familial de {known.pop()}\u00a0€."
        if None not in known:
            return "Votre quotient familial change pendant cette période\u00a0: chaque jour est calculé avec le sien."
        return "Votre quotient familial manque pour une partie des jours\u00a0: la tranche la plus élevée s’y applique."

    @property
    def lacks_a_quotient(self) -> bool:
        """Whether the quotient of the last day is not known."""
        return self.quotients.on(self.family, self.last) is None


def is_excused(booking: Booking) -> bool:
    """Whether the invoice leaves a booking (of ``planning.active_bookings``) out, because its absence was granted."""
    return (
        getattr(booking, "absence", None) == AbsenceDay.Outcome.ACCEPTED
        and getattr(booking, "absence_effect", None) == AbsenceDay.Effect.FREE
    )


def cents(amount: Decimal | None) -> int | None:
    """Return an amount in whole cents, for the figures that the page adds up while it is being changed."""
    return None if amount is None else int(amount * CENTS)
