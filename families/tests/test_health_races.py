"""Two parents who write on one sheet at the same instant; each lock with its control, where the race happens without it."""

import threading

import pytest
from django.db import IntegrityError

from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meet, without_locks
from families.models import HealthChange, HealthPlan, HealthRecord
from families.rules.health import HealthSheet
from families.services import health, health_plans
from families.tests.health_words import propose, tell

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def meeting(monkeypatch, anne, hugo, zoe):
    """Both wait for each other between the reading of the sheet and its writing; with a lock, only one gets there."""
    gate = threading.Barrier(2)
    real = health.rules.differences

    def slowly(before, after):
        answer = real(before, after)
        meet(gate)
        return answer

    HealthRecord.objects.create(child=zoe, content={})
    monkeypatch.setattr(health.rules, "differences", slowly)


def both_write(zoe, anne, hugo):
    return at_once(
        lambda: tell(zoe, anne, HealthSheet(food=("arachides",))), lambda: tell(zoe, hugo, HealthSheet(drug="latex"))
    )


def test_the_second_is_told_and_neither_allergy_is_lost(zoe, anne, hugo, meeting):
    answers = both_write(zoe, anne, hugo)
    assert {type(answer) for answer in answers} == {HealthRecord, health.SheetMoved}
    moved = next(answer for answer in answers if isinstance(answer, health.SheetMoved))
    assert (moved.sheet.food, moved.sheet.drug) == (("arachides",), "latex")
    assert HealthChange.objects.count() == 1


def test_control_without_the_lock_only_the_constraint_stops_the_second(zoe, anne, hugo, meeting, monkeypatch):
    with without_locks(monkeypatch):
        answers = both_write(zoe, anne, hugo)
    assert {type(answer) for answer in answers} == {HealthRecord, IntegrityError}


@pytest.fixture
def meeting_at_the_desk(monkeypatch, anne, hugo):
    """The same, between the search for a PAI that waits and the writing of a new one."""
    gate = threading.Barrier(2)
    real = health_plans.record_request

    def slowly(**kwargs):
        meet(gate)
        return real(**kwargs)

    monkeypatch.setattr(health_plans, "record_request", slowly)


def both_propose(zoe, anne, hugo):
    return at_once(lambda: propose(zoe, anne), lambda: propose(zoe, hugo))


def test_two_parents_who_propose_at_once_leave_one_plan(zoe, anne, hugo, meeting_at_the_desk):
    answers = both_propose(zoe, anne, hugo)
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    assert HealthPlan.objects.count() == 1


def test_control_without_the_lock_the_second_meets_an_error(zoe, anne, hugo, meeting_at_the_desk, monkeypatch):
    with without_locks(monkeypatch):
        answers = both_propose(zoe, anne, hugo)
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1
