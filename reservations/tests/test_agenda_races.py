"""Two windows of one guardian make an address at once; with its control, the same scene without the lock."""

from datetime import datetime

import pytest
from django.db import IntegrityError

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import at_once, meeting_after, take_locks_away
from families.tests.factories import GuardianFactory
from reservations.models import AgendaFeed
from reservations.services import agenda

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


@pytest.fixture
def both(monkeypatch):
    """Both have ended what there was before either writes its own."""
    guardian = GuardianFactory(with_space=True)
    monkeypatch.setattr(agenda, "_end", meeting_after(agenda._end))

    def make(*seeds):
        return at_once(
            *(
                lambda seed=seed: agenda.make_feed(guardian=guardian, user=guardian.user, seed=seed, at=NOW)
                for seed in seeds
            )
        )

    return make


def test_each_window_shows_an_address_and_the_last_one_is_good(both):
    answers = both("a" * 43, "b" * 43)
    assert set(answers) == {agenda.token_of("a" * 43), agenda.token_of("b" * 43)}
    assert AgendaFeed.objects.filter(ended_at=None).count() == 1
    assert AgendaFeed.objects.count() == 2


def test_a_double_click_shows_one_address_twice(both):
    assert len(set(both("a" * 43, "a" * 43))) == AgendaFeed.objects.count() == 1


def test_control_without_the_lock_one_of_them_fails(both, monkeypatch):
    take_locks_away(monkeypatch)
    answers = both("a" * 43, "b" * 43)
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1
