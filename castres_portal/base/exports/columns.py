"""The columns of an exported list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from castres_portal.base.tables import Value


@dataclass(frozen=True)
class Column:
    """A column: its head, and where its value is read: a path (``family.number``, ``get_kind_display``) or a function of the row.

    An amount is a Decimal, a day a date, an instant a datetime: a spreadsheet then counts and sorts them.
    """

    head: str
    source: str | Callable[[Any], Value]

    def read(self, row: Any) -> Value:
        """Return the value of a row; None when something on the path is absent."""
        if not isinstance(self.source, str):
            return self.source(row)
        value: Any = row
        for name in self.source.split("."):
            try:
                value = getattr(value, name)
            except ObjectDoesNotExist:
                return None
            if callable(value):
                value = value()
            if value is None:
                return None
        if isinstance(value, bool):
            return "oui" if value else "non"
        found: Value = value
        return found


def heads_of(columns: Sequence[Column]) -> list[str]:
    """Return the heads, in order."""
    return [column.head for column in columns]
