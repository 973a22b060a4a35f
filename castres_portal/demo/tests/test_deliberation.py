"""The prices of the demonstration are those of its written délibération: each table, each rule, each cost of the document."""

import re
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.conf import settings

from castres_portal.demo.seed.tariffs import VOTES, add_tariff
from reservations.pricing import PriceList, Rule
from reservations.pricing.prices import dearest
from reservations.pricing.words import rule_in_words
from reservations.rules.bands import problem_of
from reservations.rules.formulas import Formula
from reservations.tests.factories import ActivityFactory, SchoolYearFactory

pytestmark = pytest.mark.django_db

TEXT = (Path(settings.BASE_DIR) / "docs" / "deliberation-demonstration.md").read_text(encoding="utf-8")
FORMULAS = {"–": "", **{formula.label: formula.value for formula in Formula}}
CENT = Decimal("0.01")


def plain(text):
    return text.replace("\u00a0", " ").strip()


def amount(text):
    return Decimal(re.sub(r"[^\d,]", "", text).replace(",", "."))


def raised(price, autumn):
    return (price * Decimal("1.02") ** (autumn - 2025)).quantize(CENT, ROUND_HALF_UP)


def table(text, first):
    """Return the rows of the table whose first column bears a name, each by the names of its columns."""
    found = re.search(rf"^\| {first} \|.*?(?=^$)", text + "\n\n", re.M | re.S)
    if not found:
        return []
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].strip().splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


ARTICLES = {
    re.search(r"Activité : `([\w-]+)`", text)[1]: text for text in TEXT.split("## Article") if "Activité : `" in text
}
BANDS = {row["Tranche"]: row for row in table(TEXT, "Tranche")}


def ends(label):
    low, below = BANDS[label]["Quotient à partir de"], BANDS[label]["Quotient inférieur à"]
    return int(amount(low)), None if below == "–" else int(amount(below))


def voted(slug, autumn):
    """Write the tariff as the demonstration does, and read it as an invoice does."""
    year = SchoolYearFactory(
        label=f"{autumn}-{autumn + 1}", starts_on=date(autumn, 9, 1), ends_on=date(autumn + 1, 7, 2)
    )
    activity = ActivityFactory(slug=slug)
    tariff = add_tariff(activity, year)
    return tariff, PriceList.load([activity.pk], date(autumn, 9, 1), date(autumn + 1, 8, 31))


def test_the_document_has_an_article_for_each_service_and_says_that_it_is_fictional():
    assert ARTICLES.keys() == VOTES.keys()
    assert "Document de démonstration" in TEXT


@pytest.mark.parametrize("autumn", [2025, 2027])
@pytest.mark.parametrize("slug", VOTES)
def test_each_price_of_the_document_is_the_price_of_a_day(slug, autumn):
    tariff, prices = voted(slug, autumn)
    day, seen = date(autumn, 11, 10), Counter()
    rows = table(ARTICLES[slug], "Formule")
    assert tariff.vote.replace("\u00a0", " ") == f"Délibération n° DEMO-{autumn}-06 (démonstration) du 24 juin {autumn}"
    for row in rows:
        formula = FORMULAS[row["Formule"]]
        cost = raised(amount(row["Coût par usager"]), autumn)
        if "Tranche" in row:
            low, below = ends(row["Tranche"])
            care, food = (raised(amount(row[part]), autumn) for part in ("Part garde", "Part alimentaire"))
            assert amount(row["Prix"]) == amount(row["Part garde"]) + amount(row["Part alimentaire"])
            quotients = [low, low + 50, below - 1] if below else [low, low + 4000, None]
            expected = dict.fromkeys(quotients, (care, food))
        else:
            parts = [raised(amount(row[f"Plafond : part {part}"]), autumn) for part in ("garde", "alimentaire")]
            floor, rate = raised(amount(row["Plancher"]), autumn), amount(row["Taux d’effort"])
            expected = {None: tuple(parts)}
            for quotient in (0, 300, 487, 812, 1033, 3000):
                effort = (rate * quotient / 100).quantize(CENT, ROUND_HALF_UP)
                total = min(max(effort, floor), sum(parts))
                food = (total * parts[1] / sum(parts)).quantize(CENT, ROUND_HALF_UP)
                expected[quotient] = (total - food, food)
        for quotient, wanted in expected.items():
            price = prices.price(tariff.activity_id, day, quotient, formula=formula).price
            assert (price.care_part, price.food_part) == wanted, (row, quotient)
            assert price.rule == (Rule.HIGHEST if quotient is None else Rule.QUOTIENT)
        assert {band.cost for band in tariff.bands.filter(formula=formula)} == {cost}
        seen[formula] += 1
    assert seen == Counter(tariff.bands.values_list("formula", flat=True))


@pytest.mark.parametrize("slug", VOTES)
def test_each_rule_of_the_document_is_a_rule_of_the_tariff(slug):
    tariff, _ = voted(slug, 2025)
    written = sorted(line[2:].rstrip(".") for line in ARTICLES[slug].splitlines() if line.startswith("- "))
    assert written == sorted(plain(rule_in_words(rule)) for rule in tariff.rules.all())


@pytest.mark.parametrize("slug", VOTES)
def test_an_agent_could_have_typed_it(slug):
    """Its bands leave no gap, its rules mean something, and its dearest day stays under the cost per user."""
    tariff, _ = voted(slug, 2025)
    rules = list(tariff.rules.all())
    for row in (tariff, *tariff.bands.all(), *rules):
        row.full_clean()
    for formula in set(tariff.bands.values_list("formula", flat=True)):
        bands = list(tariff.bands.filter(formula=formula))
        assert problem_of([(band.quotient_from, band.quotient_below) for band in bands]) is None
        assert dearest(bands, rules).total <= bands[0].cost
