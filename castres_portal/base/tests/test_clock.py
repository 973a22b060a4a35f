"""The portal's clock can be moved, for every process alike."""

import time
from datetime import date

import pytest

from castres_portal.base import clock


def test_the_clock_shows_the_wall_clock_of_paris_and_runs(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time() - 60}"

    shown = clock.now()

    assert shown.strftime("%d/%m/%Y %H:%M %z") == "19/11/2026 12:07 +0100"
    assert clock.today() == date(2026, 11, 19)


def test_a_file_moves_the_date_of_a_process_that_runs(settings, tmp_path):
    file = tmp_path / "clock"
    file.write_text("2026-07-01T08:00")
    settings.PORTAL_CLOCK = f"file:{file}"
    before = clock.now()

    file.write_text("2026-09-01T08:00")

    assert before.date() == date(2026, 7, 1)
    assert clock.now().date() == date(2026, 9, 1)


@pytest.mark.parametrize("text", ["demain", "2026-13-01T00:00", "file:/nulle/part", "2026-01-01@hier"])
def test_a_clock_that_cannot_be_read_is_known_as_such(text):
    assert not clock.is_valid_setting(text)


def test_midnight_follows_the_season():
    assert clock.midnight(date(2026, 7, 1)).isoformat() == "2026-07-01T00:00:00+02:00"
    assert clock.midnight(date(2026, 12, 1)).isoformat() == "2026-12-01T00:00:00+01:00"
