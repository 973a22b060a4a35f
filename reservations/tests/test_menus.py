"""Menus: what families and the calendar read."""

import html
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.roles import CUISINE, REGISSEURS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.tests.races import at_once, meeting_after
from families.tests.factories import NOON
from reservations.models import Menu, MenuDish
from reservations.queries.menus import lunches_between, menus_between
from reservations.rules.menus import Dish, MenuOfDay
from reservations.services import menus as menu_service
from reservations.services.menus import write_menus
from reservations.tests.factories import ActivityFactory, MenuFactory, SchoolYearFactory

MONDAY, TUESDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 11)


@pytest.mark.django_db
class TestReading:
    def test_the_menus_of_a_week_come_with_their_dishes_in_the_order_of_the_meal(self):
        MenuFactory(day=MONDAY, meal="gouter", dishes={"dessert": "Compote"})
        MenuFactory(
            day=MONDAY,
            dishes={
                "dessert": "Clémentine",
                "plat": ("Colin meunière", ["poissons", "gluten"], ["peche-durable"]),
                "entree": ("Céleri rémoulade", ["celeri", "oeufs", "moutarde"], ["bio"]),
            },
        )
        MenuFactory(day=FRIDAY)

        found = menus_between(MONDAY, TUESDAY)

        assert list(found) == [MONDAY]
        lunch, snack = found[MONDAY]
        assert lunch.line == "Céleri rémoulade, Colin meunière, Clémentine"
        assert lunch.allergens == ["Céréales contenant du gluten", "Œufs", "Poissons", "Céleri", "Moutarde"]
        assert lunch.dishes[0].label_words == ["Bio"]
        assert snack.meal_name == "Goûter"

    def test_a_month_costs_one_query(self, django_assert_num_queries):
        for day in range(1, 29):
            MenuFactory(day=date(2026, 12, day), dishes={"entree": "Potage", "plat": "Purée", "dessert": "Pomme"})

        with django_assert_num_queries(1):
            assert len(lunches_between(date(2026, 12, 1), date(2026, 12, 31))) == 28


WEEK, IMPORT, EXPORT = (f"/admin/reservations/menu/{page}/" for page in ("semaine", "importer", "exporter"))
FILE = (
    "Date;Repas;Composant;Plat;Allergènes;Mentions;Remarque\r\n"
    "07/12/2026;;Entrée;Carottes râpées;;bio;\r\n"
    "07/12/2026;;Plat;Colin pané;poisson / gluten;;\r\n"
    "08/12/2026;;Plat;Lasagnes de légumes;lait, gluten;végétarien;\r\n"
)


@pytest.fixture
def cook(client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    user = UserFactory(agent=True, role=CUISINE)
    client.force_login(user)
    return user


def text_of(response):
    return " ".join(html.unescape(response.content.decode()).replace("\xa0", " ").split())


def typed(client, monday="2026-12-07", **changes):
    """The page of a week as the browser sends it back, with what the cook types."""
    form = client.get(f"{WEEK}?jour={monday}").context["form"]
    fields = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (fields | changes).items() if value}


def upload(client, content):
    return client.post(IMPORT, {"file": SimpleUploadedFile("menus.csv", content)})


@pytest.mark.django_db
class TestWeek:
    def test_the_cook_writes_a_week_and_families_read_it(self, client, cook):
        fields = {
            "20261207-entree-0": "Salade  verte",
            "20261207-plat-0": "Colin meunière",
            "20261207-plat-0-a": ["poissons", "gluten"],
            "20261207-plat-0-m": ["peche-durable"],
            "20261207-note": "Repas à l’ancienne",
        }
        response = client.post(f"{WEEK}?jour=2026-12-09", typed(client, **fields), follow=True)

        assert "Menus enregistrés : 1 créé." in text_of(response)
        text = text_of(client.get("/menus/?semaine=2026-12-10"))
        for words in (
            "Salade verte",
            "Colin meunière",
            "Pêche durable",
            "Contient : céréales contenant du gluten, poissons",
            "Repas à l’ancienne",
            "Lundi 7 décembre 2026",
        ):
            assert words in text
        assert Menu.objects.get().changed_by == cook

    def test_an_untouched_week_changes_nothing_and_an_emptied_day_has_no_menu(self, client, cook):
        MenuFactory(day=MONDAY)
        MenuFactory(day=TUESDAY, dishes={"plat": "Riz", "dessert": "Pomme"})

        same = client.post(f"{WEEK}?jour=2026-12-07", typed(client), follow=True)
        gone = client.post(f"{WEEK}?jour=2026-12-07", typed(client, **{"20261207-plat-0": ""}), follow=True)

        assert "Rien n’a changé" in text_of(same)
        assert "Menus enregistrés : 1 retiré." in text_of(gone)
        assert [menu.day for menu in Menu.objects.all()] == [TUESDAY]

    def test_two_desserts_of_a_day_are_both_kept(self, client, cook):
        menu = MenuFactory(day=MONDAY)
        MenuDish.objects.create(menu=menu, course="dessert", position=5, name="Pomme")
        MenuDish.objects.create(menu=menu, course="dessert", position=6, name="Poire")

        client.post(f"{WEEK}?jour=2026-12-07", typed(client, **{"20261207-dessert-1": "Banane"}))

        assert lunches_between(MONDAY, MONDAY)[MONDAY].line == "Poulet rôti, Pomme, Banane"

    def test_allergens_of_no_dish_are_said_and_nothing_is_lost(self, client, cook):
        fields = {"20261207-plat-0": "Riz", "20261208-plat-0-a": ["lait"]}

        response = client.post(f"{WEEK}?jour=2026-12-07", typed(client, **fields))

        text = text_of(response)
        assert "Écrivez le plat, ou décochez ses allergènes" in text
        assert 'value="Riz"' in text
        assert Menu.objects.count() == 0

    def test_what_a_colleague_wrote_meanwhile_is_shown_before_it_is_replaced(self, client, cook):
        sent = typed(client, **{"20261207-plat-0": "Riz"})
        MenuFactory(day=MONDAY, dishes={"plat": "Purée"})

        first = client.post(f"{WEEK}?jour=2026-12-07", sent)

        assert "Ces menus ont changé pendant que vous les écriviez : lundi 7 décembre 2026" in text_of(first)
        assert "ce qui est enregistré : Purée" in text_of(first)
        assert 'value="Riz"' in text_of(first)
        assert lunches_between(MONDAY, MONDAY)[MONDAY].line == "Purée"
        again = sent | {"20261207-vu": first.context["form"].data["20261207-vu"]}
        client.post(f"{WEEK}?jour=2026-12-07", again)
        assert lunches_between(MONDAY, MONDAY)[MONDAY].line == "Riz"

    def test_a_week_without_a_vegetarian_lunch_is_said(self, client, cook):
        SchoolYearFactory()
        ActivityFactory()
        for offset in (0, 1, 3, 4):
            MenuFactory(day=MONDAY + timedelta(days=offset))

        assert "n’a pas de menu végétarien" in text_of(client.get(f"{WEEK}?jour=2026-12-07"))
        MenuDish.objects.filter(menu__day=TUESDAY).update(labels=["vegetarien"])
        assert "n’a pas de menu végétarien" not in text_of(client.get(f"{WEEK}?jour=2026-12-07"))

    @pytest.mark.parametrize("page", [WEEK, IMPORT])
    def test_who_only_reads_writes_nothing(self, client, cook, page):
        client.force_login(UserFactory(agent=True, role=REGISSEURS))

        assert client.get(page).status_code == 403
        assert client.post(page, {"20261207-plat-0": "Riz"}).status_code == 403


@pytest.mark.django_db
class TestFile:
    def test_a_file_is_previewed_then_taken(self, client, cook):
        MenuFactory(day=MONDAY, dishes={"plat": "Purée"})

        preview = upload(client, FILE.encode("cp1252"))

        text = text_of(preview)
        assert "2 menus</strong> à écrire. Rien n’est encore enregistré." in text
        assert "remplace</strong> : Purée" in text
        assert "nouveau" in text
        assert lunches_between(MONDAY, MONDAY)[MONDAY].line == "Purée"
        taken = client.post(IMPORT, {"do": "import", "text": preview.context["preview"]["text"]}, follow=True)
        assert "Menus enregistrés : 1 créé, 1 modifié." in text_of(taken)
        assert lunches_between(MONDAY, TUESDAY)[TUESDAY].is_vegetarian

    def test_imported_again_it_updates_and_changes_nothing_else(self, client, cook):
        MenuFactory(day=FRIDAY)
        for content in (FILE, FILE, FILE.replace("Colin pané", "Colin meunière")):
            preview = upload(client, content.encode()).context["preview"]
            client.post(IMPORT, {"do": "import", "text": preview["text"]})

        assert Menu.objects.count() == 3
        assert lunches_between(MONDAY, MONDAY)[MONDAY].line == "Carottes râpées, Colin meunière"
        assert preview["count"] == 1

    def test_one_bad_line_and_nothing_is_taken(self, client, cook):
        text = text_of(upload(client, FILE.replace("poisson", "poison").encode()))

        assert "Ligne 3 : l’allergène « poison » n’est pas dans la liste." in text
        assert Menu.objects.count() == 0

    def test_a_text_forged_in_the_second_step_is_read_like_any_file(self, client, cook):
        response = client.post(IMPORT, {"do": "import", "text": "n’importe quoi"})

        assert "La première ligne doit nommer les colonnes" in text_of(response)

    def test_without_a_file_it_says_so(self, client, cook):
        assert "Choisissez un fichier." in text_of(client.post(IMPORT, {}))

    def test_what_is_exported_can_be_imported_again(self, client, cook):
        MenuFactory(day=MONDAY, dishes={"entree": ("Œufs mimosa", ["oeufs"], ["bio"]), "plat": "Riz"})

        content = client.get(f"{EXPORT}?jour=2026-12-07").content

        assert content.startswith(b"\xef\xbb\xbfDate;Repas")
        assert upload(client, content).context["preview"]["count"] == 0

    def test_a_menu_that_lost_its_dishes_does_not_stand_in_the_way(self, cook):
        MenuFactory(day=MONDAY).dishes.all().delete()

        write_menus(menus=[MenuOfDay(MONDAY, "dejeuner", (Dish("plat", "Riz"),))], by=cook, at=NOON)

        assert lunches_between(MONDAY, MONDAY)[MONDAY].line == "Riz"


@pytest.mark.django_db
class TestPublicPage:
    def test_anybody_reads_the_week_and_goes_to_the_next(self, client, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: NOON.replace(month=12, day=8))
        MenuFactory(day=MONDAY, is_demo=True, dishes={"plat": ("Riz", [], ["vegetarien"])})
        MenuFactory(day=date(2026, 12, 15))

        text = text_of(client.get("/menus/"))

        assert "Menu végétarien" in text
        assert "démonstration" in text
        assert "?semaine=2026-12-14" in text
        assert "Semaine précédente" not in text

    def test_at_the_week_end_the_week_to_come_is_shown(self, client, monkeypatch):
        for day, monday in ((4, date(2026, 11, 30)), (5, MONDAY), (6, MONDAY)):
            monkeypatch.setattr(clock, "now", lambda day=day: NOON.replace(month=12, day=day))
            assert client.get("/menus/").context["monday"] == monday

    @pytest.mark.parametrize("asked", ["", "hier", "2026-99-01", "0001-01-01", "9999-12-31"])
    def test_a_week_that_cannot_be_read_is_this_one(self, client, monkeypatch, asked):
        monkeypatch.setattr(clock, "now", lambda: NOON)

        response = client.get("/menus/", {"semaine": asked})

        assert response.status_code == 200
        assert response.context["monday"] == date(2026, 11, 16)
        assert "Pas encore de menu" in text_of(response)

    def test_a_full_week_costs_three_queries(self, client, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr(clock, "now", lambda: NOON)
        for offset in range(5):
            for meal in ("dejeuner", "gouter"):
                MenuFactory(day=MONDAY + timedelta(days=offset), meal=meal)
        client.get("/menus/")

        with django_assert_num_queries(3):
            client.get("/menus/?semaine=2026-12-07")


@pytest.mark.django_db
class TestRows:
    def test_a_meal_has_one_menu_a_day(self):
        MenuFactory(day=MONDAY)

        with pytest.raises(IntegrityError), transaction.atomic():
            MenuFactory(day=MONDAY)

    @pytest.mark.parametrize("fields", [{"allergens": ["kiwi"]}, {"labels": ["halal"]}, {"allergens": "lait"}])
    def test_allergens_and_labels_are_of_the_lists(self, fields):
        dish = MenuDish(menu=MenuFactory(day=MONDAY), course="plat", position=9, name="Riz", **fields)

        with pytest.raises(ValidationError):
            dish.full_clean()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_cooks_who_write_one_day_leave_one_menu(monkeypatch):
    monkeypatch.setattr(menu_service, "compare", meeting_after(menu_service.compare))

    def write(name):
        return write_menus(menus=[MenuOfDay(MONDAY, "dejeuner", (Dish("plat", name),))], by=None, at=NOON)

    answers = at_once(lambda: write("Riz"), lambda: write("Purée"))

    assert Menu.objects.count() == MenuDish.objects.count() == 1
    assert sorted(type(answer).__name__ for answer in answers) == ["Refusal", "Written"]
