"""The pages of the waiting list and of the days given back, as a family uses them."""

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse

from castres_portal.base.clock import PARIS
from reservations.models import Activity, ActivitySite, WaitingEntry
from reservations.services import waiting
from reservations.tests.factories import a_child_on_wednesdays
from reservations.tests.homes import NOON, Home
from reservations.tests.views.pages import CalendarPage

pytestmark = pytest.mark.django_db

MONDAY, THURSDAY = date(2026, 12, 7), date(2026, 12, 10)
LIST = "/liste-d-attente/"


@pytest.fixture
def has(at):
    """Who has the only place of MONDAY."""
    home = Home()
    ActivitySite.objects.update(places=1)
    home.book(MONDAY)
    return home


@pytest.fixture
def home(has):
    return Home(has.child.school)


@pytest.fixture
def browser(client_of, home):
    return client_of(home.guardian.user)


def text_of(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def form_of(response):
    page = response.content.decode()
    return page.partition('name="envoi" value="')[2].partition('"')[0]


def offered(has, home):
    home.join(MONDAY)
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)
    return home.entry


def test_a_refusal_of_the_calendar_leads_to_the_waiting_list(has, home, browser):
    url = f"/reservations/{home.child.pk}/restauration/2026-12/"
    page = CalendarPage(browser.get(url).content.decode())
    refused = browser.post(url, page.forge([MONDAY], []))
    link = f"{LIST}{home.child.pk}/restauration/?jours=2026-12-07"
    assert link in refused.content.decode()
    receipt = browser.get(reverse("families:request", args=[home.family.requests.first().number]))
    assert link in receipt.content.decode()

    join = browser.get(link)
    assert 'value="2026-12-07" checked' in join.content.decode()
    assert "Personne n’attend encore" in text_of(join)
    done = browser.post(link.partition("?")[0], {"envoi": form_of(join), "jour": ["2026-12-07"]}, follow=True)
    assert "En liste d’attente".lower() in text_of(done).lower()
    assert "1er sur 1" in text_of(done)
    assert link not in browser.get(f"{LIST}{home.child.pk}/restauration/").content.decode()


def test_a_day_refused_for_another_reason_does_not(home, browser):
    url = f"/reservations/{home.child.pk}/restauration/2026-11/"
    page = CalendarPage(browser.get(url).content.decode())
    refused = browser.post(url, page.forge([date(2026, 11, 20)], []))
    assert LIST + str(home.child.pk) not in refused.content.decode()


def test_the_list_shows_ranks_and_nobody_else(has, home, browser):
    other = Home(has.child.school)
    other.join(MONDAY)
    home.join(MONDAY)

    text = text_of(browser.get(LIST))
    assert "2e sur 2" in text
    for theirs in (other.family.number, other.guardian.email):
        assert theirs not in text
    left = browser.post(f"{LIST}{home.entry.pk}/quitter/", follow=True)
    assert "Vous n’êtes plus sur la liste du lundi 7 décembre 2026." in text_of(left)
    assert "Attentes terminées (1)" in text_of(left)
    assert text_of(browser.get(f"{LIST}{home.entry.pk}/")).count("Retirée") >= 1


def test_an_offer_is_on_the_home_page_and_is_accepted_in_one_press(has, home, browser):
    entry = offered(has, home)
    assert "Une place s’est libérée pour votre enfant" in text_of(browser.get("/accueil/"))
    page = text_of(browser.get(f"{LIST}{entry.pk}/"))
    assert "À accepter avant le 20/11/2026 à 12:06" in page
    assert "(heure de Paris)" in page

    done = text_of(browser.post(f"{LIST}{entry.pk}/accepter/", follow=True))
    assert "La place est à vous" in done
    assert home.days == {MONDAY}
    assert "Une place s’est libérée" not in text_of(browser.get("/accueil/"))
    assert "Place prise" in text_of(browser.get(LIST))


def test_an_offer_that_is_over_says_so(has, home, browser, at):
    entry = offered(has, home)
    at(entry.offered_until)
    assert "Proposition expirée" in text_of(browser.get(f"{LIST}{entry.pk}/"))
    done = text_of(browser.post(f"{LIST}{entry.pk}/accepter/", follow=True))
    assert "a expiré le 20/11/2026 à 12:06" in done
    assert home.days == set()
    assert "Accepter et réserver" not in text_of(browser.get(LIST))


def test_declining_says_where_the_place_goes(has, home, browser):
    entry = offered(has, home)
    done = text_of(browser.post(f"{LIST}{entry.pk}/quitter/", follow=True))
    assert "elle est proposée à la famille suivante" in done
    assert home.entry.status == "refusee"


def test_leaving_what_is_over_says_how_it_ended(has, home, browser):
    entry = offered(has, home)
    home.accept()
    done = text_of(browser.post(f"{LIST}{entry.pk}/quitter/", follow=True))
    assert "déjà terminée : place prise" in done
    assert home.days == {MONDAY}


def test_an_offer_that_can_no_longer_be_booked_says_why(has, home, browser):
    entry = offered(has, home)
    ActivitySite.objects.update(places=0)
    done = text_of(browser.post(f"{LIST}{entry.pk}/accepter/", follow=True))
    assert "La place n’a pas pu être réservée" in done
    assert "il ne reste plus de place ce jour-là" in done


def test_what_was_ticked_is_not_lost_when_nothing_can_be_done(home, browser):
    page = f"{LIST}{home.child.pk}/restauration/"
    sent = browser.post(page, {"envoi": form_of(browser.get(page))})
    assert "Cochez au moins un jour." in text_of(sent)
    Activity.objects.update(has_waiting_list=False)
    assert "Pas de liste d’attente" in text_of(browser.get(page))


@pytest.mark.parametrize(
    "data",
    [
        {"envoi": "x", "jour": ["2026-12-07"]},
        {"envoi": "11111111-2222-4333-8444-555555555555", "jour": ["2026-13-07"]},
        {"envoi": "11111111-2222-4333-8444-555555555555", "jour": ["2026-12-07"], "formule": "banquet"},
    ],
)
def test_a_form_that_the_page_could_not_have_made_is_refused(home, browser, data):
    assert browser.post(f"{LIST}{home.child.pk}/restauration/", data).status_code == 400
    assert not WaitingEntry.objects.exists()


def test_a_centre_s_day_is_asked_for_in_a_formula(home, has, browser):
    a_child_on_wednesdays(home.family, child=home.child)
    ActivitySite.objects.filter(activity__slug="mercredis").update(places=0)
    page = f"{LIST}{home.child.pk}/mercredis/"
    assert 'value="matin"' in browser.get(page).content.decode()
    browser.post(page, {"envoi": form_of(browser.get(page)), "jour": ["2026-12-09"], "formule": "matin"})
    assert (home.entry.day, home.entry.formula) == (date(2026, 12, 9), "matin")


def test_another_household_finds_nothing(has, home, client_of):
    entry = offered(has, home)
    stranger = client_of(has.guardian.user)
    assert stranger.get(f"{LIST}{entry.pk}/").status_code == 404
    assert stranger.post(f"{LIST}{entry.pk}/accepter/").status_code == 404
    assert stranger.post(f"{LIST}{entry.pk}/quitter/").status_code == 404
    assert stranger.get(f"{LIST}{home.child.pk}/restauration/").status_code == 404
    form = {"envoi": "11111111-2222-4333-8444-555555555555", "jour": ["2026-12-07"]}
    assert stranger.post(f"{LIST}{home.child.pk}/restauration/", form).status_code == 404


def test_the_page_costs_the_same_with_one_day_and_with_many(has, home, browser, django_assert_max_num_queries):
    days = [day for number in range(8, 18) if (day := date(2026, 12, number)).weekday() in (0, 1, 3, 4)]
    has.book(*days)
    home.join(*days[:1])
    browser.get(LIST)
    with django_assert_max_num_queries(60) as few:
        browser.get(LIST)
    home.join(*days)
    with django_assert_max_num_queries(len(few)):
        browser.get(LIST)


# --- Days given back --------------------------------------------------------------------------------------------------


@pytest.fixture
def late(at, has):
    Activity.objects.update(resells_late_days=True, add_days=1, add_hour=time(21))
    instant = datetime(2026, 12, 4, 9, 0, tzinfo=PARIS)
    at(instant)
    return instant


def test_a_late_day_is_given_back_and_taken_back(has, late, client_of):
    browser, booking = client_of(has.guardian.user), has.child.bookings.get()
    page = browser.get("/jours-rendus/")
    assert "si personne ne la prend, il reste facturé" in text_of(page)
    assert "Les autres familles peuvent prendre la place jusqu’au dimanche 6 décembre 2026 à 21 h" in text_of(page)
    done = browser.post("/jours-rendus/", {"envoi": form_of(page), "reservation": [booking.pk]}, follow=True)
    assert "le jour reste facturé" in text_of(done)

    page = browser.get("/jours-rendus/")
    assert "Facturé tant que personne n’a pris la place" in text_of(page)
    assert "Rendu" in text_of(browser.get(f"/reservations/{has.child.pk}/restauration/2026-12/"))
    done = browser.post("/jours-rendus/reprendre/", {"envoi": form_of(page), "reservation": [booking.pk]}, follow=True)
    assert "de nouveau à vous" in text_of(done)


def test_who_gave_back_reads_that_somebody_took_it(has, home, late, client_of):
    receipt = has.give_back(MONDAY, at=late)
    home.book(MONDAY, at=late + timedelta(hours=1))
    browser = client_of(has.guardian.user)
    text = text_of(browser.get(reverse("families:request", args=[receipt.request.number])))
    assert "Une autre famille a pris la place le 04/12/2026 à 10:00" in text
    assert "ce jour n’est pas facturé" in text
    assert home.guardian.last_name not in text or home.guardian.last_name == has.guardian.last_name
    assert "Jours pris par une autre famille" in text_of(browser.get("/jours-rendus/"))


@pytest.mark.parametrize("sent", [{"reservation": ["x"]}, {"reservation": ["9" * 30]}, {}])
def test_a_forged_form_changes_nothing(has, late, client_of, sent):
    browser = client_of(has.guardian.user)
    response = browser.post("/jours-rendus/", {"envoi": "11111111-2222-4333-8444-555555555555", **sent})
    assert response.status_code in (302, 400)
    assert has.child.bookings.get().given_back_at is None


def test_another_household_s_day_is_not_given_back(has, home, late, client_of):
    browser = client_of(home.guardian.user)
    form = {"envoi": "11111111-2222-4333-8444-555555555555", "reservation": [has.child.bookings.get().pk]}
    assert "Cochez au moins un jour." in text_of(browser.post("/jours-rendus/", form, follow=True))
    assert has.child.bookings.get().given_back_at is None
