"""The calendar as a family sees it: what can be ticked, what is reserved, why the rest is greyed."""

from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from django.template import Context, Template

from castres_portal.base.month_grid import build_month_grid

DECEMBER = date(2026, 12, 1)


def day(number, state="free", **more):
    on = DECEMBER.replace(day=number)
    enabled = more.pop("enabled", state == "free")
    return {"day": on, "state": state, "enabled": enabled, "name": "jour", "value": on.isoformat(), **more}


def shut(number, reason, **more):
    return day(number, "closed", reason=reason, **more)


def render(weeks):
    return Template('{% load portal %}{% month_grid weeks "Zoé en décembre" %}').render(Context({"weeks": weeks}))


class Boxes(HTMLParser):
    """The tick boxes of a page, by value."""

    def __init__(self, html):
        super().__init__()
        self.found = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input":
            self.found[attrs["value"]] = attrs


def box(html, number):
    return Boxes(html).found[DECEMBER.replace(day=number).isoformat()]


WEEK = [
    day(7, "booked", enabled=True, checked=True, note="jusqu’au 1er déc."),
    day(8, note="jusqu’au 1er déc."),
    shut(9, "Mercredi"),
    day(10, "booked", enabled=False, checked=True, reason="Délai de 7 jours dépassé"),
    day(11, "refused", checked=True, reason="Plus de place"),
]


def test_an_open_day_can_be_ticked_and_says_until_when():
    html = render([WEEK])
    assert "disabled" not in box(html, 8)
    assert "checked" not in box(html, 8)
    assert box(html, 8)["data-booked"] == "0"
    assert "jusqu’au 1er déc." in html


def test_a_reserved_day_is_ticked_and_says_so():
    html = render([WEEK])
    assert "checked" in box(html, 7)
    assert box(html, 7)["data-booked"] == "1"
    assert "Réservé" in html


def test_a_greyed_day_cannot_be_sent_and_says_why():
    html = render([WEEK])
    for number in (9, 10, 11):
        assert "disabled" in box(html, number)
    for reason in ("Mercredi", "Délai de 7 jours dépassé", "Plus de place"):
        assert reason in html


def test_each_box_is_named_for_a_screen_reader_and_tells_its_note():
    html = render([WEEK])
    assert box(html, 7)["aria-label"] == "lundi 7 décembre 2026"
    note = box(html, 7)["aria-describedby"]
    assert f'id="{note}"' in html
    notes = [attrs["aria-describedby"] for attrs in Boxes(html).found.values() if "aria-describedby" in attrs]
    assert len(set(notes)) == len(notes)


def test_a_tick_that_waits_to_be_validated_is_kept():
    html = render([[day(8, checked=True), day(7, "booked", enabled=True, checked=False)]])
    assert "checked" in box(html, 8)
    assert "Ajout" in html
    assert "checked" not in box(html, 7)
    assert "Retrait" in html


def test_a_weekday_that_never_opens_takes_little_room():
    columns = build_month_grid([WEEK]).columns
    assert [column.name for column in columns if column.closed] == ["mercredi"]


def test_a_weekday_with_one_open_or_reserved_day_keeps_its_room():
    opened = [*WEEK[:2], day(9), *WEEK[3:]]
    assert not build_month_grid([WEEK, opened]).columns[2].closed
    reserved = [*WEEK[:2], day(9, "booked", enabled=False, checked=True, reason="Délai"), *WEEK[3:]]
    assert not build_month_grid([WEEK, reserved]).columns[2].closed


def holidays(first, reason="Vacances de Noël"):
    return [shut((DECEMBER.replace(day=first) + timedelta(days=i)).day, reason) for i in range(5)]


def test_a_week_closed_for_one_reason_is_one_line():
    grid = build_month_grid([WEEK, holidays(21)])
    assert grid.weeks[0].closed is None
    closed = grid.weeks[1].closed
    assert (closed.first.day, closed.last.day, closed.reason) == (21, 25, "Vacances de Noël")


def test_the_reason_of_a_weekday_that_never_opens_does_not_split_the_line():
    week = holidays(21)
    week[2] = shut(23, "Mercredi")
    assert build_month_grid([WEEK, week]).weeks[1].closed.reason == "Vacances de Noël"


@pytest.mark.parametrize(
    "other",
    [
        shut(22, "Férié"),
        day(22),
        day(22, "booked", enabled=False, checked=True, reason="Vacances de Noël"),
        day(22, "refused", checked=True, reason="Vacances de Noël"),
    ],
)
def test_a_week_with_anything_else_to_tell_keeps_its_days(other):
    week = holidays(21)
    week[1] = other
    assert build_month_grid([WEEK, week]).weeks[1].closed is None


def test_days_of_other_months_are_not_shown():
    week = [{**day(7), "in_month": False}, None, *WEEK[2:]]
    html = render([week])
    assert DECEMBER.replace(day=7).isoformat() not in Boxes(html).found
    assert html.count("day--outside") == 2


def test_seven_columns_when_the_week_has_seven_days():
    grid = build_month_grid([[*WEEK, shut(12, "Week-end"), shut(13, "Week-end")]])
    assert [column.name for column in grid.columns if column.closed] == ["mercredi", "samedi", "dimanche"]


def test_a_month_without_weeks_is_an_empty_table():
    assert not Boxes(render([])).found


def test_a_weekday_whose_days_have_merely_passed_keeps_its_width():
    fridays = [date(2026, 11, day) for day in (6, 13)]
    weeks = [[None, None, None, None, {"day": day, "state": "closed", "late": True}] for day in fridays]

    assert not build_month_grid(weeks).columns[4].closed


def test_a_weekday_without_service_is_narrow():
    wednesdays = [date(2026, 11, day) for day in (4, 18)]
    weeks = [[None, None, {"day": day, "state": "closed", "reason": "Fermé"}, None, None] for day in wednesdays]

    assert build_month_grid(weeks).columns[2].closed
