"""The calendar: what a family sees, changes and is answered."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from castres_portal.base.clock import PARIS
from documents.tests.factories import RegulationVersionFactory
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory
from reservations.models import Booking, BookingReceipt
from reservations.tests.factories import BookingFactory, EnrolmentFactory, SchoolYearFactory, a_child_at_the_canteen
from reservations.tests.views.pages import CalendarPage

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 12, number) for number in (7, 8, 9, 10))


def address(child, month="2026-12", activity="restauration"):
    return f"/reservations/{child.pk}/{activity}/{month}/"


def page(client, child, month="2026-12"):
    response = client.get(address(child, month))
    assert response.status_code == 200
    return CalendarPage(response.content.decode())


def test_open_days_say_until_when_and_greyed_days_why(signed_in, zoe):
    response = signed_in.get(address(zoe))
    html = response.content.decode()
    calendar = CalendarPage(html)
    assert calendar.boxes[TUESDAY].enabled
    assert not calendar.boxes[WEDNESDAY].enabled
    assert "jusqu’au 1er\u00a0déc." in html
    assert "Vacances de Noël" in html
    assert "Fermé" in html
    assert "Délai dépassé" in signed_in.get(address(zoe, "2026-11")).content.decode()
    assert "Férié\u00a0: Lundi de Pâques" in signed_in.get(address(zoe, "2027-03")).content.decode()


def test_a_month_is_changed_and_the_receipt_is_shown(signed_in, zoe):
    response = signed_in.post(address(zoe), page(signed_in, zoe).send([MONDAY, TUESDAY]), follow=True)
    html = response.content.decode()
    assert response.redirect_chain[0][0].startswith("/demandes/D2026-")
    assert "Lundi 7 et mardi 8 décembre 2026" in html
    assert "réservé" in html
    assert address(zoe) in html  # back to the calendar
    assert page(signed_in, zoe).ticked == {MONDAY, TUESDAY}

    signed_in.post(address(zoe), page(signed_in, zoe).send([TUESDAY, THURSDAY]))
    assert page(signed_in, zoe).ticked == {TUESDAY, THURSDAY}


def test_a_day_that_closed_while_the_page_was_open_is_refused_alone_and_the_ticks_survive(signed_in, zoe, at):
    shown = page(signed_in, zoe)
    at(datetime(2026, 12, 1, 0, 0, tzinfo=PARIS))  # Monday 7 closed at this midnight, Tuesday 8 did not
    response = signed_in.post(address(zoe), shown.send([MONDAY, TUESDAY]))
    html = response.content.decode()
    after = CalendarPage(html)

    assert response.status_code == 200
    assert "Une partie seulement est enregistrée" in html
    assert "délai de 7 jours dépassé" in html
    assert "Ajout refusé" in html
    assert after.boxes[MONDAY].checked
    assert not after.boxes[MONDAY].booked
    assert not after.boxes[MONDAY].enabled
    assert after.boxes[TUESDAY].booked
    receipt = BookingReceipt.objects.get()
    assert receipt.request.number in html
    assert Booking.objects.get().day == TUESDAY


def test_a_removal_that_came_too_late_is_refused_and_the_day_stays_booked(signed_in, zoe, at):
    signed_in.post(address(zoe), page(signed_in, zoe).send([MONDAY, TUESDAY]))
    shown = page(signed_in, zoe)
    at(datetime(2026, 12, 1, 0, 0, tzinfo=PARIS))
    html = signed_in.post(address(zoe), shown.send([THURSDAY])).content.decode()
    after = CalendarPage(html)
    assert "Retrait refusé" in html
    assert after.boxes[MONDAY].booked
    assert after.boxes[MONDAY].checked
    assert not after.boxes[TUESDAY].booked
    assert after.boxes[THURSDAY].booked


def test_two_parents_see_each_other_s_change(signed_in, zoe, mother, client_of):
    father = GuardianFactory(
        family=mother.family, pays=False, title="Monsieur", first_name="Paul", last_name="Bernard", with_space=True
    )
    his = client_of(father.user)
    hers_shown, his_shown = page(signed_in, zoe), page(his, zoe)
    his.post(address(zoe), his_shown.send([MONDAY]))
    response = signed_in.post(address(zoe), hers_shown.send([MONDAY, TUESDAY]), follow=True)
    assert "déjà réservé par Monsieur BERNARD" in response.content.decode()
    assert page(his, zoe).ticked == page(signed_in, zoe).ticked == {MONDAY, TUESDAY}


def test_the_same_changes_go_to_brothers_and_sisters_of_the_same_activity(signed_in, zoe, mother):
    tom, _ = a_child_at_the_canteen(mother.family, first_name="Tom")
    ChildFactory(at_home=mother.family, first_name="Max")  # not enrolled
    shown = page(signed_in, zoe)
    assert shown.siblings == [str(tom.pk)]
    signed_in.post(address(zoe), shown.send([MONDAY], also=[tom.pk]))
    assert page(signed_in, tom).ticked == {MONDAY}


def test_nothing_changed_says_so_without_a_receipt(signed_in, zoe):
    response = signed_in.post(address(zoe), page(signed_in, zoe).send(), follow=True)
    assert "Vous n’avez rien modifié" in response.content.decode()
    assert not BookingReceipt.objects.exists()


def test_a_double_click_makes_one_receipt(signed_in, zoe):
    sent = page(signed_in, zoe).send([MONDAY])
    first, second = signed_in.post(address(zoe), sent), signed_in.post(address(zoe), sent)
    assert first.url == second.url
    assert BookingReceipt.objects.count() == 1


def test_the_page_says_that_it_is_not_to_be_kept(signed_in, zoe):
    assert "no-store" in signed_in.get(address(zoe))["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/reservations/{durand}/restauration/2026-12/",
        "/reservations/{zoe}/inconnue/2026-12/",
        "/reservations/999999999999999999999999/restauration/2026-12/",
    ]
    + [
        "/reservations/{zoe}/restauration/2031-12/",
        "/reservations/{zoe}/restauration/2026-13/",
        "/inscriptions/{durand}/restauration/",
    ],
)
def test_what_is_not_this_family_s_does_not_exist(signed_in, zoe, path):
    durand, _ = a_child_at_the_canteen(FamilyFactory(name="Durand"))
    path = path.format(zoe=zoe.pk, durand=durand.pk)
    assert signed_in.get(path).status_code == 404
    assert signed_in.get(address(zoe)).status_code == 200


def test_another_family_s_child_cannot_be_changed_by_a_forged_form(signed_in, zoe):
    durand, _ = a_child_at_the_canteen(FamilyFactory(name="Durand"))
    sent = page(signed_in, zoe).send([MONDAY])
    assert signed_in.post(address(durand), sent).status_code == 404
    assert signed_in.post(address(zoe), sent | {"aussi": [durand.pk]}).status_code == 404
    assert not Booking.objects.exists()
    assert signed_in.post(address(zoe), sent).status_code == 302


@pytest.mark.parametrize(
    "forged",
    [
        {"envoi": "x"},
        {"{zoe}-restauration": ["demain"]},
        {"{zoe}-restauration": ["9999-12-31"]},
        {"{zoe}": ["2026-12-07"]},
        {"99999999999999999999-restauration": ["2026-12-07"]},
        {"affiches": "{zoe}-restauration 0001-01-01"},
        {"libres": "restauration 2026-12-07"},
        {"aussi": ["x"]},
    ],
)
def test_what_the_page_could_not_have_sent_is_a_bad_request(signed_in, zoe, forged):
    sent = page(signed_in, zoe).send([MONDAY])
    forged = {
        name.format(zoe=zoe.pk): value.format(zoe=zoe.pk) if isinstance(value, str) else value
        for name, value in forged.items()
    }
    assert signed_in.post(address(zoe), sent | forged).status_code == 400
    assert signed_in.post(address(zoe), sent).status_code == 302


def test_a_day_that_was_not_on_the_form_is_refused_by_the_same_rule(signed_in, zoe):
    sent = page(signed_in, zoe).forge([date(2026, 12, 25), date(2027, 3, 2), MONDAY], [])
    html = signed_in.post(address(zoe), sent).content.decode()
    assert "pas d’école\u00a0: vacances de Noël" in html
    assert set(Booking.objects.values_list("day", flat=True)) == {MONDAY, date(2027, 3, 2)}


# --- Months and years -------------------------------------------------------------------------------------------------


def test_the_way_from_month_to_month_stops_at_the_school_years(signed_in, zoe, at):
    first = signed_in.get(address(zoe, "2026-09")).content.decode()
    assert address(zoe, "2026-08") not in first
    assert address(zoe, "2026-10") in first
    last = signed_in.get(address(zoe, "2027-07")).content.decode()
    assert address(zoe, "2027-06") in last
    assert address(zoe, "2027-08") not in last


def test_next_year_shows_from_may_and_asks_to_enrol(signed_in, zoe, at):
    SchoolYearFactory(label="2027-2028")
    assert signed_in.get(address(zoe, "2027-09")).status_code == 404
    at(datetime(2027, 5, 10, 12, tzinfo=PARIS))
    html = signed_in.get(address(zoe, "2027-09")).content.decode()
    assert "Pas encore d’inscription pour 2027-2028" in html
    assert not CalendarPage(html).open


def test_a_child_who_is_not_enrolled_is_led_to_the_enrolment(signed_in, mother, zoe):
    RegulationVersionFactory(regulation=zoe.enrolments.get().activity.regulation)
    max_ = ChildFactory(at_home=mother.family)
    assert signed_in.get(address(max_)).url == f"/inscriptions/{max_.pk}/restauration/"


# --- Two households ---------------------------------------------------------------------------------------------------


def test_weeks_of_the_other_household_are_greyed_and_a_53_week_year_is_explained(client, at):
    father, mother = (GuardianFactory(with_space=True) for _ in range(2))
    leo = ChildFactory(first_name="Léo")
    CustodyFactory(child=leo, family=father.family, odd_weeks=True)
    CustodyFactory(child=leo, family=mother.family, even_weeks=True)
    for parent in (father, mother):
        EnrolmentFactory(child=leo, family=parent.family)

    client.force_login(father.user)
    january = client.get(address(leo, "2027-01")).content.decode()
    assert "L’année 2026 compte 53 semaines" in january
    assert "chez vous deux semaines de suite" in january
    assert date(2027, 1, 4) in CalendarPage(january).open
    assert "53 semaines" in client.get(address(leo, "2026-12")).content.decode()
    assert "53 semaines" not in client.get(address(leo, "2027-02")).content.decode()

    client.force_login(mother.user)
    hers = client.get(address(leo, "2027-01")).content.decode()
    assert "dans l’autre foyer deux semaines de suite" in hers
    assert "Autre semaine de garde" in hers
    even = {day for day in CalendarPage(hers).boxes if day.isocalendar().week % 2 == 0 and day.weekday() != 2}
    assert CalendarPage(hers).open == even != set()


def test_the_other_household_s_bookings_of_its_own_weeks_are_not_told(client, at):
    father, mother = (GuardianFactory(with_space=True) for _ in range(2))
    leo = ChildFactory()
    CustodyFactory(child=leo, family=father.family, odd_weeks=True)
    CustodyFactory(child=leo, family=mother.family, even_weeks=True)
    EnrolmentFactory(child=leo, family=mother.family)
    BookingFactory(enrolment=EnrolmentFactory(child=leo, family=father.family), day=date(2026, 12, 1))
    client.force_login(mother.user)
    html = client.get(address(leo)).content.decode()
    assert "Réservé par" not in html
    assert 'data-booked="1"' not in html


# --- Cost -------------------------------------------------------------------------------------------------------------


def reads(captured):
    """Statements but those that open and close transactions."""
    return [q["sql"] for q in captured if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize("places, most", [(None, 12), (40, 16)])
def test_the_page_costs_the_same_with_one_child_and_with_six(signed_in, mother, zoe, places, most):
    zoe.enrolments.get().site.__class__.objects.update(places=places)
    signed_in.get(address(zoe))  # the first page of a minute also renews the session
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as captured:
            response = signed_in.get(address(zoe))
        counts.append(len(reads(captured)))
        for name in "ABCDE" if number == 0 else "":
            child, enrolment = a_child_at_the_canteen(mother.family, first_name=name)
            enrolment.site.__class__.objects.update(places=places)
            for day in (7, 8, 10, 11):
                BookingFactory(enrolment=enrolment, day=date(2026, 12, day))
    assert counts == [most, most]
    assert len(response.content) < 40_000


@pytest.mark.parametrize("places, most", [(None, 16), (40, 21)])
def test_a_save_is_one_transaction_of_few_statements(signed_in, mother, zoe, places, most):
    zoe.enrolments.get().site.__class__.objects.update(places=places)
    signed_in.post(address(zoe), page(signed_in, zoe).send([MONDAY, TUESDAY]))
    sent = page(signed_in, zoe).send([THURSDAY, date(2026, 12, 11)])
    with CaptureQueriesContext(connection) as captured:
        response = signed_in.post(address(zoe), sent)
    assert response.status_code == 302
    assert len(reads(captured)) == most, "\n".join(reads(captured))
