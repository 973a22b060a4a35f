"""What is touched at the door is kept once, in the order in which it was touched, and answered."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory
from reservations.models import Attendance, AttendancePost, AttendanceTouch, Booking
from reservations.rules.attendance import Touch
from reservations.services.attendance import take_attendance
from reservations.tests.attendance.conftest import DAY, at
from reservations.tests.factories import ActivityFactory, ActivitySiteFactory, BookingFactory

pytestmark = pytest.mark.django_db
NOON = at("12:00")


def test_a_child_is_noted_present(tablet, nadia, bookings):
    answer = tablet(nadia, bookings[0].child, "present", "16:31", sent="18:02", arrived=time(16, 31))
    row = Attendance.objects.get()
    assert (answer.outcome, answer.reason) == ("retenu", "")
    assert (row.state, row.booking, row.family, row.by) == ("present", bookings[0], bookings[0].family, nadia)
    assert (row.touched_at, row.received_at, row.arrived_at) == (at("16:31"), at("18:02"), time(16, 31))
    assert not row.is_late


def test_a_touch_sent_twice_counts_once(tablet, nadia, bookings):
    key = uuid4()
    first = tablet(nadia, bookings[0].child, "present", "16:31", key=key)
    again = tablet(nadia, bookings[0].child, "present", "16:31", sent="17:00", key=key)
    assert [first.outcome, again.outcome] == ["retenu", "deja-recu"]
    assert AttendanceTouch.objects.count() == 1
    assert Attendance.objects.get().received_at == at("16:31")


def test_one_sending_may_hold_a_touch_twice(nadia, bookings, site):
    touch = Touch(uuid4(), site.pk, DAY, bookings[0].child.pk, "present", NOON)
    answers = take_attendance(user=nadia, touches=[touch, touch], tablet_now=NOON, at=NOON)
    assert [answer.outcome for answer in answers] == ["retenu", "retenu"]
    assert AttendanceTouch.objects.count() == 1


def test_two_tablets_on_one_sheet_the_last_touch_wins_and_both_stay(tablet, nadia, agent, bookings):
    zoe = bookings[0].child
    late = tablet(agent, zoe, "absent", "16:40", sent="16:41")
    early = tablet(nadia, zoe, "present", "16:31", sent="18:00")
    row = Attendance.objects.get()
    assert [late.outcome, early.outcome] == ["retenu", "depasse"]
    assert (row.state, row.by) == ("absent", agent)
    assert list(row.touches.values_list("state", "stood")) == [("absent", True), ("present", False)]


def test_a_touch_taken_back_leaves_its_trace(tablet, nadia, bookings):
    zoe = bookings[0].child
    tablet(nadia, zoe, "present", "16:31")
    tablet(nadia, zoe, "efface", "16:32")
    row = Attendance.objects.get()
    assert (row.state, row.arrived_at) == ("efface", None)
    assert [touch.state for touch in row.touches.all()] == ["efface", "present"]


def test_a_child_who_came_without_a_booking_is_of_the_household_that_has_her(tablet, nadia, site):
    mother, father = FamilyFactory(), FamilyFactory()
    zoe = ChildFactory(school=site.school)
    CustodyFactory(child=zoe, family=mother, odd_weeks=True)  # 19 November 2026 is in week 47
    CustodyFactory(child=zoe, family=father, even_weeks=True)
    tablet(nadia, zoe, "sans-reservation", "16:31")
    row = Attendance.objects.get()
    assert (row.state, row.booking, row.family) == ("sans-reservation", None, mother)


def test_a_child_of_nobody_s_week_is_noted_all_the_same(tablet, nadia, site):
    tablet(nadia, ChildFactory(school=site.school), "sans-reservation", "16:31")
    assert Attendance.objects.get().family is None


def test_what_changed_since_the_morning_changes_the_word_not_the_fact(tablet, nadia, bookings, site):
    cancelled, booked = bookings[0], ChildFactory(school=site.school)
    Booking.objects.filter(pk=cancelled.pk).update(status="annulee", cancelled_at=NOON)
    said = tablet(nadia, cancelled.child, "present", "16:31")
    assert "venu sans réservation" in said.reason
    enrolment = type(cancelled.enrolment).objects.get(pk=bookings[1].enrolment.pk)
    BookingFactory(enrolment=enrolment, child=booked, family=enrolment.family, day=DAY)
    said = tablet(nadia, booked, "sans-reservation", "16:32")
    assert "noté présent" in said.reason
    assert list(Attendance.objects.order_by("pk").values_list("state", flat=True)) == ["sans-reservation", "present"]


@pytest.mark.parametrize("state", ["absent", "present", "sans-reservation", "efface"])
def test_a_child_of_another_school_is_refused(tablet, nadia, state):
    answer = tablet(nadia, ChildFactory(), state, "16:31")
    assert answer.outcome == "refuse"
    assert not Attendance.objects.exists()


def test_a_child_that_does_not_exist_is_refused(nadia, site):
    touch = Touch(uuid4(), site.pk, DAY, 999_999, "efface", NOON)
    assert take_attendance(user=nadia, touches=[touch], tablet_now=NOON, at=NOON)[0].outcome == "refuse"


def test_a_good_touch_is_kept_beside_a_refused_one(nadia, bookings, site):
    touches = [
        Touch(uuid4(), site.pk, DAY, ChildFactory().pk, "present", NOON),
        Touch(uuid4(), site.pk, DAY, bookings[0].child.pk, "present", NOON),
    ]
    answers = take_attendance(user=nadia, touches=touches, tablet_now=NOON, at=NOON)
    assert [answer.outcome for answer in answers] == ["refuse", "retenu"]


def test_another_school_s_sheet_is_not_hers(tablet, nadia, agent):
    other = ActivitySiteFactory(activity=ActivityFactory())
    child = ChildFactory(school=other.school)
    assert "n’est pas la vôtre" in tablet(nadia, child, "sans-reservation", "16:31", on=other).reason
    assert tablet(agent, child, "sans-reservation", "16:31", on=other).outcome == "retenu"


def test_a_place_given_until_a_day_is_hers_that_day_and_no_more(tablet, nadia, bookings):
    AttendancePost.objects.update(until=DAY)
    assert tablet(nadia, bookings[0].child, "present", "16:31").outcome == "retenu"
    later = tablet(nadia, bookings[1].child, "present", "16:31", sent="08:00", sent_on=DAY + timedelta(days=1))
    assert "n’est pas la vôtre" in later.reason


def test_a_touch_of_the_day_after_is_late(tablet, nadia, bookings):
    touch = Touch(uuid4(), bookings[0].site.pk, DAY, bookings[0].child.pk, "present", at("09:00", date(2026, 11, 20)))
    now = at("09:01", date(2026, 11, 20))
    take_attendance(user=nadia, touches=[touch], tablet_now=now, at=now)
    assert Attendance.objects.get().is_late


def test_an_agent_corrects_what_an_animatrice_no_longer_can(nadia, agent, bookings):
    now = at("09:00", date(2026, 12, 4))
    touch = Touch(uuid4(), bookings[0].site.pk, DAY, bookings[0].child.pk, "present", now)
    (hers,) = take_attendance(user=nadia, touches=[touch], tablet_now=now, at=now)
    (his,) = take_attendance(user=agent, touches=[touch], tablet_now=now, at=now)
    assert "est close" in hers.reason
    assert his.outcome == "retenu"


def test_the_clock_of_a_tablet_is_brought_back_and_said(tablet, nadia, bookings):
    tablet(nadia, bookings[0].child, "present", "19:31", sent="18:00", tablet_says=at("21:00"), left=at("20:45"))
    row = Attendance.objects.get()
    assert (row.touched_at, row.left_at) == (at("16:31"), time(17, 45))
    assert row.touches.get().clock_fixed


@pytest.mark.parametrize("number", [2, 60])
def test_a_sending_costs_the_same_with_two_touches_and_with_sixty(
    nadia, site, bookings, number, django_assert_max_num_queries
):
    children = [ChildFactory(school=site.school) for _ in range(number - 1)]
    touches = [Touch(uuid4(), site.pk, DAY, child.pk, "sans-reservation", NOON) for child in children]
    touches.append(Touch(uuid4(), site.pk, DAY, bookings[0].child.pk, "present", NOON))
    with django_assert_max_num_queries(16):
        answers = take_attendance(user=nadia, touches=touches, tablet_now=NOON, at=NOON)
    assert {answer.outcome for answer in answers} == {"retenu"}


# --- What the database holds ------------------------------------------------------------------------------------------


def row(of, **fields):
    return Attendance(
        **{
            "child": of.child, "family": of.family, "activity": of.activity, "site": of.site,
            "day": DAY, "booking": of, "state": "present", "touch": uuid4(), "touched_at": NOON,
            "received_at": NOON, **fields,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields", [{"state": "sans-reservation"}, {"booking": None}, {"state": "absent", "booking": None}]
)
def test_a_state_and_a_booking_agree(nadia, bookings, fields):
    with pytest.raises(IntegrityError, match="attendance_beside_a_booking"), transaction.atomic():
        row(bookings[0], by=nadia, **fields).save()


def test_a_child_is_noted_once_a_day(nadia, bookings):
    row(bookings[0], by=nadia).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        row(bookings[0], by=nadia).save()


def test_a_place_is_given_once_and_is_a_school_or_a_centre(nadia, site):
    for fields in ({"school": site.school}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AttendancePost.objects.create(user=nadia, **fields)


def test_a_touch_is_not_after_it_was_received(nadia, bookings):
    noted = row(bookings[0], by=nadia)
    noted.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        AttendanceTouch.objects.create(
            attendance=noted, key=uuid4(), state="present", touched_at=at("13:00"), received_at=NOON, by=nadia
        )
