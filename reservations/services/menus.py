"""Writing menus: a week typed in the back office, or a file; each all or nothing."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day
from reservations.models import Menu, MenuDish
from reservations.queries.menus import as_menus
from reservations.rules.menus import MenuOfDay, monday_of

BUSY = "Quelqu’un d’autre enregistre ces menus au même moment : recommencez."
Key = tuple[date, str]


class MenuChanged(Refusal):
    """Menus that somebody else has changed since they were shown; ``days`` are theirs."""

    def __init__(self, days: Collection[date]) -> None:
        self.days = sorted(days)
        named = ", ".join(long_day(day) for day in self.days)
        super().__init__(
            f"Ces menus ont changé pendant que vous les écriviez : {named}. Rien n’est enregistré. Relisez, puis enregistrez de "
            "nouveau pour garder les vôtres."
        )


@dataclass(frozen=True)
class Written:
    """What became of menus: written for the first time, changed, removed, or already so."""

    made: Sequence[Key] = ()
    changed: Sequence[Key] = ()
    removed: Sequence[Key] = ()
    same: Sequence[Key] = ()

    @property
    def count(self) -> int:
        """How many menus are not what they were."""
        return len(self.made) + len(self.changed) + len(self.removed)


def fingerprint(menu: MenuOfDay | None) -> str:
    """Name what a menu says, so that a form can tell what it showed."""
    told = "" if menu is None else repr((menu.note, menu.dishes))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def compare(wanted: Iterable[MenuOfDay], standing: dict[Key, MenuOfDay]) -> Written:
    """Say what writing menus would change; a menu without a dish removes the one that stands."""
    made: list[Key] = []
    changed: list[Key] = []
    removed: list[Key] = []
    same: list[Key] = []
    for menu in wanted:
        key, now = (menu.day, menu.meal), standing.get((menu.day, menu.meal))
        if not menu.dishes:
            (removed if now else same).append(key)
        elif now is None:
            made.append(key)
        else:
            (same if fingerprint(now) == fingerprint(menu) else changed).append(key)
    return Written(made, changed, removed, same)


def standing_menus(keys: Collection[Key]) -> dict[Key, MenuOfDay]:
    """Return the menus that stand on some days and meals; one query."""
    dishes = MenuDish.objects.filter(menu__day__in={day for day, _ in keys}).select_related("menu")
    found = {(menu.day, menu.meal): menu for menu in as_menus(dishes.order_by("menu_id", "position"))}
    return {key: found[key] for key in keys if key in found}


def write_menus(
    *,
    menus: Sequence[MenuOfDay],
    by: User | None,
    at: datetime,
    shown: dict[Key, str] | None = None,
    is_demo: bool = False,
) -> Written:
    """Write menus in place of those of their days and meals, all or none; return what changed.

    ``shown`` are the fingerprints of what was on the page: raises MenuChanged when a menu to be changed is no longer that.
    Raises Refusal when another writes the same menus at the same moment.
    """
    try:
        return _write(menus, by, at, shown or {}, is_demo)
    except IntegrityError:  # menu_once_per_meal, menu_dish_once
        raise Refusal(BUSY) from None


@transaction.atomic(durable=True)
def _write(menus: Sequence[MenuOfDay], by: User | None, at: datetime, shown: dict[Key, str], is_demo: bool) -> Written:
    wanted = {(menu.day, menu.meal): menu for menu in menus}
    rows = Menu.objects.select_for_update(of=("self",), no_key=True).filter(day__in={day for day, _ in wanted})
    locked = {(row.day, row.meal): row for row in rows.order_by("pk") if (row.day, row.meal) in wanted}
    standing = standing_menus(wanted)
    written = compare(wanted.values(), standing)
    touched = [*written.made, *written.changed, *written.removed]
    if stale := [key for key in touched if key in shown and shown[key] != fingerprint(standing.get(key))]:
        raise MenuChanged({day for day, _ in stale})
    # Those that lost their dishes too: they would stand in the way of a new one.
    gone = [row.pk for key, row in locked.items() if key in written.removed or key not in standing]
    Menu.objects.filter(pk__in=gone).delete()
    changed = [locked[key] for key in written.changed]
    MenuDish.objects.filter(menu__in=changed).delete()
    for row in changed:
        row.note, row.changed_at, row.changed_by, row.is_demo = wanted[row.day, row.meal].note, at, by, is_demo
    Menu.objects.bulk_update(changed, ["note", "changed_at", "changed_by", "is_demo"])
    made = Menu.objects.bulk_create(
        Menu(day=day, meal=meal, note=wanted[day, meal].note, changed_at=at, changed_by=by, is_demo=is_demo)
        for day, meal in written.made
    )
    MenuDish.objects.bulk_create(
        MenuDish(
            menu=row,
            course=dish.course,
            position=position,
            name=dish.name,
            allergens=list(dish.allergens),
            labels=list(dish.labels),
        )
        for row in [*changed, *made]
        for position, dish in enumerate(wanted[row.day, row.meal].dishes, 1)
    )
    return written


def mondays_of(written: Written) -> list[date]:
    """Return the Mondays of the weeks that were touched."""
    return sorted({monday_of(day) for day, _ in [*written.made, *written.changed, *written.removed]})
