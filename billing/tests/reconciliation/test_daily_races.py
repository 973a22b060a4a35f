"""The same transactions dropped twice at once, in two files: each counts once, by the last file."""

import pytest
from django.db import IntegrityError

from billing.models import DailyFile, DailyLine
from billing.services import daily
from castres_portal.base.tests.races import at_once, expect_both, meeting_after

from .test_daily import cents, drop, line

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two_drops(town, monkeypatch):
    """Both know which lines are current before either writes its own."""
    monkeypatch.setattr(daily, "_replace", meeting_after(daily._replace))
    paid = line(town.attempt.order_id, cents(town.attempt))
    return [lambda: drop(paid, written="26/11/20_00:55:00"), lambda: drop(paid, written="26/11/20_09:00:00")]


def test_without_the_lock_one_of_them_is_thrown_away(two_drops, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(daily, "take_numbers", lambda series, count: 1)
    answers = at_once(*two_drops)
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1


def test_with_the_lock_both_are_kept_and_the_transaction_counts_once(two_drops):
    assert all(isinstance(answer, DailyFile) for answer in at_once(*two_drops))
    assert DailyLine.objects.filter(replaced_by=None).count() == 1
