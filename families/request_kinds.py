"""The kinds of request that exist, filled by the applications that own them (in their ``AppConfig.ready``).

The page « Mes dernières demandes » belongs to the families; what a request contained belongs to whoever recorded it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from families.models import FamilyRequest


@dataclass(frozen=True)
class RequestKind:
    """A kind of request: what it is called, and how its page shows what was asked and answered."""

    slug: str
    label: str
    icon: str
    detail_template: str
    load_detail: Callable[[FamilyRequest], dict[str, Any]]


_kinds: dict[str, RequestKind] = {}


def register(kind: RequestKind) -> None:
    """Make a kind known; raise ValueError when its slug is taken by another."""
    if _kinds.get(kind.slug, kind) != kind:
        raise ValueError(f"request kind registered twice: {kind.slug}")
    _kinds[kind.slug] = kind


def kind_of(request: FamilyRequest) -> RequestKind:
    """Return the kind of a stored request; raise KeyError for one that no application owns."""
    return _kinds[request.kind]
