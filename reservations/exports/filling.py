"""The filling as CSV and as a workbook: numbers only."""

from collections.abc import Sequence
from datetime import date, datetime

from castres_portal.base.french import moment, plain_day
from castres_portal.base.tables import Sheet, Value, to_csv, to_workbook
from reservations.queries.filling import Filling, FillingTable, SiteCell
from reservations.rules.filling import STATE_WORDS, Figures, State

AUTHOR = "Espace Famille"
NUMBERS = ("Places", "Réservées", "Proposées", "Restent", "En attente", "Rendues hors délai")
DETAIL = ("Activité", "Lieu", "Jour", *NUMBERS, "État", "Remarque")


def filling_csv(page: Filling) -> bytes:
    """Return one line for each site and day on which the activity runs, is closed, or somebody is booked."""
    return to_csv(DETAIL, [_detail(cell) for table in page.tables for cell in _shown(table)])


def filling_workbook(page: Filling, *, at: datetime) -> bytes:
    """Return a workbook: what is booked, a sheet an activity with its totals, then every figure in detail."""
    span = f"du {plain_day(page.first)} au {plain_day(page.last)}"
    sheets = [_grid(table, span, at) for table in page.tables if table.heads]
    rows = [_detail(cell) for table in page.tables for cell in _shown(table)]
    sheets.append(Sheet("Détail", DETAIL, rows, above=(f"Remplissage {span}", f"Écrit le {moment(at)}")))
    return to_workbook(_named_apart(sheets), title=f"Remplissage {span}", author=AUTHOR)


def _shown(table: FillingTable) -> list[SiteCell]:
    cells = [cell for row in table.rows for cell in row.cells]
    return [cell for cell in cells if cell.state != State.OFF or not cell.figures.is_empty]


def _detail(cell: SiteCell) -> list[Value]:
    end: list[Value] = [STATE_WORDS[cell.state], cell.note or None]
    return [cell.site.activity.name, cell.site.place_name, cell.day, *_numbers(cell.figures, cell.runs), *end]


def _numbers(figures: Figures, runs: bool) -> list[Value]:
    places, left = (figures.places, figures.left) if runs else (None, None)
    return [places, figures.booked, figures.offered, left, figures.waiting, figures.given_back]


def _grid(table: FillingTable, span: str, at: datetime) -> Sheet:
    def day(one: date) -> str:
        return f"{one:%d/%m}"

    heads = ["Lieu", *(day(head.day) for head in table.heads), "Réservées", "Places", "Jours complets"]
    rows: list[list[Value]] = []
    for row in table.rows:
        cells: list[Value] = [
            cell.figures.booked if cell.runs or not cell.figures.is_empty else None for cell in row.cells
        ]
        rows.append([row.site.place_name, *cells, row.total.booked, row.total.places, row.full_days])
    booked: list[Value] = ["Réservées", *(one.figures.booked for one in table.foot), table.total.booked]
    places: list[Value] = ["Places", *(one.figures.places for one in table.foot), table.total.places]
    above = (f"{table.activity.name}\u00a0: réservations par jour, {span}", f"Écrit le {moment(at)}")
    return Sheet(table.activity.name, heads, rows, above, [booked, places])


def _named_apart(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Give each sheet a name that a workbook takes: 31 characters, none of « []:*?/\\ », each once."""
    found, names = [], set()
    for number, sheet in enumerate(sheets, 1):
        name = "".join(" " if character in "[]:*?/\\" else character for character in sheet.name)[:31].strip("' ")
        if not name or name.casefold() in names:
            name = f"{name[:26]} ({number})"
        names.add(name.casefold())
        found.append(Sheet(name, sheet.heads, sheet.rows, sheet.above, sheet.totals))
    return found
