"""What the kitchen counts: each meal once, by age group and by what it is made of. Pure: no name, no child, only figures.

A meal is one of: ordinary, one of the neutral diets that families choose from (families.rules.health.DIETS, alone or together),
a PAI meal (a project in force for a child with a food allergy: the kitchen cooks by its protocol) or a basket (the project says
that the parents bring the meal: nothing is cooked). A project about something else (asthma) is none of the kitchen's business.
Sources: circulaire du 10 février 2021 on PAI; reference of the CNIL for school services (recipients limited to their task).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices

from families.rules.health import DIETS, HealthSheet

ORDINARY, PAI, BASKET, RARE = "", "pai", "panier", "rares"
JOIN = "+"
DIET_LABELS = dict(DIETS)
# What a diet already keeps away: told twice, it would only single a child out.
IMPLIED = {"vegetarien": ("sans_viande", "sans_porc", "sans_poisson"), "sans_viande": ("sans_porc",)}
FIRST_CLASSES = ("TPS", "PS", "MS", "GS")


class AgeGroup(TextChoices):
    """Two sizes of portion; a child whose level nobody wrote down eats as her school does."""

    NURSERY = "maternelle", "Maternelle"
    ELEMENTARY = "elementaire", "Élémentaire"


class Cause(TextChoices):
    """Why an order is no longer what it was when it was frozen."""

    LATE = "tardive", "Réservation après la commande"
    CANCELLED = "annulation", "Annulation"
    GIVEN_BACK = "rendu", "Jour rendu"
    CLOSED = "fermeture", "Fermeture ou sortie"
    DIET = "regime", "Régime ou niveau changé"
    OTHER = "autre", "Jour repris, lieu changé ou correction"


def age_group(level: str, school_kind: str | None) -> AgeGroup:
    """Return the portion of a child: by her level, else by her school, else the larger one (nobody stays hungry)."""
    if level:
        return AgeGroup.NURSERY if level in FIRST_CLASSES else AgeGroup.ELEMENTARY
    return AgeGroup.NURSERY if school_kind == "maternelle" else AgeGroup.ELEMENTARY


@dataclass(frozen=True)
class Plan:
    """What the kitchen reads of a PAI in force: whether the parents bring the meal, and its last day, included."""

    basket: bool
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is still in force on a day."""
        return self.valid_until is None or day <= self.valid_until


def diet_of(sheet: HealthSheet | None, plan: Plan | None, day: date) -> str:
    """Return what a child's meal of a day is made of, as a key: ``""``, ``pai``, ``panier``, ``sans_porc+sans_gluten``."""
    if plan is not None and plan.holds_on(day):
        if plan.basket:
            return BASKET
        if sheet is not None and (sheet.food or sheet.food_other):
            return PAI
    return diet_key(sheet.diet) if sheet is not None else ORDINARY


def diet_key(diets: Collection[str]) -> str:
    """Join diets in the order of their list, without what another already says: vegetarian alone, not « sans porc » too."""
    implied = {less for diet in diets for less in IMPLIED.get(diet, ())}
    return JOIN.join(code for code, _ in DIETS if code in diets and code not in implied)


def diet_label(key: str) -> str:
    """Say a key in French: « Sans porc, sans gluten »."""
    known = {ORDINARY: "Ordinaire", PAI: "Repas PAI", BASKET: "Panier PAI", RARE: "Régimes rares"}
    if key in known:
        return known[key]
    first, *others = (DIET_LABELS.get(code, code) for code in key.split(JOIN))
    return ", ".join([first, *map(inside, others)])


def inside(label: str) -> str:
    """Write a label inside a sentence: « sans porc », « repas PAI »."""
    return label[:1].lower() + label[1:]


def diet_order(key: str) -> tuple[int, tuple[int, ...]]:
    """Sort keys: ordinary, the diets one by one, those put together, then PAI apart."""
    if key in (RARE, PAI, BASKET):
        return 100 + (RARE, PAI, BASKET).index(key), ()
    codes = [code for code, _ in DIETS]
    parts = tuple(codes.index(code) if code in codes else len(codes) for code in key.split(JOIN) if code)
    return len(parts), parts


def is_apart(key: str) -> bool:
    """Whether a meal is counted apart: prepared by a protocol, or not prepared at all."""
    return key in (PAI, BASKET)


@dataclass(frozen=True, order=True)
class Cell:
    """Meals that are counted together: a site (id), an age group, a diet key."""

    site: int
    group: str
    diet: str


Meals = Counter[Cell]


def add_up(cells: Iterable[tuple[Cell, int]]) -> Meals:
    """Sum figures cell by cell; a cell of nothing is none."""
    total: Meals = Counter()
    for cell, number in cells:
        total[cell] += number
    return Counter({cell: number for cell, number in total.items() if number})


def difference(now: Mapping[Cell, int], before: Mapping[Cell, int]) -> dict[Cell, int]:
    """Return what has to be added to ``before`` to get ``now``, cells without a change left out, in order."""
    found = {cell: now.get(cell, 0) - before.get(cell, 0) for cell in {*now, *before}}
    return {cell: found[cell] for cell in sorted(found) if found[cell]}


@dataclass(frozen=True)
class Event:
    """A booking (id) that came, went or was given back: where, what for, which way (+1, −1), why and when."""

    cell: Cell
    delta: int
    cause: Cause
    at: datetime
    booking: int = 0


def explain(
    missing: Mapping[Cell, int], events: Iterable[Event], at: datetime, *, doubtful: Iterable[Event] = ()
) -> list[Event]:
    """Say why an order differs: the events, then what they leave unexplained, noticed ``at``. The sum is exactly ``missing``.

    A ``doubtful`` event may have been counted already (it is as old as the last look): it is told only where meals still lack in
    its direction. What is left is a change of diet or of level when the site serves as many meals as before, else a child moved.
    """
    told = list(events)
    left = Counter(missing)
    for event in told:
        left[event.cell] -= event.delta
    for event in sorted(doubtful, key=_in_order):
        if left[event.cell] * event.delta > 0:
            left[event.cell] -= event.delta
            told.append(event)
    balance: Counter[int] = Counter()
    for cell, number in left.items():
        balance[cell.site] += number
    told.sort(key=_in_order)
    for cell in sorted(left):
        if left[cell]:
            told.append(Event(cell, left[cell], Cause.OTHER if balance[cell.site] else Cause.DIET, at))
    return told


def without_passing(events: Collection[Event]) -> list[Event]:
    """Leave out the bookings that came and went without having been told: they never were on a plate."""
    ways: dict[int, set[int]] = {}
    for event in events:
        ways.setdefault(event.booking, set()).add(event.delta)
    return [event for event in events if len(ways[event.booking]) == 1]


def _in_order(event: Event) -> tuple[datetime, Cell]:
    return event.at, event.cell


def rare_diets(meals: Mapping[Cell, int], threshold: int) -> set[tuple[int, str]]:
    """Return the diets, PAI included, that fewer children of a site than ``threshold`` follow, as (site, key)."""
    followers: Counter[tuple[int, str]] = Counter()
    for cell, number in meals.items():
        if cell.diet != ORDINARY:
            followers[cell.site, cell.diet] += number
    return {key for key, number in followers.items() if number < threshold}


def blurred(cell: Cell, rare: Collection[tuple[int, str]]) -> Cell:
    """Return a cell whose diet is not told when it is rare in its site.

    For days that are over, whose figures nobody cooks from any more: a diet that one child of a small school followed would
    name her. The figures of a day to come stay exact: the meal has to be cooked, and to reach her.
    """
    return Cell(cell.site, cell.group, RARE) if (cell.site, cell.diet) in rare else cell
