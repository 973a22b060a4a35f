"""What is previewed is what is booked, whatever the pattern, the rules, the closures, the custody and the places.

The preview is rendered and read as a browser reads it, then sent as it is, at the same instant.
"""

import re
from datetime import date, datetime, time, timedelta
from html import unescape
from unittest import mock
from urllib.parse import urlencode

from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.base.french import WEEKDAYS
from families.tests.factories import ChildFactory, CustodyFactory, GuardianFactory
from reservations.models import Activity, ActivitySite, Booking, Closure, ReceiptLine, SiteDay
from reservations.rules.deadlines import DeadlineKind
from reservations.tests.factories import (
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)

FIRST, LAST = date(2026, 9, 1), date(2027, 7, 2)
DAYS = st.dates(FIRST, LAST)
SCHOOL_DAYS = st.lists(st.sampled_from(["lundi", "mardi", "jeudi", "vendredi"]), unique=True, max_size=4)


class PatternProperty(TestCase):
    """Zoé, who lives in two households, and her sister Lou, at one canteen and one centre."""

    @classmethod
    def setUpTestData(cls):
        SchoolYearFactory()
        cls.mother, cls.father = (GuardianFactory(with_space=True) for _ in range(2))
        cls.zoe = ChildFactory(first_name="Zoé", birth_date=date(2016, 1, 1))
        CustodyFactory(child=cls.zoe, family=cls.mother.family, even_weeks=True)
        CustodyFactory(child=cls.zoe, family=cls.father.family, odd_weeks=True)
        cls.mine = EnrolmentFactory(child=cls.zoe, family=cls.mother.family)
        cls.his = EnrolmentFactory(child=cls.zoe, family=cls.father.family)
        cls.lou, cls.hers = a_child_at_the_canteen(cls.mother.family, first_name="Lou", school=cls.zoe.school)
        for child in (cls.zoe, cls.lou):
            a_child_on_wednesdays(cls.mother.family, child=child)
        cls.agent = UserFactory(is_staff=True)
        cls.browser = Client()
        cls.browser.force_login(cls.mother.user)

    @settings(max_examples=40)
    @given(
        at=st.datetimes(datetime(2026, 9, 1), datetime(2027, 7, 1)),
        length=st.integers(0, 200),
        weekdays=SCHOOL_DAYS,
        wednesdays=st.booleans(),
        formula=st.sampled_from(["journee-repas", "matin"]),
        weeks=st.sampled_from(["toutes", "paires", "impaires"]),
        ahead=st.integers(0, 10),
        kind=st.sampled_from(list(DeadlineKind)),
        hour=st.sampled_from([None, time(9), time(2, 30)]),
        places=st.sampled_from([None, 0, 1, 2, 30]),
        booked=st.lists(st.tuples(DAYS, st.sampled_from(["mine", "his", "hers"])), max_size=12),
        full=st.lists(DAYS, max_size=6),
        closed=st.lists(st.tuples(DAYS, st.integers(0, 5)), max_size=2),
        others=st.booleans(),
    )
    @example(
        datetime(2026, 12, 14, 12),
        60,
        ["lundi"],
        True,
        "matin",
        "impaires",
        7,
        DeadlineKind.DAYS,
        None,
        1,
        [],
        [],
        [],
        True,
    )
    def test_what_is_previewed_is_what_is_booked(
        self,
        at,
        length,
        weekdays,
        wednesdays,
        formula,
        weeks,
        ahead,
        kind,
        hour,
        places,
        booked,
        full,
        closed,
        others,
    ):
        at = at.replace(tzinfo=PARIS)
        self._town(ahead, kind, hour, places, booked, full, closed)
        children = [self.zoe.pk, self.lou.pk] if others else [self.zoe.pk]
        fields = {
            "apercu": "1",
            "enfants": children,
            "du": at.date().isoformat(),
            "jusqu": "date",
            "au": (at.date() + timedelta(days=length)).isoformat(),
            "semaines": weeks,
            "jours-tous-restauration": weekdays,
            "jours-tous-mercredis": ["mercredi"] if wednesdays else [],
            "formule-tous-mercredis": formula,
        }
        address = f"/reservations/semaine-type/?{urlencode(fields, doseq=True)}"
        before = self._booked()
        with mock.patch.object(clock, "now", return_value=at):
            html = unescape(self.browser.get(address).content.decode())
            sent = {name: re.findall(rf'name="{name}" value="([^"]+)"', html) for name in ("envoi", "vu")}
            promised = _read(sent["vu"])
            if sent["envoi"]:
                self.browser.post(address, sent)

        assert self._booked() - before == promised
        assert before <= self._booked()
        lines = ReceiptLine.objects.select_related("activity")
        assert {line.outcome for line in lines} <= {"reserve"}  # nothing was a surprise
        for child, slug, day, _ in promised:
            assert at.date() <= day <= at.date() + timedelta(days=length)
            assert WEEKDAYS[day.weekday()] in (weekdays if slug == "restauration" else ["mercredi"])
            assert weeks == "toutes" or (day.isocalendar().week % 2 == 1) == (weeks == "impaires")
            assert child != self.zoe.pk or day.isocalendar().week % 2 == 0  # her weeks here

    def _town(self, ahead, kind, hour, places, booked, full, closed):
        Activity.objects.update(add_days=ahead, add_kind=kind.value, add_hour=hour)
        ActivitySite.objects.update(places=places)
        for day, whose in dict(booked).items():
            enrolment = getattr(self, whose)
            if day.weekday() != 2 and not Booking.objects.filter(child=enrolment.child_id, day=day).exists():
                BookingFactory(enrolment=enrolment, day=day)
        for day in set(full):
            SiteDay.objects.create(site=self.mine.site, day=day, places=0)
        for day, length in closed:
            Closure.objects.create(
                kind="fermeture",
                label="Travaux",
                starts_on=day,
                ends_on=day + timedelta(days=length),
                decided_at=clock.midnight(FIRST),
                decided_by=self.agent,
            )

    def _booked(self):
        rows = Booking.objects.filter(status="active", family=self.mother.family)
        return set(rows.values_list("child_id", "activity__slug", "day", "formula"))


def _read(rows):
    return {
        (int(child), slug, date(int(text[:4]), int(text[4:6]), int(text[6:])), formula)
        for child, slug, _, formula, packed in (row.split("|") for row in rows)
        for text in packed.split()
    }
