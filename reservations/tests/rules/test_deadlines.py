"""Until when a day can change: seven days, wall clocks, both changes of the hour."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from castres_portal.base.clock import PARIS
from reservations.rules.deadlines import DeadlineKind, DeadlineRule, deadline, last_moment, wall_clock


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


MONDAY, WEDNESDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 9), date(2026, 12, 11)


def working(days, hour=None):
    return DeadlineRule(days=days, hour=hour, working=True)


def weekday(number, hour=None, kind=DeadlineKind.PREVIOUS):
    return DeadlineRule(kind=kind, weekday=number, hour=hour)


@pytest.mark.parametrize(
    "rule, day, until",
    [
        # Working days: neither week-ends nor public holidays.
        (working(2, time(12)), MONDAY, paris(2026, 12, 3, 12)),
        (working(1), MONDAY, paris(2026, 12, 5)),
        (working(1), date(2026, 11, 12), paris(2026, 11, 11)),  # the Armistice is not « ouvré »
        (working(2), date(2027, 3, 30), paris(2027, 3, 26)),  # nor is Easter Monday
        (working(0, time(9)), MONDAY, paris(2026, 12, 7, 9)),
        # « Le mardi précédent »: the last Tuesday before the day, never the day itself.
        (weekday(1, time(12)), WEDNESDAY, paris(2026, 12, 8, 12)),
        (weekday(1), MONDAY, paris(2026, 12, 2)),
        (weekday(1), date(2026, 12, 8), paris(2026, 12, 2)),
        # « Le mardi de la semaine précédente »: the same for every day of the week.
        (weekday(1, time(23, 59), DeadlineKind.WEEK_BEFORE), MONDAY, paris(2026, 12, 1, 23, 59)),
        (weekday(1, time(23, 59), DeadlineKind.WEEK_BEFORE), FRIDAY, paris(2026, 12, 1, 23, 59)),
        # A year of 53 weeks, and the hour that the clocks skip on Sunday 28 March 2027.
        (weekday(3, None, DeadlineKind.WEEK_BEFORE), date(2027, 1, 4), paris(2027, 1, 1)),
        (weekday(6, time(2, 30)), date(2027, 3, 29), paris(2027, 3, 28, 3)),
    ],
)
def test_other_deadlines_than_a_number_of_days(rule, day, until):
    assert rule.until(day) == until
    assert (day - rule.last_day(day)).days <= rule.longest_notice


@pytest.mark.parametrize(
    "rule, label, ahead",
    [
        (DeadlineRule(), "de 7 jours", "à 7 jours avant"),
        (DeadlineRule(days=0, hour=time(8, 30)), "du jour même", "au jour même à 8\u00a0h\u00a030"),
        (DeadlineRule(days=1), "de 1 jour", "à la veille"),
        (working(1), "de 1 jour ouvré", "au jour ouvré précédent"),
        (working(2, time(12)), "de 2 jours ouvrés", "à 2 jours ouvrés avant à 12\u00a0h"),
        (weekday(1), "du mardi précédent", "au mardi précédent"),
        (
            weekday(3, None, DeadlineKind.WEEK_BEFORE),
            "du jeudi de la semaine précédente",
            "au jeudi de la semaine précédente",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule, label, ahead):
    assert (rule.label, rule.ahead) == (label, ahead)


@pytest.mark.parametrize(
    "rule, most",
    [
        (DeadlineRule(), 7),
        (DeadlineRule(days=0), 0),
        (DeadlineRule(DeadlineKind.PREVIOUS, weekday=1), 7),
        (DeadlineRule(DeadlineKind.WEEK_BEFORE, weekday=0), 13),
        (DeadlineRule(days=2, working=True), 8),
    ],
)
def test_a_last_day_is_never_further_than_is_told(rule, most):
    assert rule.longest_notice == most
    days = [date(2026, 9, 1) + timedelta(days=offset) for offset in range(400)]
    assert max((day - rule.last_day(day)).days for day in days) <= most
