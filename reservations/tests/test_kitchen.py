"""What the cook reads: numbers that are right, no name, and quickly."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import AGENTS, CUISINE, REGISSEURS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.encrypted import CannotDecrypt
from families.models import HealthPlan, School
from families.tests.factories import FamilyFactory
from reservations.models import Booking, KitchenCheck
from reservations.queries.kitchen.counting import meals_between
from reservations.queries.kitchen.day import kitchen_day
from reservations.queries.kitchen.week import kitchen_week
from reservations.rules.kitchen import Cell
from reservations.services.kitchen import enter_extras, freeze_order
from reservations.tests.factories import BookingFactory, EnrolmentFactory, MenuFactory, a_child_on_wednesdays
from reservations.tests.kitchen import AFTER, EARLIER, LATER, MONDAY, TODAY, canteen, eater, school, tell

pytestmark = pytest.mark.django_db
DAY, WEEK, EXTRAS = (f"/admin/reservations/kitchenorder/{page}/" for page in ("jour", "semaine", "adultes"))
WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.fixture
def at(monkeypatch):
    def set_clock(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_clock(LATER)
    return set_clock


@pytest.fixture
def cook(client, at):
    user = UserFactory(agent=True, role=CUISINE, first_name="Rose", last_name="Cazals")
    client.force_login(user)
    return user


def text_of(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def counted(day=MONDAY):
    found = Counter()
    for (_, one), meals in meals_between(day, day).items():
        assert one == day
        for cell, number in meals.items():
            found[cell.group, cell.diet] += number
    return dict(found)


class TestCounting:
    def test_each_child_is_counted_once_by_age_and_diet(self):
        place = school("Centre")
        eater(place, level="PS")
        eater(place, level="CP")
        eater(place, level="CP", told={"diet": ["sans_porc"]})
        eater(place, level="CM2", told={"diet": ["sans_porc", "sans_gluten"]})
        eater(place, level="MS", told={"drug": "Amoxicilline"})
        eater(place, told={"food": ["lait"]}, plan={})
        eater(place, plan={"basket_meal": True})

        assert counted() == {
            ("maternelle", ""): 2,
            ("elementaire", ""): 1,
            ("elementaire", "sans_porc"): 1,
            ("elementaire", "sans_porc+sans_gluten"): 1,
            ("elementaire", "pai"): 1,
            ("elementaire", "panier"): 1,
        }

    def test_cancelled_days_and_days_given_back_are_not_cooked(self):
        place = school("Centre")
        eater(place)
        eater(place, cancelled=True)
        eater(place, given_back_at=LATER, told={"diet": ["vegetarien"]})
        eater(place, day=MONDAY + timedelta(days=1))

        assert counted() == {("elementaire", ""): 1}

    def test_on_wednesdays_only_the_formulas_with_a_meal_are_cooked(self):
        for formula in ("journee-repas", "matin", ""):
            child, enrolment = a_child_on_wednesdays(FamilyFactory())
            BookingFactory(enrolment=enrolment, day=WEDNESDAY, formula=formula)

        assert counted(WEDNESDAY) == {("elementaire", ""): 1}

    def test_a_plan_that_waits_was_refused_or_is_over_changes_nothing(self):
        place = school("Centre")
        for state in (HealthPlan.State.PROPOSED, HealthPlan.State.REFUSED, HealthPlan.State.ENDED):
            booking = eater(place, plan={"basket_meal": True})
            HealthPlan.objects.filter(child=booking.child).update(state=state)
        eater(place, plan={"basket_meal": True, "valid_until": "2026-12-06"})

        assert counted() == {("elementaire", ""): 4}

    def test_a_child_of_two_households_eats_once(self):
        place = school("Centre")
        booking = eater(place, told={"diet": ["sans_porc"]})
        Booking.objects.filter(pk=booking.pk).update(status="annulee", cancelled_at=LATER)
        BookingFactory(enrolment=EnrolmentFactory(child=booking.child), day=MONDAY)

        assert counted() == {("elementaire", "sans_porc"): 1}

    def test_it_costs_three_queries_with_one_school_and_with_twenty(self, django_assert_num_queries):
        for number in range(20):
            place = school(f"École {number}")
            eater(place)
            eater(place, told={"diet": ["sans_porc"]})
            eater(place, plan={"basket_meal": True})

        with django_assert_num_queries(3):
            meals_between(MONDAY, MONDAY)
        with django_assert_num_queries(3):
            meals_between(MONDAY, MONDAY + timedelta(days=4))


class TestDay:
    def test_the_cook_reads_where_how_many_and_what(self, client, cook):
        nursery, primary = school("Albinque", School.Kind.NURSERY), school("Aillot")
        for _ in range(3):
            eater(nursery, level="MS")
        eater(primary, level="CP", told={"diet": ["sans_porc"]})
        eater(primary, level="GS", plan={"basket_meal": True})
        MenuFactory(day=MONDAY, dishes={"entree": "Carottes râpées", "plat": "Hachis"})

        page = kitchen_day(MONDAY, today=TODAY)
        text = text_of(client.get(f"{DAY}?jour=2026-12-07"))

        (service,) = page.services
        assert [place.name for place in service.places] == ["École primaire Aillot", "École maternelle Albinque"]
        assert [place.to_deliver for place in service.places] == [1, 3]
        assert (service.children.now, service.baskets.now, service.to_deliver) == (5, 1, 4)
        assert "Provisoire" in text
        assert "Carottes râpées, Hachis" in text
        assert "sans porc" in text

    def test_no_name_is_read_nor_written(self, client, cook):
        place = school("Centre")
        bookings = [eater(place, told={"diet": ["sans_porc"]}), eater(place, plan={"basket_meal": True}), eater(place)]
        for number, booking in enumerate(bookings):
            type(booking.child).objects.filter(pk=booking.child_id).update(
                first_name=f"Prénomsecret{number}", last_name="Nomsecret"
            )
        freeze_order(activity=canteen(), day=MONDAY, at=AFTER)
        Booking.objects.filter(pk=bookings[0].pk).update(status="annulee", cancelled_at=LATER)
        pages = [f"{DAY}?jour=2026-12-07&niveaux=1", f"{WEEK}?jour=2026-12-07", f"{EXTRAS}?jour=2026-12-07"]
        pages += [f"{page}?jour=2026-12-07&fichier=csv" for page in (DAY, WEEK)]

        for path in pages:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(path)
            assert response.status_code == 200
            assert "secret" not in response.content.decode()
            # A cook may be a parent too: the site reads her own household for its menu.
            own = '"families_guardian"."user_id" ='
            sql = " ".join(query["sql"] for query in queries if own not in query["sql"])
            for table in ("families_child", "families_guardian", "families_family"):
                for column in ("first_name", "last_name", "birth_date", "name"):
                    assert f'"{table}"."{column}"' not in sql, path
            assert "secret" not in sql

    def test_a_sheet_that_cannot_be_read_is_never_taken_for_an_ordinary_meal(self, settings):
        eater(school("Centre"), told={"diet": ["sans_porc"]})
        settings.FIELD_KEYS = ["YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="]
        with pytest.raises(CannotDecrypt):
            meals_between(MONDAY, MONDAY)

    def test_levels_are_shown_when_asked_and_never_with_a_diet(self, client, cook):
        place = school("Centre")
        eater(place, level="CP", told={"diet": ["sans_porc"]})
        eater(place, level="")

        assert "Enfants par niveau" not in text_of(client.get(f"{DAY}?jour=2026-12-07"))
        page = kitchen_day(MONDAY, today=TODAY, levels=True)

        assert page.services[0].level_names == ["CP", "non renseigné"]
        assert page.services[0].levels == [("École primaire Centre", [1, 1])]

    def test_a_rare_diet_is_exact_until_the_meal_is_eaten_and_blurred_from_the_next_day(self):
        place = school("Centre")
        for told in (
            {"diet": ["vegetarien"]},
            {"diet": ["sans_porc"]},
            {"diet": ["sans_porc"]},
            {"diet": ["sans_porc"]},
        ):
            eater(place, told=told)
        freeze_order(activity=canteen(), day=MONDAY, at=AFTER)

        def diets(today):
            return [column.label for column in kitchen_day(MONDAY, today=today).services[0].columns]

        assert diets(MONDAY) == ["Ordinaire", "Sans porc", "Végétarien"]
        assert diets(MONDAY + timedelta(days=1)) == ["Ordinaire", "Sans porc", "Régimes rares"]

    def test_the_same_page_costs_as_many_queries_with_one_school_and_with_twenty_two(self, client, cook):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{DAY}?jour=2026-12-07").status_code == 200
            return len(queries)

        place = school("Une")
        eater(place)
        eater(place, told={"diet": ["sans_porc"]})
        freeze_order(activity=canteen(), day=MONDAY, at=AFTER)
        client.get(DAY)
        alone = cost()
        for number in range(21):
            place = school(f"École {number}")
            eater(place, told={"diet": ["sans_porc"]})
            eater(place, plan={"basket_meal": True})

        assert cost() == alone
        assert alone <= 24

    def test_a_day_without_a_meal_says_so(self, client, cook):
        assert "Personne ne mange ce jour-là" in text_of(client.get(f"{DAY}?jour=2026-12-25"))

    @pytest.mark.parametrize("asked", ["", "hier", "2026-13-40", "9999-01-01", "1999-12-31"])
    def test_a_day_that_cannot_be_read_is_the_next_one(self, client, cook, asked):
        response = client.get(DAY, {"jour": asked})

        assert response.status_code == 200
        assert response.context["page"].day == LATER.date()

    def test_a_week_end_opens_on_monday(self, client, cook, at):
        at(LATER.replace(day=5))

        assert client.get(DAY).context["page"].day == MONDAY

    def test_a_gap_with_the_receipts_stands_at_the_top(self, client, cook):
        eater(school("Centre"))
        KitchenCheck.objects.create(
            activity=canteen(), day=MONDAY, kitchen=1, receipts=2, agrees=False, checked_at=EARLIER
        )

        assert "les réservations disent 1 repas, les reçus 2" in text_of(client.get(f"{DAY}?jour=2026-12-07"))

    @pytest.mark.parametrize(("role", "status"), [(CUISINE, 200), (AGENTS, 200), (REGISSEURS, 403)])
    def test_the_cook_and_the_agents_read_it(self, client, at, role, status):
        client.force_login(UserFactory(agent=True, role=role))

        assert {client.get(page).status_code for page in (DAY, WEEK, EXTRAS)} == {status}


class TestWeek:
    def test_a_week_adds_up_by_place_and_by_diet(self):
        one, other = school("Aillot"), school("Laden")
        eater(one)
        eater(one, told={"diet": ["sans_porc"]}, day=MONDAY + timedelta(days=1))
        eater(other)
        eater(other, plan={"basket_meal": True})
        cook = UserFactory(agent=True, role=CUISINE)
        site = canteen().sites.get(school=one)
        enter_extras(day=MONDAY, quantities={(site.pk, "agents"): 2, (site.pk, "pique-niques"): 12}, by=cook, at=LATER)

        week = kitchen_week(MONDAY + timedelta(days=3), today=TODAY)

        assert [(line.label, list(line.numbers)) for line in week.places] == [
            ("École primaire Aillot", [1, 1, 0, 0, 0]),
            ("École primaire Laden", [1, 0, 0, 0, 0]),
        ]
        assert [(line.label, line.more, line.total) for line in week.diets] == [
            ("Ordinaire", "Élémentaire", 2),
            ("Sans porc", "Élémentaire", 1),
        ]
        assert list(week.to_cook.numbers) == [4, 1, 0, 0, 0]
        assert list(week.baskets.numbers) == [1, 0, 0, 0, 0]
        assert list(week.picnics.numbers) == [12, 0, 0, 0, 0]
        assert week.plot.points[10].values == (3, 2)

    def test_a_day_that_is_over_is_told_as_it_was_ordered(self):
        place = school("Aillot")
        booking = eater(place, told={"diet": ["sans_porc"]})
        freeze_order(activity=canteen(), day=MONDAY, at=AFTER)
        booking.child.health.delete()

        week = kitchen_week(MONDAY, today=MONDAY + timedelta(days=1))

        assert [line.label for line in week.diets] == ["Sans porc"]

    def test_a_week_costs_as_many_queries_whatever_is_eaten(self, django_assert_num_queries):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                kitchen_week(MONDAY, today=TODAY)
            return len(queries)

        eater(school("Une"))
        alone = cost()
        for number in range(10):
            place = school(f"École {number}")
            for offset in range(5):
                eater(place, told={"diet": ["sans_porc"]}, day=MONDAY + timedelta(days=offset))

        assert cost() == alone


class TestExtras:
    def test_the_cook_adds_adults_and_picnics_and_the_page_says_who(self, client, cook):
        place = school("Centre")
        eater(place)
        site = canteen().sites.get()

        response = client.post(
            f"{EXTRAS}?jour=2026-12-07",
            {f"lieu-{site.pk}-agents": "2", f"lieu-{site.pk}-enseignants": "1", f"lieu-{site.pk}-pique-niques": "25"},
            follow=True,
        )

        text = text_of(response)
        assert "3 nombres enregistrés." in text
        assert "École primaire Centre – agents : 2, par Rose CAZALS le 02/12/2026 à 10:30" in text
        (service,) = response.context["page"].services
        assert (service.to_deliver, service.adults, service.picnics) == (4, 3, 25)

    def test_the_last_number_holds_and_an_equal_one_writes_nothing(self, cook):
        eater(school("Centre"))
        site = canteen().sites.get()

        def enter(number):
            return len(enter_extras(day=MONDAY, quantities={(site.pk, "agents"): number}, by=cook, at=LATER))

        assert [enter(2), enter(2), enter(5), enter(0), enter(0)] == [1, 0, 1, 1, 0]
        assert kitchen_day(MONDAY, today=TODAY).services[0].adults == 0

    @pytest.mark.parametrize("typed", ["-1", "beaucoup", "501", "2,5"])
    def test_a_bad_number_is_said_beside_it_and_nothing_is_lost(self, client, cook, typed):
        eater(school("Centre"))
        site = canteen().sites.get()

        response = client.post(
            f"{EXTRAS}?jour=2026-12-07", {f"lieu-{site.pk}-agents": typed, f"lieu-{site.pk}-enseignants": "4"}
        )

        text = text_of(response)
        assert "rien n’est encore enregistré" in text
        assert f'value="{typed}"' in text
        assert 'value="4"' in text

    def test_who_only_reads_writes_nothing(self, client, at):
        client.force_login(UserFactory(agent=True, role=REGISSEURS))
        eater(school("Centre"))
        site = canteen().sites.get()

        assert client.post(f"{EXTRAS}?jour=2026-12-07", {f"lieu-{site.pk}-agents": "2"}).status_code == 403
        assert kitchen_day(MONDAY, today=TODAY).services[0].adults == 0


def test_a_meal_cell_is_a_site_an_age_and_a_diet():
    place = school("Centre")
    booking = eater(place, told={"diet": ["sans_porc"]})
    tell(booking.child)

    assert list(meals_between(MONDAY, MONDAY).values()) == [
        Counter({Cell(booking.site_id, "elementaire", "sans_porc"): 1})
    ]


def test_today_is_not_over(client, cook, at):
    at(clock.midnight(date(2026, 12, 7)) + timedelta(hours=6, minutes=30))
    eater(school("Centre"), told={"diet": ["vegetarien"]})
    freeze_order(activity=canteen(), day=MONDAY, at=AFTER)

    assert "végétarien" in text_of(client.get(DAY))
