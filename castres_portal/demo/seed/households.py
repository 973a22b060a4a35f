"""Fictional households drawn from a seed: each from its own rank, so that the first ones do not depend on how many follow."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from castres_portal.demo.seed import names
from families.models import Custody, SchoolLevel

Rhythm = Custody.Rhythm
LEVELS = [level.value for level in SchoolLevel][1:]  # nursery begins with PS: Laden alone has a TPS
FIRST_ELEMENTARY = LEVELS.index("CP")
AGE_OF_FIRST_LEVEL = 3  # years reached in the calendar year of the autumn
DOMAIN = "demo.example.org"
NO_QUOTIENT = 0.12
QUOTIENTS = ((60, 399), (400, 599), (600, 799), (800, 1099), (1100, 1499), (1500, 2600))
WEEKS = ((0, 1, 3, 4), (0, 1, 3), (0, 3), (1, 4), (0, 1, 4), (3,), (1, 3, 4))
WEEKS_WEIGHTS = (46, 14, 12, 10, 8, 5, 5)


@dataclass(frozen=True)
class Sector:
    """Where the children of a neighbourhood go: nursery, then elementary (twice the same for an école primaire)."""

    nursery: str
    elementary: str
    weight: int

    def school(self, level: int) -> str:
        """Return the UAI for a level (0: PS)."""
        return self.nursery if level < FIRST_ELEMENTARY else self.elementary


CENTRE = Sector("0810400V", "0810369L", 155)
VILLEGOUDOU = Sector("0810404Z", "0810130B", 100)
LAMBERT = Sector("0811150K", "0811150K", 121)
ALBINQUE = Sector("0810398T", "0811192F", 180)
# Weights: pupils of the directory of schools, 2022-2023. The pairs are plausible, the town's own sectors are not public.
SECTORS = (
    CENTRE,
    VILLEGOUDOU,
    LAMBERT,
    ALBINQUE,
    Sector("0810139L", "0811192F", 43),
    Sector("0810399U", "0811149J", 80),
    Sector("0810931X", "0810933Z", 99),
    Sector("0810403Y", "0811190D", 156),
    Sector("0811043U", "0810988J", 104),
    Sector("0810989K", "0810988J", 103),
    Sector("0810363E", "0810363E", 66),
    Sector("0811249T", "0811249T", 70),
    Sector("0811250U", "0811250U", 122),
    Sector("0810371N", "0810371N", 108),
    Sector("0810136H", "0810136H", 55),
)


@dataclass
class Parent:
    """A guardian; ``account`` is the address that signs in, empty for one who has no account; ``email`` is to write to."""

    title: str
    first_name: str
    last_name: str
    account: str = ""
    pays: bool = False
    email: str = ""


@dataclass
class Quotient:
    """A quotient over a period, both ends included."""

    value: int
    starts_on: date
    ends_on: date | None = None


@dataclass(eq=False)
class Home:
    """A household; ``habit`` (0 to 10) says when it sends its bookings."""

    name: str
    street: str
    parents: list[Parent]
    quotients: list[Quotient]
    habit: int
    keeps_receipts: bool = False
    key: str = ""

    @property
    def payer(self) -> Parent:
        """Who receives the invoices."""
        return next(parent for parent in self.parents if parent.pays)


@dataclass
class Stay:
    """A household where a child lives, and when."""

    home: Home
    rhythm: str = Rhythm.FULL
    first_monday: date | None = None


@dataclass(eq=False)
class Kid:
    """A child; ``level`` counts from PS in the present school year, ``weekdays`` are those of the canteen (none: no canteen)."""

    first_name: str
    last_name: str
    birth_date: date
    level: int
    sector: Sector
    stays: list[Stay]
    weekdays: tuple[int, ...] = ()
    class_name: str = ""
    joins_on: tuple[int, int] = (5, 20)  # month and day of the yearly enrolment
    misses: frozenset[int] = field(default_factory=frozenset)  # ranks of days not booked


@dataclass
class Group:
    """One household and its children, or the two of separated parents."""

    homes: list[Home]
    kids: list[Kid]


def draw_groups(count: int, *, seed: int, autumn: int) -> Iterator[Group]:
    """Draw ``count`` households; ``autumn`` is the calendar year in which the present school year begins."""
    rank = 0
    while rank < count:
        dice = Random(f"{seed}/{rank}")  # noqa: S311  (fictional people, not secrets)
        apart = dice.random() < 0.1 and rank + 1 < count
        yield _separated(dice, rank, autumn) if apart else _together(dice, rank, autumn)
        rank += 2 if apart else 1


def _together(dice: Random, rank: int, autumn: int) -> Group:
    surname = dice.choice(names.SURNAMES)
    parents = [_mother(dice, surname), _father(dice, surname)]
    if dice.random() < 0.2:
        del parents[dice.randrange(2)]
    if len(parents) == 2 and dice.random() < 0.3:
        parents[0].last_name = dice.choice(names.SURNAMES)
    home = _home(dice, rank, surname, parents, autumn)
    return Group([home], _kids(dice, surname, [Stay(home)], autumn))


def _separated(dice: Random, rank: int, autumn: int) -> Group:
    his, hers = dice.choice(names.SURNAMES), dice.choice(names.SURNAMES)
    mother = _home(dice, rank, hers, [_mother(dice, hers)], autumn)
    father = _home(dice, rank + 1, his, [_father(dice, his)], autumn)
    if dice.random() < 0.6:
        stays = [Stay(mother, Rhythm.ODD), Stay(father, Rhythm.EVEN)]
    else:
        monday = first_monday(autumn)
        stays = [
            Stay(mother, Rhythm.ALTERNATE, monday),
            Stay(father, Rhythm.ALTERNATE, monday + timedelta(days=7)),
        ]
    return Group([mother, father], _kids(dice, his, stays, autumn))


def first_monday(autumn: int) -> date:
    """Return the Monday from which a strict alternation is counted: of the first week of September, a year before."""
    day = date(autumn - 1, 9, 1)
    return day - timedelta(days=day.weekday())


def _mother(dice: Random, surname: str) -> Parent:
    return Parent("Madame", dice.choice(names.WOMEN), surname)


def _father(dice: Random, surname: str) -> Parent:
    return Parent("Monsieur", dice.choice(names.MEN), surname)


def _home(dice: Random, rank: int, name: str, parents: list[Parent], autumn: int) -> Home:
    payer = dice.choice(parents)
    payer.pays = True
    if dice.random() < 0.7:
        payer.account = f"parent{rank:05d}@{DOMAIN}"
    return Home(
        name=name,
        street=f"{dice.randint(1, 120)} {dice.choice(names.STREETS)}",
        parents=parents,
        quotients=_quotients(dice, autumn),
        habit=dice.randint(0, 10),
        keeps_receipts=bool(payer.account) and dice.random() < 0.35,
    )


def _quotients(dice: Random, autumn: int) -> list[Quotient]:
    if dice.random() < NO_QUOTIENT:
        return []
    low, high = dice.choice(QUOTIENTS)
    value = dice.randint(low, high)
    before = max(40, value + dice.randint(-60, 60))
    january = date(autumn, 1, 1)  # the CAF counts quotients anew each January
    if dice.random() < 0.5:
        return [Quotient(value, date(autumn - 1, 1, 1))]
    return [Quotient(before, date(autumn - 1, 1, 1), january - timedelta(days=1)), Quotient(value, january)]


def _kids(dice: Random, surname: str, stays: list[Stay], autumn: int) -> list[Kid]:
    number = dice.choices((1, 2, 3, 4), (32, 43, 19, 6))[0]
    sector = dice.choices(SECTORS, [sector.weight for sector in SECTORS])[0]
    levels = sorted(dice.sample(range(len(LEVELS)), number), reverse=True)
    given = dice.sample(names.GIRLS + names.BOYS, number)
    return [
        _kid(dice, first, surname, level, sector, stays, autumn) for first, level in zip(given, levels, strict=True)
    ]


def _kid(
    dice: Random, first_name: str, surname: str, level: int, sector: Sector, stays: list[Stay], autumn: int
) -> Kid:
    eats = dice.random() < 0.82
    return Kid(
        first_name=first_name,
        last_name=surname,
        birth_date=birth_date(dice, level, autumn),
        level=level,
        sector=sector,
        stays=stays,
        weekdays=dice.choices(WEEKS, WEEKS_WEIGHTS)[0] if eats else (),
        joins_on=(dice.choice((5, 6, 6, 6, 7)), dice.randint(2, 28)),
        misses=frozenset(dice.sample(range(400), 16)),
    )


def birth_date(dice: Random, level: int, autumn: int) -> date:
    """Draw a birth date that a level supposes: three years old in the calendar year of the autumn for PS."""
    year = autumn - AGE_OF_FIRST_LEVEL - level
    month = dice.randint(1, 12)
    return date(year, month, dice.randint(1, calendar.monthrange(year, month)[1]))
