"""What may be touched when, which touch holds, what it means."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.clock import PARIS
from castres_portal.base.tests.reading import read
from reservations.rules.attendance import (
    Attended,
    TabletClock,
    Window,
    holds,
    is_late,
    meaning,
    seen_and_booked,
    why_not,
)

DAY = date(2026, 11, 26)
WINDOW = Window(past_days=7, send_days=31)
ONE, TWO = UUID(int=1), UUID(int=2)


def at(text, day=DAY):
    return datetime.combine(day, time.fromisoformat(text), PARIS)


@pytest.mark.parametrize(
    "touched, received, said",
    [
        (DAY, DAY, ""),
        (date(2026, 12, 3), date(2026, 12, 3), ""),
        (
            date(2026, 12, 4),
            date(2026, 12, 4),
            "La feuille du jeudi 26 novembre 2026 est close : l’Espace Famille peut encore la corriger.",
        ),
        # Touched on the day, on a tablet that found no network for a fortnight.
        (DAY, date(2026, 12, 10), ""),
        (DAY, date(2026, 12, 27), ""),
        (
            DAY,
            date(2026, 12, 28),
            "Ce pointage du jeudi 26 novembre 2026 arrive trop tard : l’Espace Famille peut encore corriger la feuille.",
        ),
        (
            date(2026, 11, 25),
            date(2026, 11, 25),
            "Le jeudi 26 novembre 2026 n’est pas encore venu : on ne pointe pas d’avance.",
        ),
    ],
)
def test_a_sheet_is_touched_on_its_day_and_a_few_more(touched, received, said):
    sentence = why_not(DAY, touched, received, WINDOW)
    assert read(sentence) == said


@pytest.mark.parametrize(
    "clock_says, touched, instant",
    [
        ("16:40", "16:31", "16:31"),  # right
        ("16:41", "16:31", "16:31"),  # a minute fast: believed
        ("18:40", "18:31", "16:31"),  # two hours fast
        ("14:40", "14:31", "16:31"),  # two hours slow
        ("16:40", "23:59", "16:40"),  # set back since: never after now
        ("16:40", "00:00", "00:00"),
    ],
)
def test_a_wrong_clock_is_brought_back(clock_says, touched, instant):
    clock = TabletClock(at(clock_says), at("16:40"))
    assert clock.instant(at(touched), DAY) == at(instant)


def test_a_touch_is_never_before_the_day_of_its_sheet():
    clock = TabletClock(at("16:40"), at("16:40"))
    assert clock.instant(datetime(1970, 1, 1, tzinfo=PARIS), DAY) == at("00:00")


@given(st.datetimes(timezones=st.just(PARIS)), st.datetimes(timezones=st.just(PARIS)))
def test_whatever_a_tablet_says_its_instants_are_of_the_day_and_not_to_come(shown, touched):
    received = at("16:40")
    assert at("00:00") <= TabletClock(shown, received).instant(touched, DAY) <= received


@pytest.mark.parametrize(
    "noted, hour",
    [(None, None), (time(17, 45, 12), time(17, 45)), (at("19:45"), time(17, 45))],
)
def test_a_noted_hour_is_on_our_clock_when_the_tablet_wrote_it(noted, hour):
    assert TabletClock(at("20:00"), at("18:00")).hour(noted, DAY) == hour


def test_the_last_touch_holds_whichever_arrives_first():
    assert holds(at("16:32"), ONE, at("16:31"), TWO)
    assert not holds(at("16:31"), ONE, at("16:32"), TWO)
    assert holds(at("16:31"), TWO, at("16:31"), ONE) != holds(at("16:31"), ONE, at("16:31"), TWO)


@pytest.mark.parametrize(
    "state, booked, expected, found",
    [
        ("present", True, True, "present"),
        ("absent", True, False, "absent"),
        ("sans-reservation", False, True, "sans-reservation"),
        # The booking was made, or cancelled, since the sheet was opened.
        ("sans-reservation", True, True, "present"),
        ("present", False, True, "sans-reservation"),
        ("absent", False, True, "n’est plus réservé"),
        ("sans-reservation", False, False, "ni de cette école"),
        ("efface", True, True, "efface"),
        ("efface", False, True, "efface"),
        ("efface", False, False, "ni de cette école"),
    ],
)
def test_what_a_touch_means(state, booked, expected, found):
    known, refusal = meaning(state, booked=booked, expected=expected)
    assert known == found or found in refusal
    assert bool(known) != bool(refusal)


def test_after_midnight_a_touch_is_late():
    assert not is_late(DAY, at("23:59"))
    assert is_late(DAY, at("23:59") + timedelta(minutes=1))


def test_days_seen_days_only_booked_and_absences():
    days = [
        Attended("Cantine", date(2026, 11, 3), True, "present"),
        Attended("Cantine", date(2026, 11, 2), True, ""),
        Attended("Cantine", date(2026, 11, 5), True, "absent"),
        Attended("Cantine", date(2026, 11, 6), False, "sans-reservation"),
        Attended("Cantine", date(2026, 11, 9), True, "efface"),
        Attended("Cantine", date(2026, 11, 10), False, "efface"),
    ]
    seen, booked = seen_and_booked(days)
    assert [one.day.day for one in seen] == [3, 6]
    assert [one.day.day for one in booked] == [2, 9]


def test_the_same_touch_sent_twice_changes_nothing():
    assert not holds(at("16:31"), ONE, at("16:31"), ONE)


@pytest.mark.parametrize(
    "state, said",
    [
        ("absent", "Ce jour n’est plus réservé pour cet enfant : il n’y a pas d’absence à pointer."),
        ("present", "Cet enfant n’est ni de cette école, ni inscrit dans ce lieu : appelez l’Espace Famille."),
    ],
)
def test_a_touch_that_means_nothing_says_why(state, said):
    word, why = meaning(state, booked=False, expected=False)
    assert (word, read(why)) == ("", said)


def test_an_hour_is_noted_to_the_minute():
    clock = TabletClock(at("16:40"), at("16:40"))
    assert clock.hour(time(16, 31, 20, 999), DAY) == time(16, 31)
    assert clock.hour(at("16:31:20").replace(microsecond=5), DAY) == time(16, 31)
    assert clock.hour(None, DAY) is None
