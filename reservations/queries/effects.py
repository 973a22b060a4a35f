"""What a quotient changes to the price of a day, activity by activity, for the families' page « Quotient familial »."""

from datetime import date

from families.quotient_effects import Effect
from reservations.models import Activity
from reservations.pricing import NoTariff, PriceList, QuotientOutsideBands


def effects(quotients: list[int | None], on: date) -> list[list[Effect]]:
    """Return, for each quotient (None: not known), the band and the price of each open activity on a day; three queries."""
    activities = list(Activity.objects.filter(is_open=True))
    prices = PriceList.load([activity.pk for activity in activities], on, on)
    return [
        [effect for activity in activities if (effect := _effect(activity, prices, quotient, on))]
        for quotient in quotients
    ]


def _effect(activity: Activity, prices: PriceList, quotient: int | None, on: date) -> Effect | None:
    try:
        price = prices.price(activity.pk, on, quotient).price
    except (NoTariff, QuotientOutsideBands):
        return None
    return Effect(activity.name, price.band, price.total)
