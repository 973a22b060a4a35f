"""What a submit of the calendar asks for: the difference between what was shown and what is asked (law 2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class DayChanges:
    """What is asked for one child in one activity.

    Days to add and to remove; days whose formula changes (``switched``); and those left as the form showed them: ``kept``
    reserved, ``left`` free. ``formulas`` is the formula wanted on each day added, switched or kept, "" where there is none.
    """

    additions: frozenset[date] = frozenset()
    removals: frozenset[date] = frozenset()
    switched: frozenset[date] = frozenset()
    kept: frozenset[date] = frozenset()
    left: frozenset[date] = frozenset()
    formulas: Mapping[date, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.additions or self.removals or self.switched)

    @property
    def days(self) -> frozenset[date]:
        """Every day that has to be answered for or looked at again."""
        return self.additions | self.removals | self.switched | self.kept | self.left

    def formula(self, day: date) -> str:
        """Return the formula wanted on a day."""
        return self.formulas.get(day, "")


def changes_between(shown: Collection[date], ticked: Collection[date], free: Collection[date] = ()) -> DayChanges:
    """Compare the open days shown as reserved, and those shown free, with the days ticked when the form was sent."""
    return formula_changes(dict.fromkeys(shown, ""), dict.fromkeys(ticked, ""), free)


def formula_changes(shown: Mapping[date, str], wanted: Mapping[date, str], free: Collection[date] = ()) -> DayChanges:
    """Compare the open days shown as reserved, each with its formula, with the days and formulas wanted."""
    before, after = frozenset(shown), frozenset(wanted)
    both = before & after
    switched = frozenset(day for day in both if shown[day] != wanted[day])
    return DayChanges(
        additions=after - before,
        removals=before - after,
        switched=switched,
        kept=both - switched,
        left=frozenset(free) - before - after,
        formulas={day: formula for day, formula in wanted.items() if formula},
    )


def applied_to(child: int, changes: DayChanges, others: Collection[int]) -> Mapping[int, DayChanges]:
    """Give a child's changes to brothers and sisters too: the same additions and removals, never a copy of her days."""
    same = DayChanges(
        additions=changes.additions,
        removals=changes.removals,
        switched=changes.switched,
        formulas={day: formula for day, formula in changes.formulas.items() if day not in changes.kept},
    )
    return {child: changes} | {other: same for other in sorted(others) if other != child}
