"""The school years, which the reservations know and the families ask for (filled in ``AppConfig.ready``)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SchoolYearSpan:
    """A school year, « 2026-2027 », from its first to its last day of class, both included."""

    label: str
    starts_on: date
    ends_on: date


Load = Callable[[], list[SchoolYearSpan]]
_providers: list[Load] = []


def provide(load: Load) -> None:
    """Say who knows the school years, the earliest first; the last one who says so is asked."""
    _providers.append(load)


def school_years() -> list[SchoolYearSpan]:
    """Return the school years, the earliest first; none when no application knows them."""
    return _providers[-1]() if _providers else []
