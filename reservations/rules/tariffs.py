"""The few rules that a tariff is made of: when one applies, and what it does to the price of a day. Pure; amounts in euros.

A day is priced from its band; then each rule whose case is the day's applies, in the order of ``When``. There is no other kind of
tariff: a new wish of the council is a line, not a method.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.db.models import TextChoices


class When(TextChoices):
    """In which case a rule applies; the order is the one in which rules are applied."""

    OUTSIDE = "hors-commune", "foyer hors commune"
    SIBLING = "fratrie", "à partir du n-ième enfant"
    BASKET = "panier", "panier repas"
    LATE = "hors-delai", "réservation hors délai"
    UNANNOUNCED = "imprevu", "venu sans réservation"


IN_ORDER = tuple(When.values)  # read once: it is asked for each day of each child


class Effect(TextChoices):
    """What a rule does to the price of a day."""

    CARE = "garde", "ajouter à la part garde (€)"
    FOOD = "repas", "ajouter à la part alimentaire (€)"
    PERCENT = "pourcent", "ajouter un pourcentage (%)"
    FOOD_IS = "repas-fixe", "ramener la part alimentaire à (€)"
    TOTAL_IS = "prix-fixe", "fixer le prix à (€)"
    HIGHEST = "plus-haute", "appliquer la tranche la plus élevée"


class RanksBy(TextChoices):
    """Among whom the rank of a child is counted, from the eldest to the youngest."""

    ACTIVITY = "activite", "les enfants du foyer inscrits ce jour-là à cette activité"
    ANY = "toutes", "les enfants du foyer inscrits ce jour-là à l’une des activités"


SURCHARGES = (When.LATE, When.UNANNOUNCED)
MAY_BE_NEGATIVE = (Effect.CARE, Effect.FOOD, Effect.PERCENT)


class Situation(NamedTuple):
    """What a day's price depends on besides the quotient: the household, the child's rank, how the day was taken.

    ``unannounced`` days are not ``late`` besides: one surcharge at most.
    """

    resident: bool = True
    rank: int = 1
    basket: bool = False
    late: bool = False
    unannounced: bool = False


ORDINARY = Situation()


class TariffRule(Protocol):
    """What pricing reads of a rule; ``rank_from`` is that of the siblings' rules alone, ``amount`` euros or percents."""

    @property
    def when(self) -> str: ...
    @property
    def rank_from(self) -> int | None: ...
    @property
    def effect(self) -> str: ...
    @property
    def amount(self) -> Decimal | None: ...


def applying(rules: Iterable[TariffRule], situation: Situation) -> list[TariffRule]:
    """Return the rules that apply, in order; of several for siblings, the one of the highest rank reached."""
    found: dict[str, TariffRule] = {}
    for rule in rules:
        before = found.get(rule.when)
        if _applies(rule, situation) and (before is None or (before.rank_from or 0) < (rule.rank_from or 0)):
            found[rule.when] = rule
    return [found[when] for when in IN_ORDER if when in found]


def _applies(rule: TariffRule, situation: Situation) -> bool:
    match rule.when:
        case When.OUTSIDE:
            return not situation.resident
        case When.SIBLING:
            return situation.rank >= (rule.rank_from or 2)
        case When.BASKET:
            return situation.basket
        case When.LATE:
            return situation.late and not situation.unannounced
        case When.UNANNOUNCED:
            return situation.unannounced
    return False


def told_apart(rules: Sequence[TariffRule], situation: Situation) -> Situation:
    """Leave out of a situation what no rule of the tariff looks at, so that equal prices are priced once."""
    cases = {rule.when for rule in rules}
    return Situation(
        resident=situation.resident or When.OUTSIDE not in cases,
        rank=situation.rank if When.SIBLING in cases else 1,
        basket=situation.basket and When.BASKET in cases,
        late=situation.late and not situation.unannounced and When.LATE in cases,
        unannounced=situation.unannounced and When.UNANNOUNCED in cases,
    )


def problem_of_rule(when: str, rank_from: int | None, effect: str, amount: Decimal | None) -> str | None:
    """Say in French what is wrong with a rule, or None."""
    if when == When.SIBLING and (rank_from is None or rank_from < 2):
        return "Indiquez à partir de quel enfant la règle s’applique\u00a0: 2 pour le deuxième."
    if when != When.SIBLING and rank_from is not None:
        return "Le rang ne s’écrit que pour une règle de fratrie."
    if effect == Effect.HIGHEST:
        return "«\u00a0Tranche la plus élevée\u00a0» ne prend pas de montant." if amount is not None else None
    if amount is None:
        return "Indiquez le montant, ou le pourcentage."
    if amount < 0 and effect not in MAY_BE_NEGATIVE:
        return "Un prix n’est pas négatif."
    if effect == Effect.PERCENT and amount < -100:
        return "Une réduction ne dépasse pas 100\u00a0%."
    return None
