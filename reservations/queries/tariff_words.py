"""What a tariff gives, in plain French and in figures, for families of every kind: the prices are those of the invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reservations.models import Tariff, TariffBand
from reservations.pricing import PriceList
from reservations.pricing.prices import QuotientOutsideBands
from reservations.pricing.words import band_in_words, case, ranks_in_words, rule_in_words
from reservations.rules.formulas import Formula, formula_label
from reservations.rules.tariffs import Situation, TariffRule, When

TYPICAL = (300, 550, 812, 1200, 1800)  # quotients of families that a rate of effort tells apart


@dataclass(frozen=True)
class Row:
    """A typical family: who she is, what the band asks, and what she pays in each case, with the steps (None: no price)."""

    who: str
    rule: str
    prices: Sequence[tuple[Decimal | None, Sequence[str]]]


@dataclass(frozen=True)
class Table:
    """The prices of a formula: one column a case, one row a family."""

    formula: str
    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class TariffWords:
    """A tariff in sentences and in tables."""

    sentences: Sequence[str]
    tables: Sequence[Table]


def tariff_in_words(tariff: Tariff) -> TariffWords:
    """Return what a saved tariff gives; two queries."""
    bands = list(tariff.bands.order_by("formula", "quotient_from"))
    rules = list(tariff.rules.all())
    for row in (*bands, *rules):
        row.tariff = tariff
    prices = PriceList(bands, rules)
    found = []
    for formula in dict.fromkeys(band.formula for band in bands):
        cases = _cases(rules, with_meal=not formula or Formula(formula).with_meal)
        of_formula = [band for band in bands if band.formula == formula]
        quotients = [
            (quotient, f"Tranche {band.label}", band_in_words(band))
            for band in of_formula
            for quotient in _typical(band)
        ]
        rows = [
            Row(
                f"{label}, quotient {quotient}",
                words if "%" in words else "",
                [_price(prices, tariff, formula, quotient, situation) for _, situation in cases],
            )
            for quotient, label, words in quotients
        ]
        unknown = [_price(prices, tariff, formula, None, situation) for _, situation in cases]
        rows.append(Row("Quotient inconnu", "", unknown))
        found.append(Table(formula_label(formula), [name for name, _ in cases], rows))
    sentences = [rule_in_words(rule) for rule in rules]
    if any(rule.when == When.SIBLING for rule in rules):
        sentences.append(ranks_in_words(tariff.ranks_by))
    return TariffWords(sentences, found)


def _cases(rules: Sequence[TariffRule], *, with_meal: bool) -> list[tuple[str, Situation]]:
    """The cases that the rules tell apart, the ordinary one first."""
    of = {
        When.OUTSIDE: Situation(resident=False),
        When.BASKET: Situation(basket=True),
        When.LATE: Situation(late=True),
        When.UNANNOUNCED: Situation(unannounced=True),
    }
    found = [("Cas général", Situation())]
    for rule in sorted(rules, key=lambda rule: (When.values.index(rule.when), rule.rank_from or 0)):
        if rule.when == When.BASKET and not with_meal:
            continue
        situation = Situation(rank=rule.rank_from or 2) if rule.when == When.SIBLING else of[When(rule.when)]
        found.append((case(rule, rule.rank_from), situation))
    return found


def _typical(band: TariffBand) -> list[int]:
    """A quotient in the middle of a band; with a rate of effort, those of several families."""
    low, below = band.quotient_from, band.quotient_below
    if band.effort_rate is not None:
        return [known for known in TYPICAL if low <= known and (below is None or known < below)] or [low]
    return [low + 500 if below is None else (low + below) // 2]


def _price(
    prices: PriceList, tariff: Tariff, formula: str, quotient: int | None, situation: Situation
) -> tuple[Decimal | None, Sequence[str]]:
    try:
        priced = prices.price(tariff.activity_id, tariff.starts_on, quotient, formula=formula, situation=situation)
    except QuotientOutsideBands:
        return None, ()
    return priced.price.total, priced.price.steps
