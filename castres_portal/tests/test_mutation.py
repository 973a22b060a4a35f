"""Mutation testing: every function is within mutmut's reach, and the score is the one that people understand."""

import textwrap

import pytest

from castres_portal.base.tests.reading import read
from castres_portal.bench import mutants
from castres_portal.bench.mutation.opening import open_decorated
from castres_portal.bench.mutation.scores import Score, table
from castres_portal.bench.mutation.work import modules

SOURCE = textwrap.dedent(
    '''
    from contextlib import contextmanager
    from enum import Enum
    from functools import lru_cache

    calls = []


    @lru_cache(maxsize=8)
    def double(number):
        """Twice."""
        calls.append(number)
        return 2 * number


    @contextmanager
    def inside(*, name="rien"):
        yield name


    class Meal:
        @property
        def price(self):
            return double(2)

        @classmethod
        def free(cls):
            return cls()


    class Picnic(Meal):
        @property
        def price(self):
            return super().price + 1


    class Band(Enum):
        A = 1

        @property
        def label(self):
            return f"tranche {self.name}"
    '''
)


def test_what_is_opened_behaves_as_before_and_no_decorator_hides_a_body():
    opened = open_decorated(SOURCE)
    names = {}
    exec(compile(opened, "opened", "exec"), names)
    assert (names["Meal"]().price, names["Picnic"]().price, names["Meal"].free().price) == (4, 5, 4)
    assert [band.label for band in names["Band"]] == ["tranche A"]
    with names["inside"](name="cantine") as name:
        assert name == "cantine"
    assert names["calls"] == [2, 2, 2], "un souvenir répondrait à la place du mutant"
    assert "lru_cache(" not in opened
    for body in ("_price_of_Meal", "_price_of_Picnic", "_label_of_Band", "_inside_opened"):
        assert f"def {body}(" in opened


def test_the_rules_the_money_and_payzen_are_all_under_mutation():
    under = modules()
    assert {
        "billing.payzen.signature",
        "billing.rules.till",
        "reservations.rules.decide",
        "castres_portal.base.french",
    } <= set(under)
    assert not [module for module in under if ".tests" in module or "simulator" in module]
    assert set(under) == {
        module
        for module in under
        if module.startswith(tuple(start for _, starts in mutants.SUBJECTS for start in starts))
    }


def test_the_table_adds_the_modules_up():
    text = table(
        [Score("billing.rules.till", 9, 1), Score("billing.rules.tax", 8, 0, 2), Score("billing.payzen.form", 1, 1)]
    )
    rows = [line.split() for line in text.splitlines()]
    assert ["billing.rules", "20", "17", "1", "2", "95,0", "%"] in rows
    assert ["ensemble", "22", "18", "2", "2", "90,9", "%"] in rows


@pytest.mark.parametrize(
    "killed, survived, timeouts, percent", [(9, 1, 0, 90.0), (8, 1, 1, 90.0), (0, 3, 0, 0.0), (0, 0, 0, 100.0)]
)
def test_a_score_counts_what_somebody_notices(killed, survived, timeouts, percent):
    assert Score("x", killed, survived, timeouts).percent == percent


def test_the_bench_says_how_many_nobody_notices():
    row = mutants._row("PayZen", [Score("billing.payzen.form", 85, 15)])
    assert (row.measured, row.holds) == (85.0, False)
    assert read(row.note) == "15 que personne ne remarque : tools/mutants --montrer"
