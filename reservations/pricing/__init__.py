"""What a booked day costs: one function for calendar, simulation and invoice, and loaders that feed it in bulk."""

from reservations.pricing.price_list import NoTariff, PricedDay, PriceList
from reservations.pricing.prices import Price, QuotientOutsideBands, Rule, price_of, tariff_on
from reservations.pricing.quotients import QuotientBook

__all__ = [
    "NoTariff",
    "Price",
    "PriceList",
    "PricedDay",
    "QuotientBook",
    "QuotientOutsideBands",
    "Rule",
    "price_of",
    "tariff_on",
]
