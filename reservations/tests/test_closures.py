"""Closed days: who is touched, what is freed and told, what comes back when it is undone."""

import html
import threading
from datetime import date, datetime
from uuid import uuid4

import pytest
from django.urls import reverse
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meet, take_locks_away
from families.models import Child, FamilyRequest
from families.tests.factories import FamilyFactory, GuardianFactory
from reservations import services
from reservations.models import Booking, Closure, ClosureNotice
from reservations.queries.closures import affected, coming_closures
from reservations.rules.changes import DayChanges
from reservations.services import booking as booking_services
from reservations.services.closures import close_days, closing, tell_closures, undo_closure
from reservations.tests.factories import (
    ActivityFactory,
    ActivitySiteFactory,
    BookingFactory,
    EnrolmentFactory,
    a_child_at_the_canteen,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    child, enrolment = a_child_at_the_canteen(mother.family, first_name="Zoé")
    BookingFactory(enrolment=enrolment, day=MONDAY)
    BookingFactory(enrolment=enrolment, day=TUESDAY)
    return child


@pytest.fixture
def ana():
    """A child of another school and another household, who eats there on the same day."""
    child, enrolment = a_child_at_the_canteen(GuardianFactory(family=FamilyFactory()).family, first_name="Ana")
    BookingFactory(enrolment=enrolment, day=MONDAY)
    return child


def strike(**fields):
    return Closure(**{"kind": "greve", "label": "Grève", "starts_on": MONDAY, "ends_on": MONDAY, **fields})


def close(closure=None, *activities, at=NOON):
    return close_days(closure=closure or strike(), activities=activities, by=UserFactory(agent=True), at=at)


def days(child):
    return set(Booking.objects.filter(child=child, status="active").values_list("day", flat=True))


def test_a_school_s_strike_frees_its_days_and_nobody_else_s(mother, zoe, ana):
    seen = affected(strike(school=zoe.school), [], at=NOON)
    assert (seen.bookings, seen.children, seen.households, seen.ordered) == (1, 1, 1, 0)

    closure = close(strike(school=zoe.school))

    assert (days(zoe), days(ana)) == ({TUESDAY}, {MONDAY})
    freed = Booking.objects.get(closure=closure)
    assert (freed.day, freed.status) == (MONDAY, "annulee")
    request = FamilyRequest.objects.get(kind="fermeture")
    assert (request.family, request.summary) == (
        mother.family,
        "Grève\u00a0: 1 réservation annulée par le service (Zoé)",
    )


@pytest.mark.parametrize(
    ("scope", "left_to_zoe", "left_to_ana"),
    [
        ({}, {TUESDAY}, set()),
        ({"level": "CP"}, {TUESDAY}, {MONDAY}),
        ({"level": "CM2"}, {MONDAY, TUESDAY}, set()),
        ({"class_name": "CP A"}, {TUESDAY}, {MONDAY}),
        ({"class_name": "CP B"}, {MONDAY, TUESDAY}, {MONDAY}),
    ],
    ids=lambda each: "-".join(each) or "town" if isinstance(each, dict) else "",
)
def test_what_is_closed_is_freed_for_whom_it_says(mother, zoe, ana, scope, left_to_zoe, left_to_ana):
    Child.objects.filter(pk=zoe.pk).update(level="CP", class_name="CP A")
    Child.objects.filter(pk=ana.pk).update(level="CM2", class_name="CM2 A")
    if "class_name" in scope:  # a class is one of a school
        scope = {**scope, "school": zoe.school}
    close(strike(**scope))
    assert (days(zoe), days(ana)) == (left_to_zoe, left_to_ana)


def test_only_the_activities_that_are_named_are_closed(mother, zoe):
    other = ActivityFactory(slug="garderie")
    close(strike(), other)
    assert days(zoe) == {MONDAY, TUESDAY}
    close(strike(), zoe.enrolments.get().activity)
    assert days(zoe) == {TUESDAY}


def test_an_agent_reads_who_is_touched_then_closes_then_undoes(mother, zoe, ana, client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    client.force_login(UserFactory(agent=True, role=AGENTS))
    page = reverse("admin:reservations_closure_close")
    typed = {
        "kind": "greve",
        "label": "Grève nationale",
        "starts_on": "2026-12-07",
        "ends_on": "2026-12-07",
        "school": zoe.school_id,
        "submission": str(uuid4()),
    }
    seen = client.post(page, typed | {"etape": "relire"})
    assert (seen.context["seen"].bookings, days(zoe)) == (1, {MONDAY, TUESDAY})
    assert "Grève nationale" in seen.content.decode()

    told = client.post(page, typed | {"etape": "fermer"}, follow=True).content.decode()
    assert "C’est fermé. Réservations libérées" in html.unescape(told)
    assert (days(zoe), days(ana)) == ({TUESDAY}, {MONDAY})

    undo = reverse("admin:reservations_closure_undo", args=[Closure.objects.get().pk])
    assert "Grève nationale" in client.get(undo).content.decode()
    client.post(undo)
    assert days(zoe) == {MONDAY, TUESDAY}


def test_each_household_is_told_once(mother, zoe, ana):
    close()
    assert tell_closures(at=NOON) == 2
    assert tell_closures(at=NOON) == 0
    mail = Email.objects.get(to=mother.user.email)
    assert mail.subject == "Grève, le 7 décembre 2026 : vos réservations sont annulées"
    assert "Zoé" in mail.message
    assert "Ana" not in mail.message


def test_the_same_form_sent_twice_closes_once(zoe):
    submission = uuid4()
    first, second = close(strike(submission=submission)), close(strike(submission=submission))
    assert first == second
    assert Closure.objects.count() == 1


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"ends_on": date(2026, 12, 6)}, "La fin précède le début."),
        ({"starts_on": date(2026, 9, 1)}, "Un jour passé depuis plus de 60 jours ne se ferme plus."),
        ({"ends_on": date(2027, 2, 8)}, "Une fermeture dure 60 jours au plus. Faites-en plusieurs."),
    ],
)
def test_days_that_cannot_be_closed_say_why(zoe, fields, sentence):
    with pytest.raises(Refusal, match=sentence):
        close(strike(**fields))
    assert days(zoe) == {MONDAY, TUESDAY}


def test_undone_what_was_freed_comes_back_even_past_its_deadline(mother, zoe):
    closure = close()
    undo_closure(closure=closure, by=UserFactory(agent=True), at=datetime(2026, 12, 4, 9, tzinfo=PARIS))
    assert days(zoe) == {MONDAY, TUESDAY}
    assert set(ClosureNotice.objects.values_list("undone", flat=True)) == {False, True}
    with pytest.raises(Refusal, match="déjà annulée"):
        undo_closure(closure=closure, by=UserFactory(agent=True), at=NOON)


def test_undone_a_day_whose_enrolment_has_ended_does_not_come_back_and_says_why(mother, zoe):
    closure = close()
    zoe.enrolments.update(ends_on=date(2026, 11, 30))
    undo_closure(closure=closure, by=UserFactory(agent=True), at=NOON)
    assert days(zoe) == {TUESDAY}
    line = ClosureNotice.objects.get(undone=True).receipt.lines.get()
    assert (line.outcome, line.reason) == ("refuse", "l’inscription a pris fin le 30 novembre 2026")


def test_the_first_page_reads_the_closures_of_its_own_children(mother, zoe, ana):
    wednesdays = ActivityFactory(
        slug="mercredis", name="Mercredis", on_wednesday=True, on_monday=False, on_tuesday=False
    )
    site = ActivitySiteFactory(activity=wednesdays, school=zoe.school)
    EnrolmentFactory(child=zoe, family=mother.family, activity=wednesdays, site=site)  # which do not run on that day
    close(strike(school=zoe.school))
    (found,) = coming_closures(mother.family, today=NOON.date())
    assert (found.label, found.children, found.activities) == ("Grève", ["Zoé"], ["Restauration scolaire"])
    assert coming_closures(ana.enrolments.get().family, today=NOON.date()) == []


# --- At the same instant ----------------------------------------------------------------------------------------------

LATER = date(2026, 12, 10)


def booked_while_it_is_closed(mother, zoe, monkeypatch):
    """A parent books the day that an agent closes; both have read before either writes, if nothing holds them."""
    gate = threading.Barrier(2)

    def after_the_other(function):
        def slowly(*args):
            meet(gate)
            return function(*args)

        return slowly

    monkeypatch.setattr(booking_services, "write_receipt", after_the_other(booking_services.write_receipt))
    monkeypatch.setattr(closing, "_free", after_the_other(closing._free))
    asked = {(zoe.pk, "restauration"): DayChanges(additions=frozenset([LATER]))}
    book = lambda: services.book_days(  # noqa: E731
        family=mother.family, guardian=mother, user=mother.user, changes=asked, submission=uuid4(), at=NOON
    )
    at_once(book, lambda: close(strike(starts_on=LATER, ends_on=LATER)))
    return Booking.objects.filter(day=LATER, status="active").count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_booking_is_left_on_a_day_that_is_being_closed(mother, zoe, monkeypatch):
    assert booked_while_it_is_closed(mother, zoe, monkeypatch) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_booking_stays_on_a_closed_day(mother, zoe, monkeypatch):
    take_locks_away(monkeypatch)
    assert booked_while_it_is_closed(mother, zoe, monkeypatch) == 1
