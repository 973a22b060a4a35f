"""Law 1 as a property: what the page shows as open is exactly what a submit accepts, at that instant.

The page is rendered and read as a browser reads it, then every working day of its month is sent the other way, by a forged form:
a browser sends no greyed box. Days, hours, clock changes, deadlines, custody, places and bookings vary; on the page of all
services, formulas, closures, holiday periods and deadlines by weekday as well.
"""

from datetime import UTC, date, datetime, time, timedelta
from unittest import mock
from uuid import uuid4

from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, CustodyExceptionFactory, CustodyFactory, GuardianFactory
from reservations.models import (
    Activity,
    ActivityFormula,
    ActivitySite,
    Booking,
    BookingReceipt,
    Closure,
    HolidayPeriod,
    ReceiptLine,
    SiteDay,
)
from reservations.queries.calendar.days import with_formula
from reservations.reference import ZONE_C
from reservations.rules.calendar import days_between, month_bounds
from reservations.tests.factories import ActivityFactory, BookingFactory, EnrolmentFactory, SchoolYearFactory
from reservations.tests.views.pages import CalendarPage

FIRST = datetime(2026, 9, 1, tzinfo=PARIS)
LAST = datetime(2028, 7, 4, 23, 59, 59, tzinfo=PARIS)
WINTER_TIME = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
SUMMER_TIME = datetime(2027, 3, 28, 3, tzinfo=PARIS)
Outcome = ReceiptLine.Outcome

seconds = st.integers(0, int(LAST.timestamp() - FIRST.timestamp()))
around_midnight = st.builds(
    lambda day, seconds: clock.midnight(day) + timedelta(seconds=seconds),
    st.dates(FIRST.date(), LAST.date()),
    st.integers(-2, 2),
)
around_clock_changes = st.builds(
    lambda instant, minutes: (instant.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(PARIS),
    st.sampled_from([WINTER_TIME, SUMMER_TIME]),
    st.integers(-24 * 60, 24 * 60),
)
instants = st.one_of(
    seconds.map(lambda offset: datetime.fromtimestamp(FIRST.timestamp() + offset, PARIS)),
    around_midnight,
    around_clock_changes,
)
hours = st.one_of(st.none(), st.sampled_from([time(0), time(2, 30), time(9), time(23, 59)]))
deadlines = st.tuples(st.sampled_from([0, 1, 2, 7, 7, 7, 30]), hours)


class CalendarProperty(TestCase):
    """A child who lives in two households, a canteen with twenty places."""

    @classmethod
    def setUpTestData(cls):
        cls.years = [SchoolYearFactory(label=label) for label in ZONE_C]
        cls.mother, cls.father = (GuardianFactory(with_space=True) for _ in range(2))
        cls.child = ChildFactory()
        CustodyFactory(child=cls.child, family=cls.mother.family, even_weeks=True)
        CustodyFactory(child=cls.child, family=cls.father.family, odd_weeks=True)
        CustodyExceptionFactory(
            child=cls.child, family=cls.mother.family, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 29)
        )
        cls.hers = [EnrolmentFactory(child=cls.child, family=cls.mother.family, school_year=y) for y in cls.years[1:]]
        cls.his = [EnrolmentFactory(child=cls.child, family=cls.father.family, school_year=y) for y in cls.years[1:]]

        cls.browser = Client()  # one for all: making one loads every middleware
        cls.browser.force_login(cls.mother.user)

    @settings(max_examples=40)
    @given(
        at=instants,
        months_ahead=st.integers(0, 3),
        add=deadlines,
        cancel=deadlines,
        shared=st.booleans(),
        booked=st.sets(st.integers(1, 31), max_size=12),
        booked_by_father=st.sets(st.integers(1, 31), max_size=4),
        full=st.sets(st.integers(1, 31), max_size=3),
    )
    @example(datetime(2026, 12, 1, 23, 59, 59, tzinfo=PARIS), 0, (7, None), (7, None), False, set(), set(), set())
    @example(datetime(2026, 12, 2, tzinfo=PARIS), 0, (7, None), (7, None), False, {8, 10}, set(), {11})
    @example(datetime(2028, 2, 22, 23, 59, 59, tzinfo=PARIS), 0, (7, None), (7, None), False, {29}, set(), set())
    @example(datetime(2028, 2, 29, 12, tzinfo=PARIS), 1, (7, None), (1, time(9)), True, {7}, {8}, {9})
    @example(datetime(2027, 8, 25, 23, 59, 59, tzinfo=PARIS), 1, (7, None), (7, None), False, set(), set(), {1})
    @example(WINTER_TIME.replace(fold=1), 0, (2, time(2, 30)), (2, time(2, 30)), False, {27, 29}, set(), set())
    @example(SUMMER_TIME, 0, (1, time(2, 30)), (1, time(2, 30)), False, {29}, set(), set())
    def test_open_on_screen_is_what_a_submit_accepts(
        self, at, months_ahead, add, cancel, shared, booked, booked_by_father, full
    ):
        month = _month_after(at.date(), months_ahead)
        self._town(month, add, cancel, shared, booked, booked_by_father, full)
        address = f"/reservations/{self.child.pk}/restauration/{month:%Y-%m}/"
        with mock.patch.object(clock, "now", return_value=at):
            response = self.browser.get(address)
            if response.status_code == 404:  # beyond the school years
                return
            page = CalendarPage(response.content.decode())
            toggled = [day for day in _working_days(month) if not (day in page.boxes and page.boxes[day].booked)]
            reserved = [day for day, box in page.boxes.items() if box.booked]
            self.browser.post(address, page.forge(toggled, shown=reserved))

        lines = {line.day: line for line in BookingReceipt.objects.get().lines.all()}
        assert set(lines) == set(_working_days(month))  # every day is answered for
        accepted = {day for day, line in lines.items() if line.outcome in (Outcome.BOOKED, Outcome.CANCELLED)}
        assert accepted == page.open
        assert all(line.reason for day, line in lines.items() if day not in accepted)
        assert accepted == self._days_that_changed(reserved)

    def _town(self, month, add, cancel, shared, booked, booked_by_father, full):
        Activity.objects.update(add_days=add[0], add_hour=add[1], cancel_days=cancel[0], cancel_hour=cancel[1])
        ActivitySite.objects.update(places=20)
        if not shared:
            self.child.custodies.filter(family=self.father.family).delete()
            self.child.custodies.update(rhythm="pleine")
        for number in booked | booked_by_father:
            day = _day(month, number)
            mine = self.hers if number in booked else self.his
            enrolment = next((e for e in mine if e.starts_on <= day <= e.ends_on), None) if day else None
            if enrolment:
                BookingFactory(enrolment=enrolment, day=day)
        for number in full:
            if day := _day(month, number):
                SiteDay.objects.create(site=self.hers[0].site, day=day, places=0)

    def _days_that_changed(self, reserved):
        now = set(Booking.objects.filter(status="active", family=self.mother.family).values_list("day", flat=True))
        return now ^ set(reserved)


rules = st.one_of(
    deadlines.map(lambda rule: {"kind": "jours", "days": rule[0], "hour": rule[1], "working": False, "weekday": 1}),
    st.builds(
        lambda days, hour: {"kind": "jours", "days": days, "hour": hour, "working": True, "weekday": 1},
        st.integers(1, 5),
        hours,
    ),
    st.builds(
        lambda kind, weekday, hour: {"kind": kind, "days": 7, "hour": hour, "working": False, "weekday": weekday},
        st.sampled_from(["precedent", "semaine"]),
        st.integers(0, 6),
        hours,
    ),
)
FORMULAS = ("journee-repas", "matin")


class ServicesProperty(TestCase):
    """A child at the canteen, at the centre on Wednesdays by formulas and at the centre of the holidays, all on one page."""

    @classmethod
    def setUpTestData(cls):
        cls.years = [SchoolYearFactory(label=label) for label in ZONE_C]
        cls.mother = GuardianFactory(with_space=True)
        cls.child = ChildFactory(at_home=cls.mother.family)
        never = dict.fromkeys(("on_monday", "on_tuesday", "on_thursday", "on_friday"), False)
        cls.wednesdays = ActivityFactory(slug="mercredis", name="Mercredis", is_meal=False, on_wednesday=True, **never)
        cls.centre = ActivityFactory(
            slug="vacances", name="Centre", season="vacances", is_meal=False, on_wednesday=True
        )
        for activity in (cls.wednesdays, cls.centre):
            for formula in FORMULAS:
                ActivityFormula.objects.create(activity=activity, formula=formula, opens_at=time(8), closes_at=time(18))
        cls.enrolments = [
            EnrolmentFactory(child=cls.child, family=cls.mother.family, activity=activity, school_year=year)
            for activity in (ActivityFactory(), cls.wednesdays, cls.centre)
            for year in cls.years[1:]
        ]
        cls.agent = UserFactory(agent=True)
        cls.browser = Client()
        cls.browser.force_login(cls.mother.user)

    @settings(max_examples=40, deadline=None)
    @given(
        at=instants,
        months_ahead=st.integers(0, 2),
        add=rules,
        cancel=rules,
        opens=st.integers(-40, 20),
        closes=st.integers(1, 60),
        closed=st.sets(st.integers(1, 31), max_size=2),
        booked=st.dictionaries(st.integers(1, 31), st.sampled_from(FORMULAS), max_size=8),
        full=st.sets(st.integers(1, 31), max_size=3),
        formula=st.sampled_from(FORMULAS),
        wishes=st.booleans(),
    )
    def test_open_on_the_page_of_all_services_is_what_a_submit_accepts(
        self, at, months_ahead, add, cancel, opens, closes, closed, booked, full, formula, wishes
    ):
        month = _month_after(at.date(), months_ahead)
        self._town(month, at, add, cancel, (opens, closes), closed, booked, full, wishes)
        address = f"/reservations/{month:%Y-%m}/"
        with mock.patch.object(clock, "now", return_value=at):
            response = self.browser.get(address)
            if response.status_code == 404:  # beyond the school years
                return
            page = CalendarPage(response.content.decode())
            before = self._booked()
            slugs = {row.activity.slug for row in self.enrolments if row.starts_on <= month_bounds(month)[1]}
            days = _working_days(month)
            sent = {"envoi": "6f4c0a52-1f5d-4f6e-9b55-1d2f0d6a7d11", "affiches": [], "libres": []}
            for slug in slugs:
                key, held = f"{self.child.pk}-{slug}", {day: own for (name, day), own in before.items() if name == slug}
                chosen = formula if slug != "restauration" else ""
                sent["affiches"].append(" ".join([key, *(with_formula(day, own) for day, own in held.items())]))
                sent[key] = [with_formula(day, chosen) for day in days if day not in held]
            self.browser.post(address, sent)

        receipt = BookingReceipt.objects.get()
        lines = {(line.activity.slug, line.day): line for line in receipt.lines.select_related("activity")}
        assert lines.keys() >= {(slug, day) for slug in slugs for day in days}  # every day is answered for
        done = (Outcome.BOOKED, Outcome.CANCELLED)
        accepted = {key for key, line in lines.items() if line.outcome in done and line.day in days}
        shown = {
            (key.partition("-")[2], day)
            for key, boxes in page.slots.items()
            for day, box in boxes.items()
            if box.enabled
        }
        assert accepted == shown
        assert all(line.reason for key, line in lines.items() if key not in accepted and line.day in days)
        after = self._booked()
        assert {key for key in before.keys() ^ after.keys() if key[1] in days} == accepted

    def _town(self, month, at, add, cancel, window, closed, booked, full, wishes):
        fields = {f"add_{name}": value for name, value in add.items()}
        Activity.objects.update(**fields, **{f"cancel_{name}": value for name, value in cancel.items()})
        ActivitySite.objects.update(places=20)
        first, last = month_bounds(month)
        opens_at = at + timedelta(days=window[0])
        HolidayPeriod.objects.create(
            activity=self.centre, label="Vacances", starts_on=first + timedelta(days=9), ends_on=last,
            mode="voeux" if wishes else "premier-arrive", opens_at=opens_at, closes_at=opens_at + timedelta(days=window[1]),
        )  # fmt: skip
        for number in closed:
            if day := _day(month, number):
                Closure.objects.create(
                    kind="greve",
                    label="Grève",
                    starts_on=day,
                    ends_on=day,
                    decided_at=at,
                    decided_by=self.agent,
                    submission=uuid4(),
                )
        for number, formula in booked.items():
            if day := _day(month, number):
                for enrolment in self.enrolments:
                    if enrolment.starts_on <= day <= enrolment.ends_on and day.weekday() in enrolment.activity.weekdays:
                        own = "" if enrolment.activity.slug == "restauration" else formula
                        BookingFactory(enrolment=enrolment, day=day, formula=own)
        for number in full:
            if day := _day(month, number):
                for site in ActivitySite.objects.all():
                    SiteDay.objects.create(site=site, day=day, places=0)

    def _booked(self):
        rows = Booking.objects.filter(status="active").values_list("activity__slug", "day", "formula")
        return {(slug, day): formula for slug, day, formula in rows}


def _month_after(day, months):
    for _ in range(months):
        day = month_bounds(day)[1] + timedelta(days=1)
    return day.replace(day=1)


def _working_days(month):
    return [day for day in days_between(*month_bounds(month)) if day.weekday() < 5]


def _day(month, number):
    """A working day of the month, or None."""
    try:
        day = month.replace(day=number)
    except ValueError:
        return None
    return day if day.weekday() < 5 else None
