"""Which papers a household is asked for. An application that asks for more registers it in ``AppConfig.ready``.

The enrolments, for instance, expect an insurance for each child that they concern; the page « Pièces justificatives » shows
every expectation with where it stands.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from families.models import Family


@dataclass(frozen=True)
class Expectation:
    """A paper that is asked for: kind (slug of a DocumentKind), for which child or guardian (ids), and why."""

    kind: str
    child: int | None = None
    guardian: int | None = None
    reason: str = ""


Provider = Callable[[Family, date], Iterable[Expectation]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Make a provider known; raise ValueError when its name is taken by another."""
    if _providers.get(name, provider) is not provider:
        raise ValueError(f"document expectations registered twice: {name}")
    _providers[name] = provider


def expectations_of(family: Family, today: date) -> list[Expectation]:
    """Return what every application asks of a household on a day."""
    return [expected for provider in _providers.values() for expected in provider(family, today)]
