"""What a menu is made of, and what the law asks of it. Pure.

Allergens: the fourteen of annex II of the INCO regulation (EU 1169/2011), told to those who eat (décret 2015-447). Vegetarian
meal: at least one a week in school canteens (code rural, L230-5-6; loi EGalim of 30 October 2018, loi Climat of 22 August 2021).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import TextChoices

from families.rules.health import ALLERGENS

ALLERGEN_WORDS = dict(ALLERGENS)
LONGEST_DISH = 120


class MealType(TextChoices):
    """Which meal of the day."""

    LUNCH = "dejeuner", "Déjeuner"
    PICNIC = "pique-nique", "Pique-nique"
    SNACK = "gouter", "Goûter"


class Course(TextChoices):
    """The parts of a meal, in the order in which they are served."""

    STARTER = "entree", "Entrée"
    MAIN = "plat", "Plat"
    SIDE = "accompagnement", "Accompagnement"
    DAIRY = "laitage", "Laitage"
    DESSERT = "dessert", "Dessert"


class Label(TextChoices):
    """What may be said of a dish; the town answers for it."""

    ORGANIC = "bio", "Bio"
    LOCAL = "local", "Local"
    VEGETARIAN = "vegetarien", "Végétarien"
    HOMEMADE = "fait-maison", "Fait maison"
    RED_LABEL = "label-rouge", "Label Rouge"
    ORIGIN = "aop", "AOP ou IGP"
    FISHING = "peche-durable", "Pêche durable"
    FRENCH_MEAT = "viande-francaise", "Viande française"


COURSES = tuple(course.value for course in Course)
LABEL_WORDS = {label.value: str(label.label) for label in Label}


@dataclass(frozen=True)
class Dish:
    """One component of a menu: its course, what it is, its allergens and its labels (codes, in the order of their lists)."""

    course: str
    name: str
    allergens: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def course_name(self) -> str:
        """« Entrée »."""
        return str(Course(self.course).label)

    @property
    def allergen_words(self) -> list[str]:
        """The allergens in words."""
        return [ALLERGEN_WORDS[code] for code in self.allergens if code in ALLERGEN_WORDS]

    @property
    def label_words(self) -> list[str]:
        """The labels in words."""
        return [LABEL_WORDS[code] for code in self.labels if code in LABEL_WORDS]

    @property
    def is_vegetarian(self) -> bool:
        """Whether it is said to be."""
        return Label.VEGETARIAN.value in self.labels


@dataclass(frozen=True)
class MenuOfDay:
    """A meal of a day as it is read."""

    day: date
    meal: str
    dishes: tuple[Dish, ...] = field(default_factory=tuple)
    note: str = ""
    is_demo: bool = False

    @property
    def meal_name(self) -> str:
        """« Déjeuner »."""
        return str(MealType(self.meal).label)

    @property
    def line(self) -> str:
        """The whole meal in a line, for a cell of the calendar."""
        return ", ".join(dish.name for dish in self.dishes)

    @property
    def allergens(self) -> list[str]:
        """The allergens of the whole meal, in words, each once, in the order of the law."""
        present = {code for dish in self.dishes for code in dish.allergens}
        return [words for code, words in ALLERGENS if code in present]

    @property
    def is_vegetarian(self) -> bool:
        """Whether the meal is the week's vegetarian one: its main dish, or what stands for it, is said to be."""
        mains = [dish for dish in self.dishes if dish.course == Course.MAIN]
        return bool(mains) and all(dish.is_vegetarian for dish in mains)


def ordered(dishes: Iterable[Dish]) -> tuple[Dish, ...]:
    """Return dishes in the order in which they are served."""
    return tuple(sorted(dishes, key=lambda dish: COURSES.index(dish.course)))


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_without_vegetarian(menus: Iterable[MenuOfDay], school_days: Iterable[date]) -> list[date]:
    """Return the Mondays of the weeks whose lunches are all written and among which none is vegetarian.

    Only days of class count; a week that is half written is not judged yet.
    """
    lunches = {menu.day: menu for menu in menus if menu.meal == MealType.LUNCH and menu.dishes}
    weeks: dict[date, list[date]] = {}
    for day in school_days:
        weeks.setdefault(monday_of(day), []).append(day)
    return [
        monday
        for monday, days in sorted(weeks.items())
        if all(day in lunches for day in days) and not any(lunches[day].is_vegetarian for day in days)
    ]
