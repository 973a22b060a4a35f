"""A day as the cook reads it: what was ordered, what has changed since, what is to be delivered where. A dozen queries, whatever
the number of schools."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.conf import settings

from castres_portal.base.clock import in_paris
from families.models import SchoolLevel
from reservations.models import Activity, ActivitySite, KitchenChange, KitchenCheck, KitchenExtra, KitchenOrder
from reservations.queries.kitchen.counting import meals_between, meals_by_level
from reservations.queries.kitchen.orders import (
    Frozen,
    activities_with_meals,
    due_at,
    extras_between,
    frozen_between,
    place_order,
)
from reservations.queries.menus import menus_between
from reservations.rules.deadlines import last_moment
from reservations.rules.kitchen import (
    BASKET,
    ORDINARY,
    AgeGroup,
    Cause,
    Cell,
    Meals,
    blurred,
    diet_label,
    diet_order,
    difference,
    inside,
    rare_diets,
)
from reservations.rules.menus import MenuOfDay

GROUPS = tuple(AgeGroup)
NOW = "À l’instant"


@dataclass(frozen=True)
class Figure:
    """Meals ordered, and how many more or fewer since."""

    ordered: int = 0
    delta: int = 0

    @property
    def now(self) -> int:
        """Meals to serve as things stand."""
        return self.ordered + self.delta

    @property
    def signed(self) -> str:
        """« +2 », « −1 », nothing without a difference."""
        return signed(self.delta)

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.ordered + other.ordered, self.delta + other.delta)


def signed(number: int) -> str:
    """Write a difference with its sign: « +2 », « −1 », nothing for none."""
    return "" if not number else f"+{number}" if number > 0 else f"−{-number}"


@dataclass(frozen=True)
class Column:
    """A diet of the table."""

    key: str
    label: str

    @property
    def is_basket(self) -> bool:
        """Whether nothing is cooked for it."""
        return self.key == BASKET


@dataclass(frozen=True)
class GroupRow:
    """The meals of an age group in a place, a figure a column."""

    label: str
    figures: Sequence[Figure]

    @property
    def total(self) -> Figure:
        """All of them, baskets included."""
        return sum(self.figures, Figure())


@dataclass(frozen=True)
class PlaceRow:
    """A place: its age groups, and what the cook added."""

    site: ActivitySite
    rows: Sequence[GroupRow]
    baskets: Figure
    staff: int = 0
    teachers: int = 0
    picnics: int = 0

    @property
    def name(self) -> str:
        """« École élémentaire Centre »."""
        return self.site.place_name

    @property
    def children(self) -> Figure:
        """Children who eat there, whoever brings the meal."""
        return sum((row.total for row in self.rows), Figure())

    @property
    def adults(self) -> int:
        """Agents and teachers."""
        return self.staff + self.teachers

    @property
    def to_deliver(self) -> int:
        """Hot meals to bring there as things stand: baskets come from home, picnics are prepared besides."""
        return self.children.now - self.baskets.now + self.adults


@dataclass(frozen=True)
class ChangeShown:
    """A difference: when (None: since less than a minute), where, for whom, how many, why."""

    at: datetime | None
    place: str
    group: str
    diet: str
    delta: int
    cause: str

    @property
    def signed(self) -> str:
        """« +2 », « −1 »."""
        return signed(self.delta)


@dataclass(frozen=True)
class Service:
    """What an activity serves on a day."""

    activity: Activity
    due_at: datetime
    order: KitchenOrder | None
    columns: Sequence[Column]
    places: Sequence[PlaceRow]
    changes: Sequence[ChangeShown]
    blurred: bool = False
    levels: Sequence[tuple[str, Sequence[int]]] = field(default_factory=tuple)
    level_names: Sequence[str] = field(default_factory=tuple)

    @property
    def last_moment(self) -> str:
        """Until when families change the day: « jusqu’au lundi 30 novembre 2026 »."""
        due = in_paris(self.due_at)
        return last_moment(due, due.time() if due.time() > time() else None)

    @property
    def groups(self) -> list[GroupRow]:
        """The whole town by age group."""
        found = []
        for group in GROUPS:
            rows = [row for place in self.places for row in place.rows if row.label == group.label]
            if rows:
                figures = [sum((row.figures[n] for row in rows), Figure()) for n in range(len(self.columns))]
                found.append(GroupRow(str(group.label), figures))
        return found

    @property
    def total(self) -> GroupRow:
        """The whole town."""
        groups = self.groups
        figures = [sum((row.figures[n] for row in groups), Figure()) for n in range(len(self.columns))]
        return GroupRow("Toute la ville", figures)

    @property
    def children(self) -> Figure:
        """All the children who eat."""
        return sum((place.children for place in self.places), Figure())

    @property
    def baskets(self) -> Figure:
        """Meals that families bring."""
        return sum((place.baskets for place in self.places), Figure())

    @property
    def staff(self) -> int:
        """Meals of agents."""
        return sum(place.staff for place in self.places)

    @property
    def teachers(self) -> int:
        """Meals of teachers."""
        return sum(place.teachers for place in self.places)

    @property
    def adults(self) -> int:
        """Meals of adults."""
        return self.staff + self.teachers

    @property
    def picnics(self) -> int:
        """Picnics."""
        return sum(place.picnics for place in self.places)

    @property
    def to_deliver(self) -> int:
        """Hot meals to cook as things stand."""
        return sum(place.to_deliver for place in self.places)

    @property
    def diets(self) -> list[tuple[str, Figure, list[tuple[str, int]]]]:
        """Each diet of the town but the ordinary one: its label, its figure, and the portions by age group."""
        groups = self.groups
        return [
            (
                inside(column.label),
                self.total.figures[n],
                [(inside(row.label), row.figures[n].now) for row in groups if row.figures[n].now],
            )
            for n, column in enumerate(self.columns)
            if column.key != ORDINARY and (self.total.figures[n].ordered or self.total.figures[n].delta)
        ]


@dataclass(frozen=True)
class KitchenDay:
    """Everything of a day."""

    day: date
    today: date
    services: Sequence[Service]
    menus: Sequence[MenuOfDay]
    gaps: Sequence[KitchenCheck]
    entered: Sequence[KitchenExtra]

    @property
    def entered_rows(self) -> list[tuple[str, KitchenExtra]]:
        """What the cook added, with the name of its place, in the order of the tables."""
        names = {place.site.pk: place.name for service in self.services for place in service.places}
        order = list(names)
        rows = sorted(self.entered, key=lambda row: order.index(row.site_id))
        return [(names[row.site_id], row) for row in rows]

    @property
    def is_over(self) -> bool:
        """Whether the day is past."""
        return self.day < self.today

    @property
    def to_deliver(self) -> int:
        """Hot meals to cook."""
        return sum(service.to_deliver for service in self.services)


def kitchen_day(day: date, *, today: date, levels: bool = False) -> KitchenDay:
    """Return what the kitchen reads of a day. ``levels`` adds the children by school level, without their diets."""
    activities = {row.pk: row for row in activities_with_meals()}
    frozen = {activity: one for (activity, _), one in frozen_between(day, day).items()}
    # A day that is over is told as it was written down; what was booked then may have changed hands or diet since.
    asked = [pk for pk in activities if day >= today or pk not in frozen]
    live = (
        {activity: meals for (activity, _), meals in meals_between(day, day, activities=asked).items()} if asked else {}
    )
    entered = extras_between(day, day)
    by_level = meals_by_level(day) if levels else {}
    wanted = {cell.site for meals in live.values() for cell in meals} | {row.site_id for row in entered}
    wanted |= {cell.site for one in frozen.values() for cell in {*one.ordered, *one.changed}}
    rows = ActivitySite.objects.filter(pk__in=wanted).select_related("school", "venue", "activity")
    sites = {site.pk: site for site in rows.order_by()}
    services = []
    for pk, activity in sorted(activities.items(), key=lambda item: (item[1].position, item[0])):
        extras = [row for row in entered if sites[row.site_id].activity_id == pk]
        one, now = frozen.get(pk), live.get(pk, Meals())
        if one is None and not now and not extras:
            continue
        services.append(_service(activity, day, today, one, now, extras, sites, by_level))
    gaps = KitchenCheck.objects.filter(day=day, agrees=False).select_related("activity")
    return KitchenDay(day, today, services, menus_between(day, day).get(day, []), list(gaps), entered)


def _service(
    activity: Activity,
    day: date,
    today: date,
    frozen: Frozen | None,
    now: Meals,
    extras: Iterable[KitchenExtra],
    sites: Mapping[int, ActivitySite],
    by_level: Mapping[int, Counter[str]],
) -> Service:
    is_over = day < today
    ordered = frozen.ordered if frozen else now
    told: list[tuple[Cell, int, str, datetime | None]] = []
    if frozen:
        told += [(_cell(row), row.delta, str(Cause(row.cause).label), row.happened_at) for row in frozen.changes]
    if frozen and not is_over:
        told += [(cell, number, NOW, None) for cell, number in difference(now, frozen.expected).items()]
    expected = Counter(ordered)
    for cell, number, _, _ in told:
        expected[cell] += number
    rare = rare_diets(expected, settings.KITCHEN["rare_diet"]) if is_over else set()
    deltas: Counter[Cell] = Counter()
    for cell, number, _, _ in told:
        deltas[blurred(cell, rare)] += number
    shown: Counter[Cell] = Counter()
    for cell, number in ordered.items():
        shown[blurred(cell, rare)] += number
    keys = sorted({ORDINARY} | {cell.diet for cell in {*shown, *deltas}}, key=diet_order)
    columns = [Column(key, diet_label(key)) for key in keys]
    by_site: dict[int, list[KitchenExtra]] = {}
    for row in extras:
        by_site.setdefault(row.site_id, []).append(row)
    present = {cell.site for cell in {*shown, *deltas}} | by_site.keys()
    places = [
        _place(sites[site], columns, shown, deltas, by_site.get(site, ()))
        for site in sorted(present, key=lambda pk: place_order(sites[pk]))
    ]
    changes = [
        ChangeShown(
            at,
            sites[cell.site].place_name,
            str(AgeGroup(cell.group).label),
            inside(diet_label(blurred(cell, rare).diet)),
            number,
            cause,
        )
        for cell, number, cause, at in told
    ]
    names, levels = _levels(places, by_level)
    return Service(
        activity=activity,
        due_at=due_at(activity, day),
        order=frozen.order if frozen else None,
        columns=columns,
        places=places,
        changes=changes,
        blurred=bool(rare),
        levels=levels,
        level_names=names,
    )


def _cell(row: KitchenChange) -> Cell:
    return Cell(row.site_id, row.group, row.diet)


def _place(
    site: ActivitySite,
    columns: Sequence[Column],
    ordered: Mapping[Cell, int],
    deltas: Mapping[Cell, int],
    extras: Iterable[KitchenExtra],
) -> PlaceRow:
    rows = []
    for group in GROUPS:
        cells = [Cell(site.pk, group.value, column.key) for column in columns]
        figures = [Figure(ordered.get(cell, 0), deltas.get(cell, 0)) for cell in cells]
        if any(figure.ordered or figure.delta for figure in figures):
            rows.append(GroupRow(str(group.label), figures))
    baskets = [row.figures[n] for row in rows for n, column in enumerate(columns) if column.is_basket]
    kinds = {row.kind: row.quantity for row in extras}
    return PlaceRow(
        site=site,
        rows=rows,
        baskets=sum(baskets, Figure()),
        staff=kinds.get(KitchenExtra.Kind.STAFF, 0),
        teachers=kinds.get(KitchenExtra.Kind.TEACHERS, 0),
        picnics=kinds.get(KitchenExtra.Kind.PICNICS, 0),
    )


def _levels(
    places: Sequence[PlaceRow], by_level: Mapping[int, Counter[str]]
) -> tuple[Sequence[str], Sequence[tuple[str, Sequence[int]]]]:
    """Return the levels that somebody is in, and each place's children in them as things stand."""
    counts = {place.site.pk: by_level.get(place.site.pk, Counter()) for place in places}
    present = [level for level in (*SchoolLevel.values, "") if any(one[level] for one in counts.values())]
    rows = [
        (place.name, [by_level[place.site.pk][level] for level in present])
        for place in places
        if place.site.pk in by_level
    ]
    return [level or "non renseigné" for level in present], rows
