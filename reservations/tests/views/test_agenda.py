"""« Mon agenda »: the address, what a calendar program reads there, and who no longer reads anything."""

import logging
import re
from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from accounts.models import User
from castres_portal.base.clock import PARIS
from families import counter
from families.models import Guardian
from families.tests.factories import ChildFactory, FamilyFactory, GuardianFactory
from reservations.models import AgendaFeed, Booking, HolidayPeriod
from reservations.queries.agenda import digest_of
from reservations.services.agenda import cut_feed, forget_feeds, make_feed
from reservations.tests.factories import (
    BookingFactory,
    HolidayPeriodFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)

pytestmark = pytest.mark.django_db

PAGE = "/compte/mon-agenda/"
NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MONDAY = date(2026, 12, 7)
SEED = "graine-de-quarante-trois-signes-pour-un-lien"


@pytest.fixture
def address(mother):
    """Her feed's path."""
    return f"/agenda/{make_feed(guardian=mother, user=mother.user, seed=SEED, at=NOON)}.ics"


def read(path, **headers):
    return Client().get(path, headers=headers)


def events(path):
    response = read(path)
    assert response.status_code == 200
    return Calendar.from_ical(response.content).walk("VEVENT")


def days(path):
    return [event for event in events(path) if event["UID"].startswith("jour-")]


def seed_of(page):
    return re.search(r'name="graine" value="([^"]+)"', page).group(1)


# --- The page ---------------------------------------------------------------------------------------------------------


def test_a_mother_makes_her_address_sees_it_once_and_her_telephone_reads_it(signed_in, mother, zoe):
    seed = seed_of(signed_in.get(PAGE).content.decode())
    page = signed_in.post(PAGE, {"graine": seed}).content.decode()
    token = re.search(r"/agenda/([\w-]{43})\.ics", page).group(1)
    assert 'href="webcal://' in page and "sera plus affiché" in page

    assert read(f"/agenda/{token}.ics").status_code == 200

    again = signed_in.get(PAGE).content.decode()
    assert token not in again and "19/11/2026 à 12:06" in again and "pour la dernière fois" in again
    feed = AgendaFeed.objects.get()
    assert (feed.made_by, feed.read_at, feed.digest) == (mother.user, NOON, digest_of(token))
    assert token not in str(AgendaFeed.objects.values().get())


def test_a_form_sent_twice_shows_the_same_address(signed_in, zoe):
    pages = [signed_in.post(PAGE, {"graine": SEED}).content.decode() for _ in range(2)]
    found = {re.search(r"/agenda/([\w-]{43})\.ics", page).group(1) for page in pages}
    assert len(found) == AgendaFeed.objects.count() == 1


def test_another_address_replaces_the_first_and_an_old_form_does_not_bring_it_back(signed_in, zoe, address):
    other = signed_in.post(PAGE, {"graine": SEED[::-1]}).content.decode()

    assert read(address).status_code == 404
    assert read(re.search(r"/agenda/[\w-]{43}\.ics", other).group(0)).status_code == 200
    assert "a déjà servi" in signed_in.post(PAGE, {"graine": SEED}, follow=True).content.decode()
    assert "a déjà servi" in signed_in.post(PAGE, {"graine": "court"}, follow=True).content.decode()
    assert AgendaFeed.objects.filter(ended_at=None).count() == 1


def test_cut_it_shows_nothing_any_more_and_says_who_cut_it(signed_in, mother, address):
    assert "est coupé" in signed_in.post(f"{PAGE}couper/", follow=True).content.decode()
    assert read(address).status_code == 404
    feed = AgendaFeed.objects.get()
    assert (feed.ended_at, feed.ended_by, feed.ended_why) == (NOON, mother.user, "coupe")


def test_the_calendar_leads_to_it(signed_in, zoe):
    for page in ("/reservations/2026-12/", "/reservations/semaine/2026-W50/", "/compte/"):
        assert f'href="{PAGE}"' in signed_in.get(page).content.decode()


@pytest.mark.parametrize("page, is_open", [(PAGE, False), (f"{PAGE}couper/", False), ("/reservations/", True)])
def test_an_agent_at_the_counter_makes_no_address_for_a_family(page, is_open):
    assert counter.is_open(resolve(page)) is is_open


# --- Who no longer reads ----------------------------------------------------------------------------------------------


def excluded(mother):
    mother.rights, mother.pays = Guardian.Rights.EXCLUDED, False
    mother.save()


def without_account(mother):
    mother.user = None
    mother.save()


def another_account(mother):
    mother.user = GuardianFactory(with_space=True, family=FamilyFactory()).user
    mother.save()


def closed_account(mother):
    User.objects.filter(pk=mother.user_id).update(is_active=False)


@pytest.mark.parametrize("change", [excluded, without_account, another_account, closed_account])
def test_who_lost_her_rights_or_her_account_reads_the_same_as_a_stranger(mother, zoe, address, change):
    assert read(address).status_code == 200
    change(mother)
    lost, unknown = read(address), read(f"/agenda/{'x' * 43}.ics")
    assert (lost.status_code, lost.content) == (unknown.status_code, unknown.content)
    assert lost.status_code == 404


def test_who_may_only_read_has_an_address_too_and_another_password_changes_nothing(mother, zoe, address):
    mother.rights = Guardian.Rights.READ_ONLY
    mother.save()
    mother.user.set_password("Autre-Phrase-De-Passe-81")
    mother.user.save()
    assert read(address).status_code == 200


def test_the_old_rows_go_and_the_living_stay(mother, address):
    cut_feed(guardian=mother, user=mother.user, at=NOON)
    make_feed(guardian=mother, user=mother.user, seed=SEED[::-1], at=NOON)
    assert forget_feeds(NOON + timedelta(days=300), False) == 0
    assert forget_feeds(NOON + timedelta(days=400), True) == 1
    assert forget_feeds(NOON + timedelta(days=400), False) == 1
    assert AgendaFeed.objects.get().ended_at is None


# --- What is read -----------------------------------------------------------------------------------------------------


def test_a_day_says_its_hours_and_its_place_and_neither_a_name_nor_health(mother, zoe, address):
    zoe.last_name = "Lafleur"
    zoe.save()
    BookingFactory(enrolment=zoe.enrolments.get(), day=MONDAY)

    (event,) = days(address)
    text = read(address).content.decode()

    assert event["SUMMARY"] == "Z. Restauration scolaire"
    assert event.decoded("DTSTART") == datetime(2026, 12, 7, 11, 30, tzinfo=PARIS)
    assert event.decoded("DTEND") == datetime(2026, 12, 7, 13, 30, tzinfo=PARIS)
    assert (event["SEQUENCE"], event["CLASS"], event["LOCATION"]) == (0, "PRIVATE", str(zoe.school))
    for word in ("Zoé", "Lafleur", "LAFLEUR", mother.last_name, mother.family.number, "régime", "PAI"):
        assert word not in text
    assert "TZID:Europe/Paris" in text and "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in text
    assert "Set-Cookie" not in read(address)


def test_a_cancelled_day_is_gone_and_booked_again_it_is_the_same_event_in_a_later_version(mother, zoe, address):
    enrolment = zoe.enrolments.get()
    first = BookingFactory(enrolment=enrolment, day=MONDAY)
    (before,) = days(address)
    Booking.objects.filter(pk=first.pk).update(status="annulee", cancelled_at=NOON)
    assert days(address) == []

    later = NOON + timedelta(minutes=1)
    BookingFactory(enrolment=enrolment, day=MONDAY, booked_at=later)
    (after,) = days(address)

    assert after["UID"] == before["UID"]
    assert (after["SEQUENCE"], after.decoded("DTSTAMP")) == (1, later)


def test_a_formula_has_its_own_hours(mother, address):
    _, enrolment = a_child_on_wednesdays(mother.family, first_name="Zoé")
    BookingFactory(enrolment=enrolment, day=date(2026, 12, 9), formula="matin")
    (event,) = days(address)
    assert event["SUMMARY"] == "Z. Accueil de loisirs du mercredi (Matin sans repas)"
    assert event.decoded("DTSTART").time() == time(7, 30)


def test_the_other_household_s_days_are_never_there(mother, zoe, address):
    other = GuardianFactory(family=FamilyFactory(), with_space=True)
    _, theirs = a_child_at_the_canteen(other.family, first_name="Ana")
    BookingFactory(enrolment=theirs, day=MONDAY)
    # The same child, booked by the other parent's household.
    BookingFactory(enrolment=zoe.enrolments.get(), family=other.family, day=date(2026, 12, 8))
    assert days(address) == []


def test_the_last_moments_are_those_of_the_calendar_and_the_openings_are_told(mother, zoe, address):
    period = HolidayPeriodFactory()
    HolidayPeriod.objects.update(opens_at=NOON + timedelta(days=2), closes_at=NOON + timedelta(days=4))

    found = events(address)

    week = next(event for event in found if "semaine du 7 décembre" in event["SUMMARY"])
    assert (week.decoded("DTSTART"), week.decoded("DTEND")) == (date(2026, 11, 30), date(2026, 12, 1))
    assert "jusqu’au lundi 30 novembre 2026" in week["DESCRIPTION"]
    opening = next(event for event in found if event["SUMMARY"].startswith("Ouverture"))
    assert opening.decoded("DTSTART") == NOON.replace(second=0) + timedelta(days=2)
    assert period.label in opening["SUMMARY"]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.dictionaries(
        st.tuples(st.integers(0, 1), st.integers(-60, 60)), st.sampled_from(["active", "annulee"]), max_size=12
    )
)
def test_each_day_booked_in_the_window_is_one_event_and_nothing_else_is(mother, address, rows):
    Booking.objects.all().delete()
    enrolments = [a_child_at_the_canteen(mother.family, first_name=name)[1] for name in ("Zoé", "Tom")]
    for (child, days_away), status in rows.items():
        BookingFactory(
            enrolment=enrolments[child],
            day=NOON.date() + timedelta(days=days_away),
            status=status,
            cancelled_at=NOON if status == "annulee" else None,
        )
    found = days(address)
    expected = sorted(
        (enrolments[child].child_id, NOON.date() + timedelta(days=away))
        for (child, away), status in rows.items()
        if status == "active" and away >= -31
    )
    told = sorted((int(event["UID"].split("-")[1]), event.decoded("DTSTART").date()) for event in found)
    assert told == expected
    assert len({event["UID"] for event in found}) == len(found)
    for enrolment in enrolments:
        Booking.objects.all().delete()
        enrolment.delete()


# --- How it is read ---------------------------------------------------------------------------------------------------


def test_a_program_that_has_it_already_is_told_so(mother, zoe, address):
    first = read(address)
    assert first["Cache-Control"] == "private, no-cache"
    same = read(address, if_none_match=first["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    BookingFactory(enrolment=zoe.enrolments.get(), day=MONDAY)
    assert read(address, if_none_match=first["ETag"]).status_code == 200


def test_a_program_that_never_stops_asking_is_slowed_down(mother, address, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "agenda": "2/h/key"}
    assert [read(address).status_code for _ in range(3)] == [200, 200, 429]
    assert read(f"/agenda/{'x' * 43}.ics").status_code == 404


def test_six_children_cost_as_much_as_one(mother, zoe, address, django_assert_max_num_queries):
    BookingFactory(enrolment=zoe.enrolments.get(), day=MONDAY)
    with django_assert_max_num_queries(20) as one:
        read(address)
    for name in ("Tom", "Léa", "Ana", "Max", "Eve"):
        _, enrolment = a_child_at_the_canteen(mother.family, first_name=name)
        BookingFactory(enrolment=enrolment, day=MONDAY)
    with django_assert_max_num_queries(20) as six:
        assert len(days(address)) == 6
    assert len(six) <= len(one) <= 13  # the first reading is noted, the next ones a quarter of an hour later


def test_the_journals_never_keep_the_address(address, capsys):
    from castres_portal.base.logs import WithoutSecrets

    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (address,), None)
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == "Not Found: /agenda/***.ics"
    plain = logging.LogRecord("x", logging.INFO, "", 0, "%s lignes", (3,), None)
    assert WithoutSecrets().filter(plain) and plain.args == (3,)


def test_a_child_whom_nobody_has_enrolled_makes_an_empty_agenda(mother, address):
    ChildFactory(at_home=mother.family)
    assert events(address) == []
