"""The calendar of everybody: several children and activities on one page, in one submit."""

from datetime import date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, FamilyFactory, GuardianFactory, QuotientRecordFactory, SchoolFactory
from reservations.models import (
    ActivityFormula,
    ActivitySite,
    Booking,
    BookingReceipt,
    Enrolment,
    HolidayPeriod,
    SiteDay,
    WaitingEntry,
)
from reservations.tests.factories import (
    ActivityFactory,
    BookingFactory,
    EnrolmentFactory,
    MenuFactory,
    SchoolYearFactory,
    TariffBandFactory,
    TariffFactory,
    a_child_at_the_canteen,
)
from reservations.tests.views.pages import CalendarPage
from reservations.tests.views.test_calendar import reads

pytestmark = pytest.mark.django_db

MONTH, WEEK = "/reservations/2026-12/", "/reservations/semaine/2026-W50/"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 12, number) for number in (7, 8, 9, 10))


@pytest.fixture
def tom(mother, zoe):
    """Zoé's brother, at the canteen of another school."""
    return a_child_at_the_canteen(mother.family, first_name="Tom", school=SchoolFactory())[0]


@pytest.fixture
def wednesdays(mother, zoe):
    """The centre on Wednesdays, by formulas, in which Zoé is enrolled."""
    activity = ActivityFactory(
        slug="mercredis", name="Accueil du mercredi", unit="journée", is_meal=False, position=5,
        on_monday=False, on_tuesday=False, on_wednesday=True, on_thursday=False, on_friday=False,
    )  # fmt: skip
    for position, formula in enumerate(("journee-repas", "matin"), 1):
        ActivityFormula.objects.create(
            activity=activity, formula=formula, opens_at=time(8), closes_at=time(18), position=position
        )
    EnrolmentFactory(child=zoe, family=mother.family, activity=activity)
    return activity


@pytest.fixture
def prices(mother, zoe):
    """Three euros the meal with the quotient of the household."""
    QuotientRecordFactory(family=mother.family)
    TariffBandFactory(tariff=TariffFactory())


def page(client, path=MONTH):
    response = client.get(path)
    assert response.status_code == 200
    return CalendarPage(response.content.decode())


def key(child, activity="restauration"):
    return f"{child.pk}-{activity}"


def booked(child, activity="restauration"):
    rows = Booking.objects.filter(child=child, activity__slug=activity, status="active")
    return dict(rows.values_list("day", "formula"))


# --- One page, one submit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [MONTH, WEEK])
def test_all_the_children_and_activities_are_saved_in_one_submit(signed_in, zoe, tom, wednesdays, path):
    shown = page(signed_in, path)
    assert set(shown.slots) == {key(zoe), key(tom), key(zoe, "mercredis")}
    sent = shown.send_all(
        {key(zoe): [MONDAY, TUESDAY], key(tom): [THURSDAY], key(zoe, "mercredis"): ["2026-12-09=matin"]}
    )
    response = signed_in.post(path, sent, follow=True)

    assert booked(zoe) == {MONDAY: "", TUESDAY: ""}
    assert booked(tom) == {THURSDAY: ""}
    assert booked(zoe, "mercredis") == {WEDNESDAY: "matin"}
    assert BookingReceipt.objects.count() == 1
    html = response.content.decode()
    assert "Lundi 7 et mardi 8 décembre 2026" in html
    assert "(matin sans repas)" in html
    assert f'href="{MONTH}"' in html  # back to the calendar of everybody
    after = page(signed_in, path)
    assert after.slots[key(zoe, "mercredis")][WEDNESDAY].chosen == "2026-12-09=matin"


def test_a_formula_is_changed_and_a_list_left_on_nothing_cancels(signed_in, zoe, wednesdays):
    slot = key(zoe, "mercredis")
    signed_in.post(MONTH, page(signed_in).send_all({slot: ["2026-12-09=matin", "2026-12-16=matin"]}))
    signed_in.post(MONTH, page(signed_in).send_all({slot: ["", "2026-12-16=journee-repas"]}))
    assert booked(zoe, "mercredis") == {date(2026, 12, 16): "journee-repas"}


def test_a_formula_that_is_not_offered_is_refused_and_the_rest_is_saved(signed_in, zoe, wednesdays):
    sent = page(signed_in).send_all({key(zoe): [MONDAY], key(zoe, "mercredis"): ["2026-12-09=apres-midi"]})
    html = signed_in.post(MONTH, sent).content.decode()
    assert "choisissez une des formules proposées" in html
    assert booked(zoe) == {MONDAY: ""}
    assert booked(zoe, "mercredis") == {}


def test_what_closed_meanwhile_is_refused_alone_and_its_ticks_stay(signed_in, zoe, tom, at):
    shown = page(signed_in)
    at(datetime(2026, 12, 1, tzinfo=PARIS))  # Monday 7 has just closed
    html = signed_in.post(MONTH, shown.send_all({key(zoe): [MONDAY], key(tom): [MONDAY, TUESDAY]})).content.decode()
    after = CalendarPage(html)
    assert "Une partie seulement est enregistrée" in html
    assert html.count("Ajout refusé") >= 2
    assert after.slots[key(tom)][TUESDAY].booked
    assert booked(zoe) == {}
    assert booked(tom) == {TUESDAY: ""}


def test_two_parents_on_the_same_page_overwrite_nothing(signed_in, zoe, tom, mother, client_of):
    father = GuardianFactory(family=mother.family, pays=False, first_name="Paul", with_space=True)
    his = client_of(father.user)
    hers_shown, his_shown = page(signed_in), page(his)
    his.post(MONTH, his_shown.send_all({key(zoe): [MONDAY]}))
    html = signed_in.post(MONTH, hers_shown.send_all({key(tom): [MONDAY]}), follow=True).content.decode()
    assert booked(zoe) == booked(tom) == {MONDAY: ""}
    assert "réservé entre-temps par" in html


def test_the_same_form_twice_makes_one_receipt(signed_in, zoe, tom):
    sent = page(signed_in).send_all({key(zoe): [MONDAY], key(tom): [MONDAY]})
    assert signed_in.post(MONTH, sent).url == signed_in.post(MONTH, sent).url
    assert BookingReceipt.objects.count() == 1


# --- What it would change ---------------------------------------------------------------------------------------------


def test_without_javascript_the_change_is_told_and_nothing_is_saved(signed_in, zoe, tom, prices):
    BookingFactory(enrolment=tom.enrolments.get(), day=TUESDAY)
    sent = page(signed_in).send_all({key(zoe): [MONDAY, THURSDAY], key(tom): []}, etape="voir")
    html = signed_in.post(MONTH, sent).content.decode()
    assert "+1 repas, +3,00\u00a0€" in html
    kept = CalendarPage(html)
    assert {day for day, box in kept.slots[key(zoe)].items() if box.checked} == {MONDAY, THURSDAY}
    assert not kept.slots[key(tom)][TUESDAY].checked
    assert booked(zoe) == {}
    signed_in.post(MONTH, kept.send_all())
    assert booked(zoe) == {MONDAY: "", THURSDAY: ""}
    assert booked(tom) == {}


def test_what_could_not_be_saved_is_told_before_sending(signed_in, zoe, at):
    sent = page(signed_in).send_all({key(zoe): [MONDAY, TUESDAY]}, etape="voir")
    at(datetime(2026, 12, 1, tzinfo=PARIS))
    html = signed_in.post(MONTH, sent).content.decode()
    assert "1 jour ne pourra pas être enregistré" in html
    assert "Ajout refusé" in html


def test_the_page_adds_up_the_days_and_says_by_which_quotient(signed_in, zoe, tom, prices):
    for day in (MONDAY, TUESDAY):
        BookingFactory(enrolment=zoe.enrolments.get(), day=day)
    BookingFactory(enrolment=tom.enrolments.get(), day=date(2026, 11, 30))
    html = signed_in.get(MONTH).content.decode()
    assert "<strong>2 repas</strong>" in html
    assert "6,00\u00a0€" in html
    assert "Prix calculés avec votre quotient familial" in html
    assert "Tarifs de démonstration" in html


def test_without_a_quotient_the_highest_band_is_announced(signed_in, zoe):
    TariffBandFactory(tariff=TariffFactory())
    assert "la tranche la plus élevée s’applique" in signed_in.get(MONTH).content.decode()


def test_the_last_receipt_says_what_it_changed_on_its_page_and_on_the_calendar(signed_in, zoe, tom, prices):
    sent = page(signed_in).send_all({key(zoe): [MONDAY], key(tom): [MONDAY]})
    receipt = signed_in.post(MONTH, sent, follow=True).content.decode()
    assert "+2 repas, +6,00\u00a0€" in receipt
    html = signed_in.get(MONTH).content.decode()
    assert "+2 repas, +6,00\u00a0€" in html
    assert BookingReceipt.objects.get().request.number in html
    assert "+2 repas" not in signed_in.get("/reservations/2027-01/").content.decode()


# --- What each day says -----------------------------------------------------------------------------------------------


def test_each_day_says_its_state_its_deadline_and_its_price(signed_in, zoe, tom, mother, prices):
    ActivitySite.objects.filter(school=zoe.school).update(places=1)
    enrolment = zoe.enrolments.get()
    SiteDay.objects.create(site=enrolment.site, day=TUESDAY, places=0)
    BookingFactory(
        enrolment=tom.enrolments.get(), day=date(2026, 11, 24), given_back_at=datetime(2026, 11, 18, tzinfo=PARIS)
    )
    SiteDay.objects.create(site=enrolment.site, day=THURSDAY, places=0)
    WaitingEntry.objects.create(
        request=enrolment.request, enrolment=enrolment, child=zoe, family=mother.family, activity=enrolment.activity,
        site=enrolment.site, day=THURSDAY, joined_at=datetime(2026, 11, 18, tzinfo=PARIS),
    )  # fmt: skip
    html = signed_in.get(MONTH).content.decode()
    assert "modifiable jusqu’au lundi 30 novembre 2026" in html
    assert "30\u00a0nov." in html
    assert "3,00\u00a0€" in html
    assert "Complet" in html
    assert f"/liste-d-attente/{zoe.pk}/restauration/?jours=2026-12-08" in html
    assert "En attente, 1er" in html
    assert "Vacances de Noël" in html
    assert "Rendu" in signed_in.get("/reservations/2026-11/").content.decode()


def test_every_box_is_named_by_its_child_its_activity_and_its_day(signed_in, zoe, tom):
    html = signed_in.get(MONTH).content.decode()
    identifiers = {part.split('"')[0] for part in html.split(' id="')[1:]}
    for part in html.split('aria-labelledby="e')[1:]:
        names = f"e{part.split(chr(34))[0]}".split()
        assert len(names) == 3
        assert set(names) <= identifiers
    assert 'aria-label="lundi 7 décembre 2026"' in html


def test_a_holiday_centre_shows_on_the_days_of_its_periods(signed_in, zoe, mother):
    centre = ActivityFactory(
        slug="vacances", name="Centre de loisirs", season="vacances", is_meal=False, on_wednesday=True
    )
    EnrolmentFactory(child=zoe, family=mother.family, activity=centre)
    HolidayPeriod.objects.create(
        activity=centre, label="Noël", starts_on=date(2026, 12, 21), ends_on=date(2026, 12, 24),
        opens_at=datetime(2026, 11, 2, 8, tzinfo=PARIS), closes_at=datetime(2026, 12, 10, tzinfo=PARIS),
    )  # fmt: skip
    days = set(page(signed_in).slots[key(zoe, "vacances")])
    assert days == {date(2026, 12, number) for number in (21, 22, 23, 24)}


# --- One child, one activity, another family --------------------------------------------------------------------------


def test_the_page_is_narrowed_to_a_child_or_an_activity(signed_in, zoe, tom, wednesdays):
    assert set(page(signed_in, f"{MONTH}?enfant={tom.pk}").slots) == {key(tom)}
    assert set(page(signed_in, f"{MONTH}?activite=restauration").slots) == {key(zoe), key(tom)}
    assert set(page(signed_in, f"{WEEK}?enfant={zoe.pk}&activite=mercredis").slots) == {key(zoe, "mercredis")}


def test_a_child_s_changes_go_to_her_brother_in_the_activities_that_they_share(signed_in, zoe, tom, wednesdays):
    path = f"{MONTH}?enfant={zoe.pk}"
    shown = page(signed_in, path)
    assert shown.siblings == [str(tom.pk)]
    wanted = {key(zoe): [MONDAY], key(zoe, "mercredis"): ["2026-12-09=matin"]}
    signed_in.post(path, shown.send_all(wanted, aussi=[tom.pk]))
    assert booked(tom) == {MONDAY: ""}
    assert booked(tom, "mercredis") == {}


@pytest.mark.parametrize(
    "path",
    [
        "/reservations/2031-12/",
        "/reservations/2026-13/",
        "/reservations/semaine/2025-W53/",  # that year has 52
        "/reservations/2026-12/?enfant={durand}",
        "/reservations/2026-12/?enfant=x",
        "/reservations/2026-12/?activite=inconnue",
        "/reservations/{durand}/restauration/jour/2026-12-07/",
        "/reservations/{zoe}/inconnue/jour/2026-12-07/",
        "/reservations/jour/2026-02-30/",
    ],
)
def test_what_is_not_this_family_s_does_not_exist(signed_in, zoe, path):
    durand, _ = a_child_at_the_canteen(FamilyFactory(name="Durand"))
    assert signed_in.get(path.format(zoe=zoe.pk, durand=durand.pk)).status_code == 404


@pytest.mark.parametrize("more", [{}, {"etape": "voir"}])
def test_another_family_s_child_in_a_forged_form_saves_nothing(signed_in, zoe, more):
    durand, _ = a_child_at_the_canteen(FamilyFactory(name="Durand"))
    sent = page(signed_in).send_all({key(zoe): [MONDAY], key(durand): [MONDAY]}, **more)
    assert signed_in.post(MONTH, sent).status_code == 404
    assert not Booking.objects.exists()


# --- Nothing yet ------------------------------------------------------------------------------------------------------


def test_without_a_child_without_an_enrolment_the_page_says_what_to_do(client_of, at):
    SchoolYearFactory()
    mother = GuardianFactory(with_space=True)
    client = client_of(mother.user)
    assert "Aucun enfant dans ce dossier" in client.get(MONTH).content.decode()
    ChildFactory(at_home=mother.family)
    assert "Pas encore d’inscription" in client.get(MONTH).content.decode()


def test_the_coming_year_is_to_be_joined(signed_in, zoe, at):
    SchoolYearFactory(label="2027-2028")
    at(datetime(2027, 5, 10, 12, tzinfo=PARIS))
    assert "Pas encore d’inscription pour 2027-2028" in signed_in.get("/reservations/2027-09/").content.decode()


# --- Cost -------------------------------------------------------------------------------------------------------------


ACTIVITIES = (
    {},
    {"slug": "garderie-matin", "name": "Garderie du matin", "unit": "matin", "is_meal": False, "position": 2},
    {"slug": "garderie-soir", "name": "Garderie du soir", "unit": "soir", "is_meal": False, "position": 3},
    {"slug": "etudes", "name": "Études dirigées", "unit": "étude", "is_meal": False, "position": 4},
)


def enrol_more(family, children):
    """Children of one household, each in four services of her school where places are counted."""
    for number in range(children):
        child = ChildFactory(at_home=family, first_name=f"Enfant{number}")
        for fields in ACTIVITIES:
            EnrolmentFactory(child=child, family=family, activity=ActivityFactory(**fields))
    ActivitySite.objects.update(places=40)


def cost_of(client, path=MONTH):
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200
    return len(reads(captured)), len(response.content)


@pytest.mark.parametrize("path", [MONTH, "/reservations/jour/2026-12-07/", "/reservations/"])
def test_a_page_costs_the_same_with_one_child_and_with_six_with_one_month_and_with_twelve(client_of, at, path):
    mother = GuardianFactory(with_space=True)
    QuotientRecordFactory(family=mother.family)
    TariffBandFactory(tariff=TariffFactory())
    client = client_of(mother.user)
    enrol_more(mother.family, 1)
    booked_days = [date(2026, 9, 7), date(2026, 12, 7)]
    _book(mother.family, booked_days)
    client.get(path)  # the first page of a minute also renews the session
    alone, _ = cost_of(client, path)
    enrol_more(mother.family, 5)
    _book(mother.family, [date(2026 + month // 12, month % 12 + 1, 8) for month in range(9, 19)])
    _book(mother.family, [date(2026, 12, day) for day in (10, 11, 14, 15, 17, 18)])
    together, weight = cost_of(client, path)
    assert alone == together <= 25
    assert weight < 120_000


def _book(family, days):
    for enrolment in family.enrolments.select_related("child", "site", "activity", "family"):
        for day in days:
            BookingFactory(enrolment=enrolment, day=day)


@pytest.mark.parametrize("path", [MONTH, WEEK])
def test_the_menu_is_read_in_the_day_s_cell_by_who_eats_there(signed_in, zoe, path):
    MenuFactory(day=MONDAY, dishes={"plat": ("Hachis de Castres", ["gluten"], [])})
    html = signed_in.get(path).content.decode()
    assert "Hachis de Castres" in html
    assert "gluten" in html
    Enrolment.objects.update(ends_on=date(2026, 11, 19))
    assert "Hachis de Castres" not in signed_in.get(path).content.decode()
