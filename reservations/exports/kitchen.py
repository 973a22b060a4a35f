"""The kitchen's day and week as CSV and as a workbook: the figures of the page, numbers only."""

from datetime import datetime

from castres_portal.base.french import long_day, moment, plain_day
from castres_portal.base.tables import Sheet, Value, to_csv, to_workbook
from reservations.queries.kitchen.day import KitchenDay, Service
from reservations.queries.kitchen.week import KitchenWeek, Line

AUTHOR = "Espace Famille"
DETAIL = ("Jour", "Activité", "Lieu", "Âge", "Régime", "Commandés", "Écart", "À servir")


def day_csv(page: KitchenDay) -> bytes:
    """Return a day, one line for each place, age group and diet, then adults and picnics."""
    return to_csv(DETAIL, [row for service in page.services for row in _detail(page, service)])


def day_workbook(page: KitchenDay, *, at: datetime) -> bytes:
    """Return a day as a workbook: a table a service as the cook reads it, the differences, the detail."""
    sheets = [_table(page, service, at) for service in page.services]
    changes: list[list[Value]] = [
        [change.at or at, service.activity.name, change.place, change.group, change.diet, change.delta, change.cause]
        for service in page.services
        for change in service.changes
    ]
    heads = ("Le", "Activité", "Lieu", "Âge", "Régime", "En plus ou en moins", "Pourquoi")
    sheets.append(Sheet("Écarts", heads, changes, above=(f"Écarts avec la commande du {long_day(page.day)}",)))
    sheets.append(Sheet("Détail", DETAIL, [row for service in page.services for row in _detail(page, service)]))
    return to_workbook(sheets, title=f"Cuisine, {long_day(page.day)}", author=AUTHOR)


def _detail(page: KitchenDay, service: Service) -> list[list[Value]]:
    name = service.activity.name
    found: list[list[Value]] = []
    for place in service.places:
        for row in place.rows:
            for column, figure in zip(service.columns, row.figures, strict=True):
                if figure.ordered or figure.delta:
                    numbers = (figure.ordered, figure.delta, figure.now)
                    found.append([page.day, name, place.name, row.label, column.label, *numbers])
        for label, number in (
            ("Agents", place.staff),
            ("Enseignants", place.teachers),
            ("Pique-niques", place.picnics),
        ):
            if number:
                found.append([page.day, name, place.name, None, label, None, None, number])
    return found


def _table(page: KitchenDay, service: Service, at: datetime) -> Sheet:
    heads = [
        "Lieu",
        "Âge",
        *(column.label for column in service.columns),
        "Enfants",
        "Adultes",
        "À livrer",
        "Pique-niques",
    ]
    rows: list[list[Value]] = []
    for place in service.places:
        ends: list[Value] = [place.adults, place.to_deliver, place.picnics]
        blank: list[Value] = [None, None, None]
        for number, row in enumerate(place.rows):
            figures: list[Value] = [figure.now for figure in row.figures]
            rows.append([place.name, row.label, *figures, row.total.now, *(blank if number else ends)])
        if not place.rows:
            rows.append([place.name, None, *(0 for _ in service.columns), 0, *ends])
    total = service.total
    end: list[Value] = [service.adults, service.to_deliver, service.picnics]
    totals: list[list[Value]] = []
    for row in service.groups:
        totals.append([row.label, None, *(figure.now for figure in row.figures), row.total.now, None, None, None])
    totals.append([total.label, None, *(figure.now for figure in total.figures), service.children.now, *end])
    state = f"Commande figée le {moment(service.order.frozen_at)}, écarts compris" if service.order else "Provisoire"
    above = (f"{service.activity.name} : {long_day(page.day)}", f"{state} ; écrit le {moment(at)}")
    return Sheet(service.activity.name, heads, rows, above=above, totals=totals)


# --- The week -----------------------------------------------------------------------------------------------------------


def _week_heads(week: KitchenWeek) -> list[str]:
    return [long_day(head.day).rsplit(" ", 1)[0].capitalize() for head in week.days]


def week_csv(week: KitchenWeek) -> bytes:
    """Return a week: a line a place, then the totals, then the diets of the whole town."""
    rows = [_row("Lieu", line) for line in week.places]
    rows += [_row("Total", line) for line in week.foot]
    rows += [_row("Régime", line) for line in week.diets]
    return to_csv(("Quoi", "Libellé", *_week_heads(week), "Semaine"), rows)


def _row(kind: str, line: Line) -> list[Value]:
    return [kind, f"{line.label}, {line.more.lower()}" if line.more else line.label, *line.numbers, line.total]


def week_workbook(week: KitchenWeek, *, at: datetime) -> bytes:
    """Return a week as a workbook: places, then diets of the whole town."""
    above = (
        f"Cuisine : semaine du {plain_day(week.monday)}",
        f"Enfants, paniers PAI non compris ; écrit le {moment(at)}",
    )
    heads = _week_heads(week)
    ends = [_row("", line)[1:] for line in week.foot]
    places = Sheet("Lieux", ("Lieu", *heads, "Semaine"), [_row("", line)[1:] for line in week.places], above, ends)
    diets = Sheet("Régimes", ("Régime", *heads, "Semaine"), [_row("", line)[1:] for line in week.diets], above)
    return to_workbook([places, diets], title=above[0], author=AUTHOR)
