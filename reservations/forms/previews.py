"""What a preview sends: the days that it showed, and nothing else. They are decided again when they arrive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from reservations.forms.booking import LONGEST_REASON
from reservations.rules.changes import DayChanges


@dataclass(frozen=True)
class PreviewForm:
    """What a preview sends: the days that it showed as to be booked or given back; ``late_reason``: why an agent goes past a
    deadline."""

    submission: UUID
    changes: dict[tuple[int, str], DayChanges]
    late_reason: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> "PreviewForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        try:
            reason = data.get("hors-delai", "").strip()[:LONGEST_REASON]
            return cls(UUID(data.get("envoi", "")), _read_shown(data.getlist("vu")), reason)
        except ValueError as error:
            raise SuspiciousOperation("preview form") from error


def write_shown(changes: Mapping[tuple[int, str], DayChanges]) -> list[str]:
    """Write what a preview shows, for its form to carry: ``12|restauration|+||20261207 20261208``."""
    rows = []
    for (child, slug), asked in changes.items():
        by_formula: dict[str, list[date]] = {}
        for day in sorted(asked.additions):
            by_formula.setdefault(asked.formula(day), []).append(day)
        rows += [f"{child}|{slug}|+|{formula}|{_packed(days)}" for formula, days in by_formula.items()]
        if asked.removals:
            rows.append(f"{child}|{slug}|-||{_packed(sorted(asked.removals))}")
    return rows


def _packed(days: Iterable[date]) -> str:
    return " ".join(f"{day:%Y%m%d}" for day in days)


def _read_shown(rows: Iterable[str]) -> dict[tuple[int, str], DayChanges]:
    additions: dict[tuple[int, str], dict[date, str]] = {}
    removals: dict[tuple[int, str], set[date]] = {}
    for row in rows:
        child, slug, sign, formula, packed = row.split("|")
        wanted = (int(child), slug)
        days = [date.fromisoformat(text) for text in packed.split()]
        if sign not in ("+", "-") or any(not 2000 <= day.year < 2100 for day in days):
            raise ValueError("a day of no preview")
        if sign == "+":
            additions.setdefault(wanted, {}).update(dict.fromkeys(days, formula))
        else:
            removals.setdefault(wanted, set()).update(days)
    return {
        wanted: DayChanges(
            additions=frozenset(additions.get(wanted, {})),
            removals=frozenset(removals.get(wanted, set())),
            formulas={day: formula for day, formula in additions.get(wanted, {}).items() if formula},
        )
        for wanted in {**additions, **removals}
    }
