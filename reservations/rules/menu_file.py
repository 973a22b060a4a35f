"""Menus in a spreadsheet file: one line a dish. Pure: bytes in, menus or the list of what is wrong out.

A French Excel writes semicolons in Windows-1252, semicolons in UTF-8 with a mark, or tabs in UTF-16: all three are read, commas
too. Heads, courses, allergens and labels are known with or without capitals and accents.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from families.rules.health import ALLERGENS
from reservations.rules.menus import LABEL_WORDS, LONGEST_DISH, Course, Dish, MealType, MenuOfDay, ordered

HEADS = ("Date", "Repas", "Composant", "Plat", "Allergènes", "Mentions", "Remarque")
NEEDED = ("date", "composant", "plat")
MOST_LINES, MOST_BYTES = 3000, 1_000_000
LONGEST_NOTE = 200
# Words of the kitchen for the fourteen, besides their code and their name.
ALSO = {
    "gluten": ("ble", "cereales", "seigle", "orge", "avoine", "epeautre"),
    "crustaces": ("crustace",),
    "oeufs": ("oeuf",),
    "poissons": ("poisson",),
    "arachides": ("arachide", "cacahuete", "cacahuetes"),
    "lait": ("lactose", "produits laitiers"),
    "fruits_a_coque": ("fruit a coque", "noix", "noisette", "noisettes", "amande", "amandes"),
    "sesame": ("graines de sesame",),
    "sulfites": ("sulfite", "anhydride sulfureux"),
    "mollusques": ("mollusque",),
}
NONE = ("", "-", "–", "aucun", "aucune", "neant", "rien")


def plain(text: str) -> str:
    """Write a word without accents, capitals, ligatures nor signs: « Œufs » gives « oeufs »."""
    text = unicodedata.normalize("NFD", text.strip().lower().replace("œ", "oe").replace("’", "'"))
    letters = "".join(letter for letter in text if unicodedata.category(letter) != "Mn")
    return re.sub(r"[\s_\-]+", " ", letters).strip()


COURSES = {plain(word): course.value for course in Course for word in (course.value, course.label)} | {
    "plat principal": Course.MAIN.value,
    "garniture": Course.SIDE.value,
    "legume": Course.SIDE.value,
    "fromage": Course.DAIRY.value,
    "produit laitier": Course.DAIRY.value,
    "hors d'oeuvre": Course.STARTER.value,
}
MEALS = {plain(word): meal.value for meal in MealType for word in (meal.value, meal.label)} | {"": MealType.LUNCH.value}
ALLERGEN_CODES = {plain(word): code for code, name in ALLERGENS for word in (code, name, *ALSO.get(code, ()))}
LABEL_CODES = {plain(word): code for code, name in LABEL_WORDS.items() for word in (code, name)} | {
    "aop": "aop",
    "igp": "aop",
    "vege": "vegetarien",
    "msc": "peche-durable",
    "vf": "viande-francaise",
    "vbf": "viande-francaise",
}


@dataclass(frozen=True)
class LineError:
    """What is wrong with a line of the file, counted as the spreadsheet does; 0 for the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"Ligne {self.line} : {self.message}" if self.line else self.message


@dataclass(frozen=True)
class MenuFile:
    """What a file holds: its menus, or why it cannot be taken."""

    menus: Sequence[MenuOfDay] = ()
    errors: Sequence[LineError] = field(default_factory=tuple)


def read_menu_file(content: bytes) -> MenuFile:
    """Read a file; either every line is good and its menus are returned in order, or none is and each error is."""
    if len(content) > MOST_BYTES:
        return _refused("Ce fichier est trop lourd pour des menus : un mégaoctet au plus.")
    text = _decoded(content)
    if text is None:
        return _refused("Ce fichier n’est pas du texte : dans Excel, enregistrez-le au format CSV.")
    rows = _rows(text)
    first = next((place for place, row in enumerate(rows) if any(cell.strip() for cell in row)), None)
    if first is None:
        return _refused("Ce fichier est vide.")
    heads = {plain(head): column for column, head in enumerate(rows[first])}
    if missing := [name for name in NEEDED if name not in heads]:
        return _refused(
            f"La première ligne doit nommer les colonnes : {', '.join(HEADS)}. Il manque : {', '.join(missing)}."
        )
    body = [(line, row) for line, row in enumerate(rows[first + 1 :], first + 2) if any(cell.strip() for cell in row)]
    if not body:
        return _refused("Ce fichier ne contient aucun plat.")
    if len(body) > MOST_LINES:
        return _refused(f"Ce fichier contient trop de lignes : {MOST_LINES} au plus.")
    return _menus(heads, body)


def _refused(message: str) -> MenuFile:
    return MenuFile(errors=(LineError(0, message),))


def _decoded(content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            return None
    if b"\x00" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> list[list[str]]:
    lines = text.lstrip("\ufeff").splitlines()
    separator = ";"
    if lines and (told := re.fullmatch(r"\s*sep=(.)\s*", lines[0], re.IGNORECASE)):
        # Excel's own first line; an empty one keeps the numbers of the others.
        separator, lines[0] = told.group(1), ""
    else:
        head = next((line for line in lines if line.strip()), "")
        separator = max((";", "\t", ","), key=head.count)
    return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))


def _menus(heads: dict[str, int], body: Iterable[tuple[int, list[str]]]) -> MenuFile:
    errors: list[LineError] = []
    dishes: dict[tuple[date, str], list[Dish]] = {}
    notes: dict[tuple[date, str], str] = {}
    seen: dict[tuple[date, str, str, str], int] = {}
    for line, row in body:
        reader = _Line(heads, row, line)
        day, meal, dish, note = reader.day(), reader.meal(), reader.dish(), reader.note()
        errors += reader.errors
        if day is None or meal is None or dish is None or reader.errors:
            continue
        key = (day, meal, dish.course, plain(dish.name))
        if key in seen:
            errors.append(LineError(line, f"ce plat est déjà à la ligne {seen[key]}."))
            continue
        seen[key] = line
        dishes.setdefault((day, meal), []).append(dish)
        if note:
            notes[day, meal] = note
    if errors:
        return MenuFile(errors=tuple(sorted(errors, key=lambda error: error.line)))
    menus = [MenuOfDay(day, meal, ordered(found), notes.get((day, meal), "")) for (day, meal), found in dishes.items()]
    return MenuFile(menus=tuple(sorted(menus, key=lambda menu: (menu.day, MealType.values.index(menu.meal)))))


class _Line:
    """A line being read, and what is wrong with it."""

    def __init__(self, heads: dict[str, int], row: list[str], number: int) -> None:
        self.heads, self.row, self.number = heads, row, number
        self.errors: list[LineError] = []

    def cell(self, head: str) -> str:
        column = self.heads.get(head)
        return " ".join(self.row[column].split()) if column is not None and column < len(self.row) else ""

    def wrong(self, message: str) -> None:
        self.errors.append(LineError(self.number, message))

    def day(self) -> date | None:
        text = self.cell("date")
        day = _day(text)
        if day is None:
            self.wrong(
                f"la date « {text} » est illisible ; écrivez 07/12/2026." if text else "la date manque (07/12/2026)."
            )
        return day

    def meal(self) -> str | None:
        text = self.cell("repas")
        meal = MEALS.get(plain(text))
        if meal is None:
            known = ", ".join(label.lower() for label in map(str, MealType.labels))
            self.wrong(f"le repas « {text} » est inconnu ; écrivez {known}.")
        return meal

    def dish(self) -> Dish | None:
        text, name = self.cell("composant"), self.cell("plat")
        course = COURSES.get(plain(text))
        if course is None:
            known = ", ".join(label.lower() for label in map(str, Course.labels))
            self.wrong(f"le composant « {text} » est inconnu ; écrivez {known}.")
        if not name:
            self.wrong("le plat manque.")
        elif len(name) > LONGEST_DISH:
            self.wrong(f"le plat est trop long : {LONGEST_DISH} signes au plus.")
        allergens = self.codes("allergenes", ALLERGEN_CODES, "l’allergène")
        labels = self.codes("mentions", LABEL_CODES, "la mention")
        return Dish(course, name, allergens, labels) if course else None

    def codes(self, head: str, known: dict[str, str], what: str) -> tuple[str, ...]:
        """Return the codes of a cell in which words are parted by commas, slashes or plus signs."""
        text = self.cell(head)
        whole = plain(text)
        words = [whole] if whole in known else [plain(word) for word in re.split(r"[,/+|;]", text)]
        found = set()
        for word in words:
            if word in NONE:
                continue
            if word in known:
                found.add(known[word])
            else:
                self.wrong(f"{what} « {word} » n’est pas dans la liste.")
        return tuple(code for code in dict.fromkeys(known.values()) if code in found)

    def note(self) -> str:
        text = self.cell("remarque")
        if len(text) > LONGEST_NOTE:
            self.wrong(f"la remarque est trop longue : {LONGEST_NOTE} signes au plus.")
        return text


def _day(text: str) -> date | None:
    if match := re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2}|\d{4})", text):
        number, month, year = (int(part) for part in match.groups())
        year += 2000 if year < 100 else 0
    elif match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00(?::00)?)?", text):
        year, month, number = (int(part) for part in match.groups())
    else:
        return None
    try:
        day = date(year, month, number)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def menu_rows(menus: Iterable[MenuOfDay]) -> list[list[str | date | None]]:
    """Write menus as the lines of such a file, heads apart: what is exported can be imported again."""
    by_code = dict(ALLERGENS)
    return [
        [
            menu.day,
            menu.meal_name,
            dish.course_name,
            dish.name,
            " / ".join(by_code[code] for code in dish.allergens if code in by_code),
            " / ".join(dish.label_words),
            menu.note if number == 0 else "",
        ]
        for menu in menus
        for number, dish in enumerate(menu.dishes)
    ]
