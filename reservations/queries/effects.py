"""What a quotient changes to the price of a day, activity by activity, for the families' page « Quotient familial »."""

from datetime import date

from families.quotient_effects import Effect
from reservations.models import Activity
from reservations.pricing import NoTariff, PriceList, QuotientOutsideBands
from reservations.rules.formulas import formula_label


def effects(quotients: list[int | None], on: date) -> list[list[Effect]]:
    """Return, for each quotient (None: not known), the band and the price of each open activity on a day, formula by formula;
    four queries."""
    activities = list(Activity.objects.filter(is_open=True).prefetch_related("formulas"))
    prices = PriceList.load([activity.pk for activity in activities], on, on)
    return [
        [
            effect
            for activity in activities
            for formula in [row.formula for row in activity.formulas.all()] or [""]
            if (effect := _effect(activity, formula, prices, quotient, on))
        ]
        for quotient in quotients
    ]


def _effect(activity: Activity, formula: str, prices: PriceList, quotient: int | None, on: date) -> Effect | None:
    try:
        price = prices.price(activity.pk, on, quotient, formula=formula).price
    except (NoTariff, QuotientOutsideBands):
        return None
    name = f"{activity.name}, {formula_label(formula).lower()}" if formula else activity.name
    return Effect(name, price.band, price.total)
