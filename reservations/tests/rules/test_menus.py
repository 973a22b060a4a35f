"""Menus: files that a French Excel writes, errors line by line, and the week's vegetarian meal."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castres_portal.base.tables import to_csv
from families.rules.health import ALLERGENS
from reservations.rules.menu_file import HEADS, MOST_LINES, menu_rows, plain, read_menu_file
from reservations.rules.menus import (
    Course,
    Dish,
    Label,
    MealType,
    MenuOfDay,
    monday_of,
    ordered,
    weeks_without_vegetarian,
)

MONDAY = date(2026, 12, 7)
TABLE = (
    ("Date", "Repas", "Composant", "Plat", "Allergènes", "Mentions", "Remarque"),
    ("07/12/2026", "", "Entrée", "Céleri rémoulade", "Céleri, œufs, moutarde", "bio / local", ""),
    ("07/12/2026", "déjeuner", "PLAT", "Bœuf à la gardiane", "", "Viande française", "Noël approche"),
    ("08/12/2026", "Pique-nique", "dessert", "Pomme", "aucun", "", ""),
)


def written(table, separator=";"):
    return "\r\n".join(separator.join(f'"{cell}"' if separator in cell else cell for cell in row) for row in table)


@pytest.mark.parametrize(
    "content",
    [
        written(TABLE).encode("cp1252"),
        written(TABLE).encode("utf-8-sig"),
        written(TABLE).encode(),
        written(TABLE, "\t").encode("utf-16"),
        written(TABLE, ",").encode(),
        ("sep=;\r\n" + written(TABLE)).encode("utf-8-sig"),
        ("\r\n\r\n" + written(TABLE) + "\r\n;;;;;;\r\n").encode(),
    ],
    ids=["Excel, CSV", "Excel, CSV UTF-8", "UTF-8", "Excel, texte Unicode", "virgules", "sep=", "lignes vides"],
)
def test_the_files_that_a_french_spreadsheet_writes_are_read(content):
    file = read_menu_file(content)

    assert file.errors == ()
    lunch, picnic = file.menus
    assert (lunch.day, lunch.meal, lunch.line) == (MONDAY, "dejeuner", "Céleri rémoulade, Bœuf à la gardiane")
    assert lunch.dishes[0].allergens == ("oeufs", "celeri", "moutarde")
    assert lunch.dishes[0].labels == ("bio", "local")
    assert lunch.note == "Noël approche"
    assert (picnic.meal, picnic.dishes) == ("pique-nique", (Dish("dessert", "Pomme"),))


def spaced(error):
    """What is said, no-break spaces read as spaces."""
    return str(error).replace("\u00a0", " ")


HEAD = "Date;Repas;Composant;Plat;Allergènes;Mentions\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("32/12/2026;;plat;Riz;;", "Ligne 2 : la date « 32/12/2026 » est illisible ; écrivez 07/12/2026."),
        (";;plat;Riz;;", "Ligne 2 : la date manque (07/12/2026)."),
        (
            "07/12/2026;brunch;plat;Riz;;",
            "Ligne 2 : le repas « brunch » est inconnu ; écrivez déjeuner, pique-nique, goûter.",
        ),
        (
            "07/12/2026;;soupe;Riz;;",
            "Ligne 2 : le composant « soupe » est inconnu ; écrivez entrée, plat, accompagnement, ",
        ),
        ("07/12/2026;;plat;;;", "Ligne 2 : le plat manque."),
        (f"07/12/2026;;plat;{'x' * 121};;", "Ligne 2 : le plat est trop long : 120 signes au plus."),
        ("07/12/2026;;plat;Riz;kiwi;", "Ligne 2 : l’allergène « kiwi » n’est pas dans la liste."),
        ("07/12/2026;;plat;Riz;;halal", "Ligne 2 : la mention « halal » n’est pas dans la liste."),
        ("07/12/2026;;plat;Riz;;\n07/12/26;déjeuner;plat;RIZ;;", "Ligne 3 : ce plat est déjà à la ligne 2."),
    ],
)
def test_each_error_names_its_line_and_what_to_write(line, message):
    file = read_menu_file((HEAD + line).encode())

    assert file.menus == ()
    said = [spaced(error) for error in file.errors]
    assert any(words.startswith(message) for words in said), said


def test_every_error_is_told_and_nothing_is_taken():
    file = read_menu_file((HEAD + "07/12/2026;;plat;Riz;;\nhier;;plat;;kiwi;\n08/12/2026;;truc;Pâtes;;").encode())

    assert file.menus == ()
    assert [error.line for error in file.errors] == [3, 3, 3, 4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Ce fichier est vide."),
        (b"\n \n;;\n", "Ce fichier est vide."),
        (b"PK\x03\x04\x00\x00", "Ce fichier n’est pas du texte"),
        (b"Jour;Menu\n07/12/2026;Riz", "Il manque : date, composant, plat."),
        (HEAD.encode(), "Ce fichier ne contient aucun plat."),
        (b"x" * 1_000_001, "Ce fichier est trop lourd"),
        ((HEAD + "07/12/2026;;plat;Riz;;\n" * (MOST_LINES + 1)).encode(), "Ce fichier contient trop de lignes"),
    ],
)
def test_what_is_no_menu_file_is_refused_in_a_sentence(content, message):
    (error,) = read_menu_file(content).errors

    assert message in spaced(error)


@pytest.mark.parametrize("word", [word for code, word in ALLERGENS] + [code for code, _ in ALLERGENS])
def test_the_fourteen_allergens_are_known_by_name(word):
    file = read_menu_file(f"{HEAD}07/12/2026;;plat;Riz;{word.upper()};".encode())

    assert file.errors == ()
    assert len(file.menus[0].dishes[0].allergens) == 1


dish = st.builds(
    Dish,
    st.sampled_from(Course.values),
    st.from_regex(r"[A-Za-zÀ-ÿœ][A-Za-zÀ-ÿœ ,;'\"’=+@-]{0,60}[a-z]", fullmatch=True).map(
        lambda text: " ".join(text.split())
    ),
    st.sets(st.sampled_from([code for code, _ in ALLERGENS])).map(
        lambda found: tuple(code for code, _ in ALLERGENS if code in found)
    ),
    st.sets(st.sampled_from(Label.values)).map(lambda found: tuple(code for code in Label.values if code in found)),
)
menus = st.lists(
    st.builds(
        lambda offset, meal, dishes: MenuOfDay(MONDAY + timedelta(days=offset), meal, ordered(dishes)),
        st.integers(0, 40),
        st.sampled_from(MealType.values),
        st.lists(dish, min_size=1, max_size=6, unique_by=lambda one: (one.course, plain(one.name))),
    ),
    unique_by=lambda menu: (menu.day, menu.meal),
    min_size=1,
    max_size=6,
)


@given(menus)
def test_what_is_exported_is_imported_as_it_was(wanted):
    file = read_menu_file(to_csv(HEADS, menu_rows(wanted)))

    assert file.errors == ()
    assert list(file.menus) == sorted(wanted, key=lambda menu: (menu.day, MealType.values.index(menu.meal)))


@given(st.binary(max_size=400))
def test_no_file_whatever_breaks_the_reader(content):
    file = read_menu_file(content)

    assert bool(file.errors) != bool(file.menus)


# --- The week's vegetarian meal -----------------------------------------------------------------------------------------

DAYS = [MONDAY + timedelta(days=offset) for offset in (0, 1, 3, 4)]


def lunch(day, *, green=False, meal="dejeuner"):
    labels = ("vegetarien",) if green else ()
    return MenuOfDay(day, meal, (Dish("entree", "Carottes", (), ("vegetarien",)), Dish("plat", "Riz", (), labels)))


@pytest.mark.parametrize(
    ("written_menus", "weeks"),
    [
        ([lunch(day) for day in DAYS], [MONDAY]),
        ([lunch(day, green=day == DAYS[2]) for day in DAYS], []),
        # Half written: not judged yet.
        ([lunch(day) for day in DAYS[:3]], []),
        # A vegetarian picnic is not the canteen's lunch.
        ([lunch(day) for day in DAYS] + [lunch(MONDAY, green=True, meal="pique-nique")], [MONDAY]),
        # On Wednesday only the centres eat.
        ([lunch(day) for day in DAYS] + [lunch(MONDAY + timedelta(days=2), green=True)], [MONDAY]),
    ],
)
def test_a_week_without_a_vegetarian_lunch_is_noticed(written_menus, weeks):
    assert weeks_without_vegetarian(written_menus, DAYS) == weeks


def test_a_week_begins_on_monday():
    assert {monday_of(MONDAY + timedelta(days=offset)) for offset in range(7)} == {MONDAY}
