"""What a household has to do, as « Mon accueil » lists it. Each application fills this at start with its own reasons.

A reason is a condition over households, so that one query answers for all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.urls import reverse


@dataclass(frozen=True)
class Reason:
    """Something to do: ``holds(today)`` is a boolean expression over Family (``OuterRef("pk")`` is the household).

    ``url_name`` and ``query`` are where it is done; ``is_urgent`` says whether it costs something to wait.
    """

    slug: str
    text: str
    action: str
    url_name: str
    holds: Callable[[date], Combinable | Q]
    icon: str
    query: str = ""
    is_urgent: bool = True

    @property
    def url(self) -> str:
        """Where it is done."""
        return reverse(self.url_name) + self.query


_reasons: dict[str, Reason] = {}


def register(*reasons: Reason) -> None:
    """Make reasons known; raise ValueError when a slug is taken by another."""
    for reason in reasons:
        if _reasons.get(reason.slug, reason) != reason:
            raise ValueError(f"reason registered twice: {reason.slug}")
        _reasons[reason.slug] = reason


def all_reasons() -> list[Reason]:
    """Return the reasons, in the order in which they were registered."""
    return list(_reasons.values())
