"""What an address asks a form to begin with: ``?starts_on=2026-12-07&site=4``."""

from datetime import date
from typing import Any

from django.http import QueryDict


def asked_in(query: QueryDict, *names: str) -> dict[str, Any]:
    """Return the first values of some fields, days (``…_on``) as such; what cannot be read is left out."""
    found: dict[str, Any] = {}
    for name in names:
        values = query.getlist(name)
        if not values:
            continue
        if not name.endswith("_on"):
            found[name] = values if len(values) > 1 else values[0]
            continue
        try:
            found[name] = date.fromisoformat(values[0])
        except ValueError:
            continue
    return found
