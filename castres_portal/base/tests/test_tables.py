"""What a spreadsheet reads of our tables."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal

from openpyxl import load_workbook

from castres_portal.base.clock import PARIS
from castres_portal.base.tables import Sheet, to_csv, to_workbook

AT = datetime(2026, 12, 7, 6, 30, tzinfo=PARIS)
ROWS = [["École ; « Centre »", date(2026, 12, 7), AT, 12, None], ["=1+1", None, None, -1, "@demain"]]
HEADS = ("Lieu", "Jour", "Instant", "Repas", "Mot")


def test_a_french_excel_opens_the_csv():
    content = to_csv(HEADS, ROWS)

    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")) == [
        list(HEADS),
        ["École ; « Centre »", "07/12/2026", "07/12/2026 06:30", "12", ""],
        # What a spreadsheet would run is text; a number stays a number.
        ["'=1+1", "", "", "-1", "'@demain"],
    ]


def test_a_workbook_keeps_numbers_days_and_instants_and_runs_no_text():
    sheet = Sheet(
        "Un nom de feuille bien trop long pour Excel", HEADS, ROWS, above=("Titre", "Sous-titre"), totals=[["Total"]]
    )

    book = load_workbook(io.BytesIO(to_workbook([sheet], title="Essai", author="Espace Famille")))

    page = book.worksheets[0]
    assert page.title == "Un nom de feuille bien trop lon"
    rows = [list(row) for row in page.iter_rows(values_only=True)]
    assert rows[0][0] == "Titre"
    assert rows[3] == list(HEADS)
    assert rows[4] == ["École ; « Centre »", datetime(2026, 12, 7), datetime(2026, 12, 7, 6, 30), 12, None]
    assert rows[5] == ["=1+1", None, None, -1, "@demain"]
    assert page["A6"].data_type == "s"
    assert page["A7"].font.bold
    assert page.freeze_panes == "B5"
    assert page.page_setup.orientation == "landscape"
    assert book.properties.title == "Essai"


def test_euros_are_amounts_in_both():
    rows = [["Total", Decimal("-1234.5")]]

    assert to_csv(("Mot", "Montant"), rows).decode("utf-8-sig").endswith("Total;-1234,50\r\n")
    book = load_workbook(io.BytesIO(to_workbook([Sheet("Un", ("Mot", "Montant"), rows)], title="E", author="E")))
    assert (book.worksheets[0]["B2"].value, book.worksheets[0]["B2"].number_format) == (-1234.5, "#,##0.00")
