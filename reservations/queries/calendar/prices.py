"""What the household's days cost by the tariffs in force and its quotient: the function that prices its invoices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Self

from reservations.models import AbsenceDay, Booking
from reservations.pricing import NoTariff, PricedDay, PriceList, QuotientBook, QuotientOutsideBands
from reservations.rules.calendar import days_between

CENTS = 100


@dataclass
class Prices:
    """The prices of some activities (ids) for one household, between two days."""

    family: int
    first: date
    last: date
    tariffs: PriceList
    quotients: QuotientBook

    @classmethod
    def load(cls, family: int, activities: Collection[int], first: date, last: date) -> Self:
        """Read tariffs and quotients; three queries."""
        return cls(
            family, first, last, PriceList.load(activities, first, last), QuotientBook.load([family], first, last)
        )

    def of(self, activity: int, day: date, formula: str = "", *, excused: bool = False) -> PricedDay | None:
        """Price a day as its invoice will, None where no tariff says."""
        try:
            quotient = self.quotients.on(self.family, day)
            return self.tariffs.price(activity, day, quotient, formula=formula, excused=excused)
        except (NoTariff, QuotientOutsideBands):
            return None

    def amount(self, activity: int, day: date, formula: str = "") -> Decimal | None:
        """Return what a day costs in euros, None where no tariff says."""
        priced = self.of(activity, day, formula)
        return priced.price.total if priced else None

    def of_booking(self, booking: Booking) -> PricedDay | None:
        """Price a booked day, nothing for one whose absence was granted."""
        return self.of(booking.activity_id, booking.day, booking.formula, excused=is_excused(booking))

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
