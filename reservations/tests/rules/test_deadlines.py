"""Until when a day can change: seven days, wall clocks, both changes of the hour."""

from datetime import UTC, date, datetime, time

import pytest

from castres_portal.base.clock import PARIS
from reservations.rules.deadlines import deadline, last_moment, wall_clock


def paris(*parts):
    return datetime(*parts, tzinfo=PARIS)


@pytest.mark.parametrize(
    "day, days, hour, until",
    [
        # The rule of Castres: the whole of day − 7 is still good.
        (date(2026, 12, 8), 7, None, paris(2026, 12, 2)),
        (date(2028, 3, 7), 7, None, paris(2028, 3, 1)),
        (date(2028, 2, 29), 7, None, paris(2028, 2, 23)),
        (date(2026, 9, 1), 7, None, paris(2026, 8, 26)),
        # The clocks change on 25 October 2026 and 28 March 2027 in between: nothing moves on the wall.
        (date(2026, 10, 29), 7, None, paris(2026, 10, 23)),
        (date(2027, 4, 1), 7, None, paris(2027, 3, 26)),
        # With an hour, that hour on day − N.
        (date(2026, 12, 8), 1, time(9), paris(2026, 12, 7, 9)),
        (date(2026, 12, 8), 0, time(9, 30), paris(2026, 12, 8, 9, 30)),
        (date(2026, 12, 8), 0, None, paris(2026, 12, 9)),
        (date(2027, 1, 4), 7, time(23, 59), paris(2026, 12, 28, 23, 59)),
    ],
)
def test_a_day_can_change_until(day, days, hour, until):
    assert deadline(day, days, hour) == until


def test_eight_december_can_change_until_the_last_second_of_the_first():
    until = deadline(date(2026, 12, 8), 7, None)
    assert paris(2026, 12, 1, 23, 59, 59) < until
    assert not paris(2026, 12, 2) < until


def test_an_hour_that_the_clocks_skip_counts_as_the_next_valid_instant():
    # On 28 March 2027 the clocks go from 02:00 to 03:00, which is 01:00 in universal time.
    assert wall_clock(date(2027, 3, 28), time(2, 30)) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert deadline(date(2027, 3, 29), 1, time(2)) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_an_hour_that_the_clocks_repeat_counts_the_first_time():
    # On 25 October 2026, 02:30 comes at 00:30 and again at 01:30 in universal time.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert wall_clock(date(2026, 10, 25), time(2, 30)).timestamp() == first.timestamp()


@pytest.mark.parametrize(
    "day, days, hour, text",
    [
        (date(2026, 12, 8), 7, None, "jusqu’au mardi 1er décembre 2026"),
        (date(2026, 12, 8), 1, time(9), "jusqu’au lundi 7 décembre 2026 à 9\u00a0h"),
        (date(2027, 3, 29), 1, time(2, 30), "jusqu’au dimanche 28 mars 2027 à 3\u00a0h"),
    ],
)
def test_a_deadline_is_said_by_its_last_good_day_or_hour(day, days, hour, text):
    assert last_moment(deadline(day, days, hour), hour) == text
