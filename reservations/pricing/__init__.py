"""What a booked day costs: one function for calendar, simulation and invoice, and loaders that feed it in bulk."""

from reservations.pricing.household_prices import HouseholdPrices, WantedDay
from reservations.pricing.price_list import NoTariff, PricedDay, PriceList
from reservations.pricing.prices import Price, QuotientOutsideBands, Rule, price_of, tariff_on
from reservations.pricing.quotients import QuotientBook

__all__ = [
    "HouseholdPrices",
    "NoTariff",
    "Price",
    "PriceList",
    "PricedDay",
    "QuotientBook",
    "QuotientOutsideBands",
    "Rule",
    "WantedDay",
    "price_of",
    "tariff_on",
]
