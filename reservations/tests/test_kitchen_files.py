"""The kitchen's papers and files: the figures of the page, and no name."""

import csv
import io
import subprocess
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from accounts.roles import CUISINE
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from reservations.services.kitchen import enter_extras, follow_order, freeze_order
from reservations.tests.kitchen import AFTER, LATER, MONDAY, canteen, eater, school

pytestmark = pytest.mark.django_db
DAY, WEEK = "/admin/reservations/kitchenorder/jour/", "/admin/reservations/kitchenorder/semaine/"
NOW = LATER + timedelta(hours=1)


@pytest.fixture
def town(client, monkeypatch):
    """Three children of two schools, an order, a child who came later on a diet, two agents and a picnic."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    cook = UserFactory(agent=True, role=CUISINE)
    client.force_login(cook)
    centre, laden = school("Centre"), school("Laden")
    eater(centre)
    eater(centre, level="PS")
    eater(laden, plan={"basket_meal": True})
    order = freeze_order(activity=canteen(), day=MONDAY, at=AFTER)
    eater(laden, booked_at=LATER, told={"diet": ["sans_porc"]})
    follow_order(order=order.pk, at=NOW)
    site = canteen().sites.get(school=centre)
    enter_extras(day=MONDAY, quantities={(site.pk, "agents"): 2, (site.pk, "pique-niques"): 25}, by=cook, at=LATER)


def fetch(client, page, kind):
    response = client.get(page, {"jour": "2026-12-07", "fichier": kind})
    assert response.status_code == 200
    assert f".{kind}" in response["Content-Disposition"]
    return response.content


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_csv_of_a_day_has_a_line_for_each_place_age_and_diet(client, town):
    assert rows_of(fetch(client, DAY, "csv")) == [
        ["Jour", "Activité", "Lieu", "Âge", "Régime", "Commandés", "Écart", "À servir"],
        ["07/12/2026", "Restauration scolaire", "École primaire Centre", "Maternelle", "Ordinaire", "1", "0", "1"],
        ["07/12/2026", "Restauration scolaire", "École primaire Centre", "Élémentaire", "Ordinaire", "1", "0", "1"],
        ["07/12/2026", "Restauration scolaire", "École primaire Centre", "", "Agents", "", "", "2"],
        ["07/12/2026", "Restauration scolaire", "École primaire Centre", "", "Pique-niques", "", "", "25"],
        ["07/12/2026", "Restauration scolaire", "École primaire Laden", "Élémentaire", "Sans porc", "0", "1", "1"],
        ["07/12/2026", "Restauration scolaire", "École primaire Laden", "Élémentaire", "Panier PAI", "1", "0", "1"],
    ]


def test_the_workbook_of_a_day_reads_like_the_page(client, town):
    book = load_workbook(io.BytesIO(fetch(client, DAY, "xlsx")))

    assert book.sheetnames == ["Restauration scolaire", "Écarts", "Détail"]
    rows = [list(row) for row in book["Restauration scolaire"].iter_rows(values_only=True)]
    assert rows[0][0] == "Restauration scolaire\u00a0: lundi 7 décembre 2026"
    assert rows[3] == [
        *("Lieu", "Âge", "Ordinaire", "Sans porc", "Panier PAI", "Enfants", "Adultes", "À livrer", "Pique-niques"),
    ]
    assert rows[4:] == [
        ["École primaire Centre", "Maternelle", 1, 0, 0, 1, 2, 4, 25],
        ["École primaire Centre", "Élémentaire", 1, 0, 0, 1, None, None, None],
        ["École primaire Laden", "Élémentaire", 0, 1, 1, 2, 0, 1, 0],
        ["Maternelle", None, 1, 0, 0, 1, None, None, None],
        ["Élémentaire", None, 1, 1, 1, 3, None, None, None],
        ["Toute la ville", None, 2, 1, 1, 4, 2, 5, 25],
    ]
    (change,) = [list(row) for row in book["Écarts"].iter_rows(min_row=4, values_only=True)]
    assert change[2:] == ["École primaire Laden", "Élémentaire", "sans porc", 1, "Réservation après la commande"]


def test_the_week_adds_up_in_both_files(client, town):
    rows = rows_of(fetch(client, WEEK, "csv"))
    book = load_workbook(io.BytesIO(fetch(client, WEEK, "xlsx")))

    assert rows[0] == ["Quoi", "Libellé", "Lundi 7 décembre", "Mardi 8 décembre", "Mercredi 9 décembre"] + [
        "Jeudi 10 décembre",
        "Vendredi 11 décembre",
        "Semaine",
    ]
    assert ["Lieu", "École primaire Centre", "2", "0", "0", "0", "0", "2"] in rows
    assert ["Total", "Total à cuisiner", "5", "0", "0", "0", "0", "5"] in rows
    assert ["Régime", "Sans porc, élémentaire", "1", "0", "0", "0", "0", "1"] in rows
    assert book.sheetnames == ["Lieux", "Régimes"]
    assert [cell.value for cell in book["Lieux"][6]] == ["École primaire Laden", 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (
            DAY,
            ["Cuisine : lundi 7 décembre 2026", "5 repas chauds à livrer", "École primaire Laden", "Réservation après"],
        ),
        (WEEK, ["Cuisine : semaine du 7 décembre 2026", "Total à cuisiner", "Sans porc"]),
    ],
)
def test_the_papers_are_tagged_and_say_the_figures(client, town, tmp_path, page, words):
    paper = tmp_path / "cuisine.pdf"
    paper.write_bytes(fetch(client, page, "pdf"))

    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    told = " ".join(text.split())
    for word in words:
        assert word in told
    facts = subprocess.run(["pdfinfo", paper], capture_output=True, text=True, check=True).stdout
    assert "Tagged:          yes" in facts
    assert "Martin" not in told


@pytest.mark.parametrize("kind", ["", "exe", "../pdf"])
def test_a_file_that_does_not_exist_is_the_page(client, town, kind):
    response = client.get(DAY, {"jour": "2026-12-07", "fichier": kind})

    assert "text/html" in response["Content-Type"]
