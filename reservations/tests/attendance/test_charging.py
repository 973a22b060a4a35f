"""A child seen without a booking: an agent has the day charged once, or gives it back; the sheet keeps what was seen."""

import pytest
from django.urls import reverse

from families.tests.factories import ChildFactory, FamilyFactory
from reservations.models import ActivityFormula, Attendance, Booking
from reservations.services.attendance import charge_presences, waive_presences
from reservations.tests.attendance.conftest import DAY, at
from reservations.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def zoe(site, nadia, tablet):
    """Zoé is enrolled, booked nothing, and was there."""
    family = FamilyFactory(name="Petit")
    zoe = ChildFactory(first_name="Zoé", school=site.school, at_home=family)
    EnrolmentFactory(child=zoe, family=family, activity=site.activity, site=site)
    tablet(nadia, zoe, "sans-reservation", "12:05")
    return zoe


def seen(child):
    return Attendance.objects.get(child=child)


def charge(agent, *children):
    return charge_presences(attendances=[seen(child).pk for child in children], by=agent, at=at("17:00"))


def test_the_day_is_booked_after_the_fact_once_and_the_sheet_stays(agent, zoe):
    charged = charge(agent, zoe)
    again = charge(agent, zoe)

    booking = Booking.objects.get(child=zoe)
    assert (booking.unannounced, booking.booked_by, booking.day, booking.late_reason) == (True, agent, DAY, "")
    assert (charged.booked, again.booked) == ([booking], [])
    assert "déjà réservé" in again.refused[0]
    assert seen(zoe).state == Attendance.State.UNBOOKED


def test_what_is_not_clear_is_not_charged_and_says_why(agent, site, nadia, tablet, zoe, bookings):
    tablet(nadia, bookings[0].child, "present", "12:01")
    assert "il n’est pas « venu sans réservation »" in charge(agent, bookings[0].child).refused[0]
    for formula in ("journee", "matin"):
        ActivityFormula.objects.create(activity=site.activity, formula=formula, opens_at="08:00", closes_at="18:00")
    assert "plusieurs formules" in charge(agent, zoe).refused[0]
    ActivityFormula.objects.all().delete()
    zoe.enrolments.update(ends_on=DAY.replace(day=1))
    assert "n’y est pas inscrit" in charge(agent, zoe).refused[0]
    zoe.enrolments.update(ends_on=DAY)
    Attendance.objects.update(family=None)
    assert "aucun foyer" in charge(agent, zoe).refused[0]
    assert not Booking.objects.filter(child=zoe).exists()


def test_a_day_charged_is_given_back_and_a_booked_one_is_not(agent, nadia, tablet, zoe, bookings):
    tablet(nadia, bookings[0].child, "present", "12:01")
    charge(agent, zoe)
    rows = [seen(zoe).pk, seen(bookings[0].child).pk]
    assert waive_presences(attendances=rows, by=agent, at=at("17:10")) == 1
    assert Booking.objects.get(child=zoe).cancelled_by == agent
    assert Booking.objects.get(pk=bookings[0].pk).status == Booking.Status.ACTIVE
    assert charge(agent, zoe).booked  # and may be charged again


def test_an_agent_finds_them_and_charges_them(client_of, agent, nadia, zoe):
    page = reverse("admin:reservations_attendance_changelist")
    agents = client_of(agent)
    assert "Zoé" in agents.get(f"{page}?constat=a-facturer").content.decode()
    posted = {"action": "charge", "_selected_action": [seen(zoe).pk]}
    assert "Jours qui seront facturés\u00a0: 1." in agents.post(page, posted, follow=True).content.decode()
    assert "Zoé" not in agents.get(f"{page}?constat=a-facturer").content.decode()
