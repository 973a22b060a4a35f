"""« Vacances »: the three states of a period, whole weeks, several children in one submit."""

import re
from datetime import date, datetime, timedelta

import pytest

from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, FamilyFactory
from reservations.models import Booking, BookingReceipt
from reservations.tests.factories import (
    BookingFactory,
    HolidayPeriodFactory,
    TariffBandFactory,
    TariffFactory,
    a_child_in_the_holidays,
    holiday_centre,
)
from reservations.tests.views.conftest import NOON

pytestmark = pytest.mark.django_db

FIRST_WEEK, SECOND_WEEK = date(2026, 12, 21), date(2026, 12, 28)
DAYS = [date(2026, 12, day) for day in (21, 22, 23, 24)]  # Christmas is a Friday
MEAL, NO_MEAL = "journee-repas", "journee"


@pytest.fixture
def lea(mother):
    return a_child_in_the_holidays(mother.family, first_name="Léa")[0]


def hidden(html):
    fields = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html):
        fields[name] = value
    return fields


def send(client, page, path, *, days=(), weeks=(), **formulas):
    fields = {name: value for name, value in hidden(page).items() if name != "csrfmiddlewaretoken"}
    return client.post(path, fields | {"jour": list(days), "semaine": list(weeks)} | formulas)


def path_of(period):
    return f"/vacances/{period.pk}/"


def text_of(response):
    return response.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize(
    "instant, words",
    [
        (datetime(2026, 11, 18, 7, 59, 59, tzinfo=PARIS), "Pas encore ouvert"),
        (datetime(2026, 11, 18, 8, tzinfo=PARIS), "Les places vont à qui les prend d’abord"),
        (datetime(2026, 12, 4, 12, tzinfo=PARIS), "Les demandes sont closes depuis le vendredi 4 décembre 2026 à 12 h"),
    ],
)
def test_a_period_says_in_which_of_its_three_states_it_is(signed_in, at, lea, instant, words):
    period = HolidayPeriodFactory()
    at(instant)
    for path in ("/vacances/", path_of(period)):
        assert words in text_of(signed_in.get(path))


def test_before_the_opening_the_server_s_clock_is_told_and_nothing_can_be_ticked(signed_in, at, lea):
    period = HolidayPeriodFactory()
    at(datetime(2026, 11, 18, 7, 58, tzinfo=PARIS))
    page = text_of(signed_in.get(path_of(period)))
    assert "mercredi 18 novembre 2026 à 8 h" in page
    assert "Il est 7 h 58 à l’heure du serveur" in page
    assert 'data-now="1794985080" data-opens="1794985200"' in page
    assert 'name="jour"' not in page


def test_days_of_several_children_are_booked_in_one_submit(signed_in, mother, lea):
    tom, _ = a_child_in_the_holidays(mother.family, first_name="Tom")
    period = HolidayPeriodFactory()
    page = signed_in.get(path_of(period)).content.decode()
    ticked = [f"{lea.pk}_{DAYS[0]}", f"{tom.pk}_{DAYS[1]}", f"{tom.pk}_{DAYS[2]}"]
    answer = send(
        signed_in,
        page,
        path_of(period),
        days=ticked,
        **{f"formule-{lea.pk}-{FIRST_WEEK}": MEAL, f"formule-{tom.pk}-{FIRST_WEEK}": NO_MEAL},
    )

    receipt = BookingReceipt.objects.get()
    assert answer["Location"] == f"/demandes/{receipt.request.number}/"
    rows = Booking.objects.order_by("child__first_name", "day").values_list("child__first_name", "day", "formula")
    assert list(rows) == [("Léa", DAYS[0], MEAL), ("Tom", DAYS[1], NO_MEAL), ("Tom", DAYS[2], NO_MEAL)]


def test_a_whole_week_is_booked_then_given_back(signed_in, lea):
    period = HolidayPeriodFactory(by_week=True)
    week = f"{lea.pk}_{FIRST_WEEK}"
    formula = {f"formule-{lea.pk}-{FIRST_WEEK}": MEAL}
    send(signed_in, signed_in.get(path_of(period)).content.decode(), path_of(period), weeks=[week], **formula)
    assert list(Booking.objects.order_by("day").values_list("day", flat=True)) == DAYS

    page = signed_in.get(path_of(period)).content.decode()
    assert f'value="{week}" checked' in page
    send(signed_in, page, path_of(period), **formula)
    assert not Booking.objects.filter(status="active").exists()


def test_a_partial_week_is_refused_with_a_sentence_and_nothing_is_booked(signed_in, lea):
    period = HolidayPeriodFactory(by_week=True)
    page = signed_in.get(path_of(period)).content.decode()
    forged = [f"{lea.pk}_{day}" for day in DAYS[:3]]
    answer = send(signed_in, page, path_of(period), days=forged, **{f"formule-{lea.pk}-{FIRST_WEEK}": MEAL})
    assert "cette période se réserve par semaines entières : il manque le 24 déc." in text_of(answer)
    assert not Booking.objects.exists()


def test_a_week_of_which_one_day_is_full_is_refused_whole_and_says_which(signed_in, mother, lea):
    centre = holiday_centre(places=1)
    period = HolidayPeriodFactory(by_week=True, activity=centre)
    page = signed_in.get(path_of(period)).content.decode()
    other, enrolment = a_child_in_the_holidays(FamilyFactory())
    BookingFactory(enrolment=enrolment, day=DAYS[2], formula=MEAL)

    week = f"{lea.pk}_{FIRST_WEEK}"
    answer = send(signed_in, page, path_of(period), weeks=[week], **{f"formule-{lea.pk}-{FIRST_WEEK}": MEAL})
    assert text_of(answer).count("la semaine se réserve entière, et le 23 déc. ne peut pas l’être") == 3
    assert "il ne reste plus de place ce jour-là" in text_of(answer)
    assert Booking.objects.count() == 1
    assert f"?jours={DAYS[2]}" in text_of(answer)


def test_places_are_told_week_by_week(signed_in, lea):
    period = HolidayPeriodFactory(activity=holiday_centre(places=3))
    _, enrolment = a_child_in_the_holidays(FamilyFactory())
    BookingFactory(enrolment=enrolment, day=DAYS[1], formula=MEAL)
    page = text_of(signed_in.get(path_of(period)))
    assert re.findall(r"holiday-week__left[^>]*>([^<]+)<", page) == ["2 places", "3 places"]


def test_a_child_who_is_not_enrolled_is_led_to_enrolment(signed_in, mother, lea):
    ChildFactory(at_home=mother.family, first_name="Tom")
    period = HolidayPeriodFactory()
    assert "Sans inscription à cette activité" in text_of(signed_in.get(path_of(period)))
    assert "Inscrire Tom" in text_of(signed_in.get("/vacances/"))


def test_a_garbled_form_is_a_bad_request(signed_in, lea):
    period = HolidayPeriodFactory()
    for fields in ({}, {"envoi": "x"}, {"envoi": "11111111-2222-4333-8444-555555555555", "jour": "x_2026-12-21"}):
        assert signed_in.post(path_of(period), fields).status_code == 400


def test_another_family_s_child_is_not_found(signed_in, lea):
    period = HolidayPeriodFactory()
    other, _ = a_child_in_the_holidays(FamilyFactory())
    page = signed_in.get(path_of(period)).content.decode()
    answer = send(signed_in, page, path_of(period), days=[f"{other.pk}_{DAYS[0]}"])
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/vacances/", None])
def test_the_pages_cost_the_same_with_one_child_or_six(signed_in, mother, lea, path, django_assert_max_num_queries):
    period = HolidayPeriodFactory(activity=holiday_centre(places=30))
    address = path or path_of(period)
    signed_in.get(address)
    with django_assert_max_num_queries(40) as one:
        signed_in.get(address)
    for _ in range(5):
        a_child_in_the_holidays(mother.family)
    HolidayPeriodFactory(
        activity=period.activity,
        starts_on=date(2027, 2, 8),
        ends_on=date(2027, 2, 19),
        opens_at=NOON + timedelta(days=3),
    )
    with django_assert_max_num_queries(40) as six:
        signed_in.get(address)
    assert len(six) == len(one)


def test_the_price_of_a_day_is_said_before_choosing(signed_in, lea):
    period = HolidayPeriodFactory()
    assert "aucun tarif n’est voté" in text_of(signed_in.get(path_of(period)))

    TariffBandFactory(tariff=TariffFactory(activity=period.activity), formula=MEAL)
    assert "journée avec repas <strong>3,00 €</strong>" in text_of(signed_in.get(path_of(period)))
