"""What a day costs once the rules of a tariff are applied, in French examples: each step is said, none is hidden."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from reservations.pricing import price_of
from reservations.pricing.prices import dearest
from reservations.pricing.words import band_in_words, percent, ranks_in_words, rule_in_words, signed, signed_percent
from reservations.rules.residence import lives_in_town
from reservations.rules.tariffs import Effect, RanksBy, Situation, When, problem_of_rule, told_apart
from reservations.tests.test_pricing import BANDS, Band


@dataclass
class Rule:
    when: str
    effect: str
    amount: Decimal | None = None
    rank_from: int | None = None


def rule(when, effect, amount=None, rank_from=None):
    return Rule(when, effect, None if amount is None else Decimal(amount), rank_from)


OUTSIDE = rule(When.OUTSIDE, Effect.HIGHEST)
TWO_EUROS_OUTSIDE = rule(When.OUTSIDE, Effect.CARE, "2")
SECOND = rule(When.SIBLING, Effect.PERCENT, "-10", 2)
THIRD = rule(When.SIBLING, Effect.PERCENT, "-50", 3)
BASKET = rule(When.BASKET, Effect.FOOD_IS, "0")
LATE = rule(When.LATE, Effect.FOOD, "2")
UNANNOUNCED = rule(When.UNANNOUNCED, Effect.TOTAL_IS, "10")
ALL = [UNANNOUNCED, LATE, BASKET, THIRD, SECOND, TWO_EUROS_OUTSIDE]
EFFORT = Band("unique", 0, None, Decimal("1.50"), Decimal("3.40"), Decimal("0.36"), Decimal("1.30"))


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "situation, care, food, steps",
    [
        (Situation(), "0.90", "2.10", []),
        (Situation(resident=False), "2.90", "2.10", ["Foyer hors commune : + 2,00 €"]),
        (Situation(rank=2), "0.81", "1.89", ["2e enfant du foyer : − 10 %, soit − 0,30 €"]),
        (Situation(rank=4), "0.45", "1.05", ["4e enfant du foyer : − 50 %, soit − 1,50 €"]),
        (Situation(basket=True), "0.90", "0.00", ["Panier repas : part alimentaire 0,00 € au lieu de 2,10 €"]),
        (Situation(late=True), "0.90", "4.10", ["Réservation hors délai : + 2,00 €"]),
        (Situation(unannounced=True), "3.00", "7.00", ["Venu sans réservation : prix fixé à 10,00 €"]),
        (Situation(late=True, unannounced=True), "3.00", "7.00", ["Venu sans réservation : prix fixé à 10,00 €"]),
        (
            Situation(resident=False, rank=2, basket=True, late=True),
            "2.61",
            "2.00",
            [
                "Foyer hors commune : + 2,00 €",
                "2e enfant du foyer : − 10 %, soit − 0,50 €",
                "Panier repas : part alimentaire 0,00 € au lieu de 1,89 €",
                "Réservation hors délai : + 2,00 €",
            ],
        ),
    ],
)
def test_rules_apply_in_order_and_each_says_what_it_did(situation, care, food, steps):
    price = price_of(bands=BANDS, quotient=612, rules=ALL, situation=situation)

    assert (price.care_part, price.food_part, price.total) == (
        Decimal(care),
        Decimal(food),
        Decimal(care) + Decimal(food),
    )
    assert [plain(step) for step in price.steps] == ["Quotient 612, tranche B : 3,00 €", *steps]


@pytest.mark.parametrize(
    "quotient, total, said",
    [
        (100, "1.30", "Taux d’effort 0,36 % × 100 = 0,36 €, porté au plancher de 1,30 €"),
        (812, "2.92", "Taux d’effort 0,36 % × 812 = 2,92 €"),
        (2000, "4.90", "Taux d’effort 0,36 % × 2000 = 7,20 €, ramené au plafond de 4,90 €"),
    ],
)
def test_a_rate_of_effort_follows_the_quotient_between_floor_and_ceiling(quotient, total, said):
    price = price_of(bands=[EFFORT], quotient=quotient)

    assert price.total == Decimal(total) == price.care_part + price.food_part
    assert [plain(step) for step in price.steps] == [f"Quotient {quotient}, tranche unique", said]


def test_without_a_quotient_the_ceiling_of_effort_is_owed():
    price = price_of(bands=[EFFORT], quotient=None)
    assert (price.total, plain(price.steps[0])) == (
        Decimal("4.90"),
        "Quotient inconnu, tranche unique (la plus élevée) : 4,90 €",
    )


def test_a_household_from_elsewhere_may_pay_the_highest_band_and_it_is_not_for_want_of_a_quotient():
    price = price_of(bands=BANDS, quotient=100, rules=[OUTSIDE], situation=Situation(resident=False))
    assert (price.band, price.total, price.rule) == ("C", Decimal("4.50"), "situation")
    assert plain(price.steps[0]) == "Foyer hors commune, tranche C (la plus élevée) : 4,50 €"


def test_an_excused_absence_owes_no_surcharge_either():
    price = price_of(bands=BANDS, quotient=612, rules=ALL, situation=Situation(late=True), excused=True)
    assert (price.total, price.supplement) == (0, 0)
    assert plain(price.steps[-1]) == "Absence acceptée : non facturée"


@pytest.mark.parametrize(
    "situation, supplement",
    [(Situation(), "0"), (Situation(late=True), "2.00"), (Situation(unannounced=True), "7.00")],
)
def test_what_a_late_or_unannounced_day_adds_is_known(situation, supplement):
    assert price_of(bands=BANDS, quotient=612, rules=ALL, situation=situation).supplement == Decimal(supplement)


def test_no_price_is_above_the_cost_per_user():
    capped = [Band("A", 0, None, Decimal("4.00"), Decimal("4.00"), cost=Decimal("9.80"))]
    price = price_of(bands=capped, quotient=612, rules=[LATE], situation=Situation(late=True))
    assert (price.care_part, price.food_part, price.supplement) == (Decimal("3.92"), Decimal("5.88"), Decimal("1.80"))
    assert plain(price.steps[-1]) == "Ramené au coût par usager : 9,80 €"
    assert dearest(capped, [LATE]).total == Decimal("10.00")


def test_a_reduction_never_makes_a_part_negative():
    price = price_of(
        bands=BANDS, quotient=0, rules=[rule(When.SIBLING, Effect.CARE, "-5", 2)], situation=Situation(rank=2)
    )
    assert (price.care_part, price.food_part) == (0, Decimal("0.70"))


def test_what_no_rule_looks_at_makes_no_other_price():
    assert told_apart([SECOND], Situation(False, 3, True, True, True)) == Situation(rank=3)
    assert told_apart([LATE, UNANNOUNCED], Situation(late=True, unannounced=True)) == Situation(unannounced=True)


@pytest.mark.parametrize(
    "of, situation",
    [
        (TWO_EUROS_OUTSIDE, Situation(resident=False)),
        (THIRD, Situation(rank=3)),
        (BASKET, Situation(basket=True)),
        (LATE, Situation(late=True)),
        (UNANNOUNCED, Situation(unannounced=True)),
    ],
)
def test_what_a_rule_looks_at_is_kept_and_the_rest_is_forgotten(of, situation):
    everything = Situation(resident=False, rank=3, basket=True, late=of is LATE, unannounced=of is UNANNOUNCED)
    assert told_apart([of], everything) == situation
    assert told_apart([of], Situation()) == Situation()
    assert told_apart([], everything) == Situation()


@pytest.mark.parametrize(
    "rules, highest",
    [
        ([], "4.50"),
        ([TWO_EUROS_OUTSIDE], "6.50"),
        ([rule(When.SIBLING, Effect.PERCENT, "20", 3)], "5.40"),
        ([SECOND, THIRD], "4.50"),
        ([rule(When.BASKET, Effect.CARE, "1")], "5.50"),
        ([LATE], "6.50"),
        ([rule(When.UNANNOUNCED, Effect.CARE, "3")], "7.50"),
        # One surcharge at most: never the late day's and the unannounced one's together.
        ([LATE, rule(When.UNANNOUNCED, Effect.CARE, "3")], "7.50"),
        ([TWO_EUROS_OUTSIDE, LATE], "8.50"),
        # A rule of one case that lowers the price is not what the dearest day asks.
        ([rule(When.OUTSIDE, Effect.CARE, "-1")], "4.50"),
        ([rule(When.BASKET, Effect.FOOD_IS, "0")], "4.50"),
        ([rule(When.LATE, Effect.CARE, "-1"), rule(When.UNANNOUNCED, Effect.CARE, "-1")], "4.50"),
    ],
)
def test_the_dearest_day_of_a_tariff_is_found(rules, highest):
    assert dearest(BANDS, rules).total == Decimal(highest)


def test_a_band_of_low_quotients_may_be_the_dearest_and_a_tariff_without_band_has_no_price():
    odd = [Band("A", 0, 500, Decimal("6.00"), Decimal("0.00")), Band("B", 500, None)]
    found = dearest(odd, [])
    assert (found.total, found.band, found.quotient_from) == (Decimal("6.00"), "A", 0)
    assert dearest([], [LATE]) is None


def test_a_price_fixed_where_there_was_none_is_care():
    free = [Band("A", 0, None, Decimal("0.00"), Decimal("0.00"))]
    price = price_of(bands=free, quotient=10, rules=[UNANNOUNCED], situation=Situation(unannounced=True))
    assert (price.care_part, price.food_part) == (Decimal("10.00"), 0)


@pytest.mark.parametrize(
    "of, said",
    [
        (OUTSIDE, "Foyer hors commune : la tranche la plus élevée s’applique"),
        (SECOND, "À partir du 2e enfant du foyer : − 10 %"),
        (BASKET, "Panier repas : la part alimentaire n’est pas facturée, la part garde reste due"),
        (rule(When.BASKET, Effect.FOOD_IS, "1.45"), "Panier repas : la part alimentaire est de 1,45 €, la part garde reste due"),
        (LATE, "Réservation hors délai : + 2,00 € sur la part alimentaire"),
        (UNANNOUNCED, "Venu sans réservation : 10,00 € quel que soit le quotient"),
        (TWO_EUROS_OUTSIDE, "Foyer hors commune : + 2,00 €"),
        (rule(When.SIBLING, Effect.CARE, "-0.30", 3), "À partir du 3e enfant du foyer : − 0,30 €"),
    ],
)  # fmt: skip
def test_a_rule_is_said_in_plain_french(of, said):
    assert plain(rule_in_words(of)) == said


def test_a_band_is_said_in_plain_french():
    assert plain(band_in_words(BANDS[1])) == "3,00 €"
    assert plain(band_in_words(EFFORT)) == "0,36 % du quotient, de 1,30 € à 4,90 €"
    without_floor = Band("unique", 0, None, Decimal("1.50"), Decimal("3.40"), Decimal("0.36"))
    assert plain(band_in_words(without_floor)) == "0,36 % du quotient, de 0,00 € à 4,90 €"


@pytest.mark.parametrize(
    "rate, said, with_sign",
    [
        ("10", "10 %", "+ 10 %"),
        ("10.00", "10 %", "+ 10 %"),
        ("100", "100 %", "+ 100 %"),
        ("0.360", "0,36 %", "+ 0,36 %"),
        ("0", "0 %", "+ 0 %"),
        ("0.50", "0,5 %", "+ 0,5 %"),
        ("-7.5", "-7,5 %", "− 7,5 %"),
    ],
)
def test_a_rate_is_said_without_useless_zeros(rate, said, with_sign):
    assert plain(percent(Decimal(rate))) == said
    assert plain(signed_percent(Decimal(rate))) == with_sign


@pytest.mark.parametrize(
    "amount, said", [("2", "+ 2,00 €"), ("0", "+ 0,00 €"), ("-0.30", "− 0,30 €"), ("0.50", "+ 0,50 €")]
)
def test_a_difference_is_said_with_its_sign(amount, said):
    assert plain(signed(Decimal(amount))) == said


def test_among_whom_a_rank_is_counted():
    assert plain(ranks_in_words(RanksBy.ACTIVITY)) == (
        "Le rang d’un enfant se compte de l’aîné au plus jeune parmi les enfants du foyer inscrits ce jour-là à cette activité."
    )


def test_the_highest_band_says_for_which_child_it_is():
    of = rule(When.SIBLING, Effect.HIGHEST, None, 2)
    price = price_of(bands=BANDS, quotient=100, rules=[of], situation=Situation(rank=3))
    assert plain(price.steps[0]) == "3e enfant du foyer, tranche C (la plus élevée) : 4,50 €"


@pytest.mark.parametrize(
    "when, rank, effect, amount, words",
    [
        (When.SIBLING, None, Effect.PERCENT, "-10", "Indiquez à partir de quel enfant la règle s’applique : 2 pour le deuxième."),
        (When.SIBLING, 1, Effect.PERCENT, "-10", "Indiquez à partir de quel enfant la règle s’applique : 2 pour le deuxième."),
        (When.LATE, 2, Effect.CARE, "1", "Le rang ne s’écrit que pour une règle de fratrie."),
        (When.LATE, None, Effect.CARE, None, "Indiquez le montant, ou le pourcentage."),
        (When.OUTSIDE, None, Effect.HIGHEST, "2", "« Tranche la plus élevée » ne prend pas de montant."),
        (When.LATE, None, Effect.TOTAL_IS, "-0.01", "Un prix n’est pas négatif."),
        (When.BASKET, None, Effect.FOOD_IS, "0", None),
        (When.LATE, None, Effect.TOTAL_IS, "0.50", None),
        (When.LATE, None, Effect.FOOD, "-1", None),
        (When.SIBLING, 2, Effect.PERCENT, "-100.01", "Une réduction ne dépasse pas 100 %."),
        (When.SIBLING, 2, Effect.CARE, "-101", None),
        (When.SIBLING, 2, Effect.PERCENT, "-100", None),
        (When.OUTSIDE, None, Effect.HIGHEST, None, None),
        (When.LATE, None, Effect.CARE, "1", None),
    ],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused(when, rank, effect, amount, words):
    problem = problem_of_rule(when, rank, effect, None if amount is None else Decimal(amount))
    assert (problem and plain(problem)) == words


@pytest.mark.parametrize(
    "city, postcode, lives",
    [
        ("Castres", "81100", True),
        ("CASTRES CEDEX 2", "81104", True),
        (" castres ", "81100", True),
        ("Castres", "02680", False),
        ("Castres-Gironde", "33640", False),
        ("Câstres", "81100", True),
        ("Castres – cedex", " 81100", True),
        ("Cas tres", "81100", False),
        ("Mazamet", "81200", False),
        ("", "", False),
    ],
)
def test_the_commune_of_an_address_is_read_however_it_is_written(city, postcode, lives):
    assert lives_in_town(city, postcode, town="Castres", town_postcode="81100") is lives


def test_a_name_of_several_words_is_one_name():
    assert lives_in_town("SAINT-PIERRE DE  TRIVISY", "81330", town="Saint Pierre-de-Trivisy", town_postcode="81330")
    assert not lives_in_town("Saint-Pierre", "81330", town="Saint Pierre-de-Trivisy", town_postcode="81330")
