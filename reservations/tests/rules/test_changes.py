"""What a submit asks for: what differs from what was shown, and nothing else (law 2)."""

from datetime import date

import pytest

from reservations.rules.changes import DayChanges, applied_to, changes_between, formula_changes
from reservations.rules.formulas import Formula, formula_label

MON, TUE, THU, FRI, SAT = (date(2026, 12, day) for day in (7, 8, 10, 11, 12))
MEAL, MORNING = Formula.DAY_MEAL.value, Formula.MORNING.value


def test_days_are_added_removed_kept_or_left():
    found = changes_between(shown=[MON, TUE], ticked=[TUE, THU], free=[THU, FRI])
    assert found == DayChanges(
        additions=frozenset({THU}), removals=frozenset({MON}), kept=frozenset({TUE}), left=frozenset({FRI})
    )
    assert found.days == {MON, TUE, THU, FRI}
    assert found.formula(THU) == ""


def test_a_formula_that_changes_is_a_switch():
    found = formula_changes({MON: MEAL, TUE: MEAL}, {MON: MORNING, TUE: MEAL, THU: MORNING, FRI: ""}, free=[THU, FRI])
    assert (found.switched, found.kept, found.additions) == ({MON}, {TUE}, {THU, FRI})
    assert found.formulas == {MON: MORNING, TUE: MEAL, THU: MORNING}
    assert found.formula(MON) == MORNING
    assert found.days == {MON, TUE, THU, FRI}


@pytest.mark.parametrize(
    "changes, something",
    [
        (DayChanges(), False),
        (DayChanges(kept=frozenset({MON}), left=frozenset({TUE})), False),
        (DayChanges(additions=frozenset({MON})), True),
        (DayChanges(removals=frozenset({MON})), True),
        (DayChanges(switched=frozenset({MON})), True),
    ],
)
def test_nothing_is_asked_when_nothing_differs(changes, something):
    assert bool(changes) is something


def test_brothers_and_sisters_get_the_changes_and_not_the_days():
    lea, tom, zoe = 1, 2, 3
    changes = formula_changes({MON: MEAL, TUE: MEAL, THU: MEAL}, {MON: MORNING, TUE: MEAL, FRI: MEAL}, free=[FRI, SAT])
    given = applied_to(lea, changes, [zoe, lea, tom])
    assert list(given) == [lea, tom, zoe]
    assert given[lea] is changes
    assert given[tom] == given[zoe]
    assert given[tom] == DayChanges(
        additions=frozenset({FRI}),
        removals=frozenset({THU}),
        switched=frozenset({MON}),
        formulas={MON: MORNING, FRI: MEAL},
    )


def test_a_formula_is_said_in_words():
    assert formula_label("") == ""
    assert formula_label(MEAL) == "Journée avec repas"
