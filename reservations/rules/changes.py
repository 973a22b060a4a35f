"""What a submit of the calendar asks for: the difference between what was shown and what is ticked (law 2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DayChanges:
    """Days to add and to remove, and those left as the form showed them: ``kept`` reserved, ``left`` free."""

    additions: frozenset[date] = frozenset()
    removals: frozenset[date] = frozenset()
    kept: frozenset[date] = frozenset()
    left: frozenset[date] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.additions or self.removals)

    @property
    def days(self) -> frozenset[date]:
        """Every day that has to be answered for or looked at again."""
        return self.additions | self.removals | self.kept | self.left


def changes_between(shown: Collection[date], ticked: Collection[date], free: Collection[date] = ()) -> DayChanges:
    """Compare the open days shown as reserved, and those shown free, with the days ticked when the form was sent."""
    before, after = frozenset(shown), frozenset(ticked)
    return DayChanges(
        additions=after - before,
        removals=before - after,
        kept=before & after,
        left=frozenset(free) - before - after,
    )


def applied_to(child: int, changes: DayChanges, others: Collection[int]) -> Mapping[int, DayChanges]:
    """Give a child's changes to brothers and sisters too: the same additions and removals, never a copy of her days."""
    same = DayChanges(additions=changes.additions, removals=changes.removals)
    return {child: changes} | {other: same for other in sorted(others) if other != child}
