from datetime import UTC, datetime

import pytest

from billing.payzen.simulator.clock import now, seconds_to_quarter_hour, shown_at, stamp


def test_the_clock_shows_paris_time_and_flows_on():
    assert shown_at("2026-11-19T12:06", anchor=1000, real=1090) == datetime(2026, 11, 19, 11, 7, 30, tzinfo=UTC)
    assert shown_at("2026-07-19T12:06@1000", anchor=5, real=1000) == datetime(2026, 7, 19, 10, 6, tzinfo=UTC)


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="isoformat"):
        shown_at("19/11/2026", anchor=0, real=0)


def test_the_next_quarter_hour_is_never_now():
    assert seconds_to_quarter_hour(datetime(2026, 11, 19, 11, 6, tzinfo=UTC)) == 540
    assert seconds_to_quarter_hour(datetime(2026, 11, 19, 11, 15, tzinfo=UTC)) == 900


def test_instants_are_written_in_utc():
    assert stamp(shown_at("2026-11-19T00:30", anchor=0, real=0)) == "20261118233000"


def test_a_clock_file_moves_the_date_and_never_shows_another_while_it_is_written(tmp_path, monkeypatch):
    path = tmp_path / "clock"
    monkeypatch.setenv("PORTAL_CLOCK", f"file:{path}")
    path.write_text("2026-11-19T12:06")
    assert stamp(now())[:8] == "20261119"
    path.write_text("2027-02-28T12:00")
    assert stamp(now())[:8] == "20270228"
    path.write_text("")
    assert stamp(now())[:8] == "20270228"
