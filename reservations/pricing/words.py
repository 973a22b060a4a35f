"""The steps of a price, and the bands and rules of a tariff, in plain French."""

from decimal import Decimal
from typing import Protocol

from castres_portal.base.french import NBSP, euros
from reservations.rules.tariffs import Effect, RanksBy, Situation, TariffRule, When

EXCUSED = f"Absence acceptée{NBSP}: non facturée"
CASES = {
    When.OUTSIDE: "Foyer hors commune",
    When.BASKET: "Panier repas",
    When.LATE: "Réservation hors délai",
    When.UNANNOUNCED: "Venu sans réservation",
}


class TwoParts(Protocol):
    """The parts of a price in euros."""

    @property
    def food(self) -> Decimal: ...
    @property
    def total(self) -> Decimal: ...


class Effort(Protocol):
    """A band whose price follows the quotient."""

    @property
    def care_part(self) -> Decimal: ...
    @property
    def food_part(self) -> Decimal: ...
    @property
    def effort_rate(self) -> Decimal | None: ...
    @property
    def floor(self) -> Decimal | None: ...


def band(quotient: int, label: str, total: Decimal | None = None) -> str:
    """« Quotient 812, tranche C : 3,00 € »."""
    return f"Quotient {quotient}, tranche {label}{_amount(total)}"


def unknown_quotient(label: str, total: Decimal) -> str:
    """« Quotient inconnu, tranche F (la plus élevée) : 4,90 € »."""
    return f"Quotient inconnu, tranche {label} (la plus élevée){_amount(total)}"


def forced_band(rule: TariffRule, situation: Situation, label: str, total: Decimal) -> str:
    """« Foyer hors commune, tranche F (la plus élevée) : 4,90 € »."""
    return f"{case(rule, situation.rank)}, tranche {label} (la plus élevée){_amount(total)}"


def effort(of: Effort, quotient: int, share: Decimal, total: Decimal) -> str:
    """« Taux d’effort 0,36 % × 812 = 2,92 € », and the floor or the ceiling where one holds."""
    said = f"Taux d’effort {percent(of.effort_rate or Decimal(0))} × {quotient} = {euros(share)}"
    if total > share:
        return f"{said}, porté au plancher de {euros(total)}"
    return f"{said}, ramené au plafond de {euros(total)}" if total < share else said


def capped(total: Decimal) -> str:
    """« Ramené au coût par usager : 9,80 € »."""
    return f"Ramené au coût par usager{_amount(total)}"


def step(rule: TariffRule, situation: Situation, before: TwoParts, after: TwoParts) -> str:
    """Say what a rule did to a price, nothing when it did nothing: « Majoration… »."""
    change = after.total - before.total
    if rule.effect == Effect.HIGHEST or (not change and rule.effect != Effect.TOTAL_IS):
        return ""
    head = f"{case(rule, situation.rank)}{NBSP}: "
    if rule.effect == Effect.PERCENT:
        return f"{head}{signed_percent(rule.amount or Decimal(0))}, soit {signed(change)}"
    if rule.effect == Effect.FOOD_IS:
        return f"{head}part alimentaire {euros(after.food)} au lieu de {euros(before.food)}"
    if rule.effect == Effect.TOTAL_IS:
        return f"{head}prix fixé à {euros(after.total)}"
    return f"{head}{signed(change)}"


def case(rule: TariffRule, rank: int | None = None) -> str:
    """Say the case of a rule: « Foyer hors commune », « 2e enfant du foyer »."""
    if rule.when == When.SIBLING:
        return f"{rank}e enfant du foyer" if rank else f"À partir du {rule.rank_from}e enfant du foyer"
    return CASES[When(rule.when)]


def rule_in_words(rule: TariffRule) -> str:
    """Say a rule of a tariff: « Réservation hors délai : + 2,00 € »."""
    amount = rule.amount or Decimal(0)
    said = {
        Effect.CARE: lambda: signed(amount),
        Effect.FOOD: lambda: f"{signed(amount)} sur la part alimentaire",
        Effect.PERCENT: lambda: signed_percent(amount),
        Effect.FOOD_IS: lambda: (
            f"la part alimentaire est de {euros(amount)}, la part garde reste due"
            if amount
            else "la part alimentaire n’est pas facturée, la part garde reste due"
        ),
        Effect.TOTAL_IS: lambda: f"{euros(amount)} quel que soit le quotient",
        Effect.HIGHEST: lambda: "la tranche la plus élevée s’applique",
    }[Effect(rule.effect)]()
    return f"{case(rule)}{NBSP}: {said}"


def ranks_in_words(ranks_by: str) -> str:
    """Say among whom a child's rank is counted."""
    return f"Le rang d’un enfant se compte de l’aîné au plus jeune parmi {RanksBy(ranks_by).label}."


def band_in_words(of: Effort) -> str:
    """Say what a band asks: « 3,00 € », or « 0,36 % du quotient, de 1,30 € à 4,90 € »."""
    ceiling = of.care_part + of.food_part
    if of.effort_rate is None:
        return euros(ceiling)
    return f"{percent(of.effort_rate)} du quotient, de {euros(of.floor or Decimal(0))} à {euros(ceiling)}"


def percent(rate: Decimal) -> str:
    """« 0,36 % », « 10 % »."""
    text = f"{rate:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text.replace('.', ',')}{NBSP}%"


def signed_percent(rate: Decimal) -> str:
    """« + 10 % », « − 10 % »."""
    return f"{'+' if rate >= 0 else '−'}{NBSP}{percent(abs(rate))}"


def signed(amount: Decimal) -> str:
    """« + 2,00 € », « − 0,30 € »."""
    return f"{'+' if amount >= 0 else '−'}{NBSP}{euros(abs(amount))}"


def _amount(total: Decimal | None) -> str:
    return "" if total is None else f"{NBSP}: {euros(total)}"
