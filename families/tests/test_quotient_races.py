"""Two people writing a household's quotient at once; each time the control, without the lock."""

from datetime import date

import pytest
from django.db import connection, transaction

from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meeting_after, without_locks
from families.models import FamilyRequest, QuotientRecord
from families.services import quotients
from families.tests.factories import NOON, GuardianFactory, QuotientRecordFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def slowly(monkeypatch, name):
    """Let both wait for each other once they have read; with the lock, only one gets there."""
    monkeypatch.setattr(quotients, name, meeting_after(getattr(quotients, name)))


def two_declarations(monkeypatch):
    claire = GuardianFactory(with_space=True)
    slowly(monkeypatch, "open_claim_of")
    declare = lambda: quotients.declare_quotient(  # noqa: E731
        family=claire.family, guardian=claire, by=claire.user, value=845, month=date(2026, 11, 1), source="caf", at=NOON
    )
    return at_once(declare, declare)


def test_two_clicks_on_declare_make_one_request(monkeypatch):
    answers = two_declarations(monkeypatch)
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert FamilyRequest.objects.count() == 1


def test_control_without_the_lock_there_are_two(monkeypatch):
    with without_locks(monkeypatch):
        two_declarations(monkeypatch)
    assert FamilyRequest.objects.count() == 2


def two_periods(monkeypatch):
    """An agent accepts a declaration while the CAF answers: two periods of one household from one day."""
    family = GuardianFactory(with_space=True).family
    QuotientRecordFactory(family=family)
    slowly(monkeypatch, "make_room")

    def write(starts_on):
        with transaction.atomic():
            quotients.lock_family(family)
            return quotients.write_period(
                family=family, value=845, month=date(2026, 11, 1), source="caf", starts_on=starts_on, ends_on=None,
                proof="", request=None, at=NOON,
            )  # fmt: skip

    return at_once(lambda: write(date(2026, 11, 1)), lambda: write(date(2026, 11, 1)))


def test_two_periods_at_once_follow_one_another(monkeypatch):
    answers = two_periods(monkeypatch)
    assert {type(answer) for answer in answers} == {QuotientRecord}
    assert QuotientRecord.objects.filter(value=845).count() == 1


def test_control_without_the_lock_the_database_has_to_refuse_one(monkeypatch):
    with without_locks(monkeypatch):
        answers = two_periods(monkeypatch)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError", "QuotientRecord"]


def two_nights(monkeypatch):
    claire = GuardianFactory(with_space=True)
    QuotientRecordFactory(family=claire.family, ends_on=date(2026, 12, 1))
    slowly(monkeypatch, "thresholds_due")
    night = lambda: quotients.tell_households_of_endings(today=date(2026, 11, 30), at=NOON)  # noqa: E731
    return at_once(night, night)


def test_two_machines_in_one_night_tell_once(monkeypatch):
    assert sorted(two_nights(monkeypatch)) == [0, 1]


def test_control_without_the_lock_one_of_them_meets_an_error(monkeypatch):
    with without_locks(monkeypatch):
        answers = two_nights(monkeypatch)
    assert 0 not in answers


def test_the_exclusion_stands_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT condeferred FROM pg_constraint WHERE conname = 'quotients_never_overlap'")
        assert cursor.fetchone() == (True,)
