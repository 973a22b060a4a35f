"""Whom a strike, an outing or a closed canteen touches."""

from dataclasses import replace
from datetime import date

import pytest

from reservations.rules.calendar import ClosedDay, ClosureKind
from reservations.rules.closures import Pupil, Stop, stopped

CANTEEN, STUDY, LAMEILHE, CENTRE, LEISURE = 1, 2, 10, 20, 30
STRIKE = Stop("Grève", date(2026, 12, 3), date(2026, 12, 4))
LEA = Pupil(school=CENTRE, level="CE2", class_name="CE2 A")


@pytest.mark.parametrize(
    "changes, day, activity, touched",
    [
        ({}, date(2026, 12, 2), CANTEEN, False),
        ({}, date(2026, 12, 3), CANTEEN, True),
        ({}, date(2026, 12, 4), STUDY, True),
        ({}, date(2026, 12, 5), CANTEEN, False),
        ({"activities": frozenset({CANTEEN})}, date(2026, 12, 3), CANTEEN, True),
        ({"activities": frozenset({CANTEEN})}, date(2026, 12, 3), STUDY, False),
        ({"school": CENTRE}, date(2026, 12, 3), CANTEEN, True),
        ({"school": LAMEILHE}, date(2026, 12, 3), CANTEEN, False),
        ({"level": "CE2"}, date(2026, 12, 3), CANTEEN, True),
        ({"level": "CP"}, date(2026, 12, 3), CANTEEN, False),
        ({"class_name": "CE2 A"}, date(2026, 12, 3), CANTEEN, True),
        ({"class_name": "CE2 B"}, date(2026, 12, 3), CANTEEN, False),
        ({"site": LEISURE}, date(2026, 12, 3), CANTEEN, True),
        ({"site": LEISURE + 1}, date(2026, 12, 3), CANTEEN, False),
        # One thing that does not fit is enough to leave her alone.
        ({"school": CENTRE, "level": "CP"}, date(2026, 12, 3), CANTEEN, False),
    ],
)
def test_a_closure_touches_who_is_in_it_and_nobody_else(changes, day, activity, touched):
    found = stopped([replace(STRIKE, **changes)], day, activity, LEISURE, LEA)
    assert found == (ClosedDay(ClosureKind.STOPPED, "Grève") if touched else None)


def test_a_child_without_school_nor_class_is_touched_by_a_closure_of_all_alone():
    nobody = Pupil(school=None)
    day = date(2026, 12, 3)
    assert stopped([STRIKE], day, CANTEEN, None, nobody)
    for changes in ({"school": CENTRE}, {"level": "CE2"}, {"class_name": "CE2 A"}, {"site": LEISURE}):
        assert stopped([replace(STRIKE, **changes)], day, CANTEEN, None, nobody) is None


def test_of_two_closures_the_one_that_touches_is_said():
    outing = Stop("Sortie au musée", date(2026, 12, 3), date(2026, 12, 3), school=CENTRE)
    elsewhere = replace(STRIKE, school=LAMEILHE)
    assert stopped([elsewhere, outing], date(2026, 12, 3), CANTEEN, None, LEA).label == "Sortie au musée"
    assert stopped([], date(2026, 12, 3), CANTEEN, None, LEA) is None
