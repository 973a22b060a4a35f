"""What a change of a child's school or residence does to what stands above the families (enrolments, bookings).

Filled by the applications that own those rows, in their ``AppConfig.ready``. The agent reads the sentences before she decides,
the parent before she sends.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from accounts.models import User
from families.models import Child, Family, Guardian, School


@dataclass(frozen=True)
class Effects:
    """What a change will do by itself, what an agent has to look at, and why it cannot be done (empty: it can)."""

    will_do: list[str] = field(default_factory=list)
    to_review: list[str] = field(default_factory=list)
    refusal: str = ""


class Listener(Protocol):
    """What an application above says and does."""

    def school_effects(self, *, child: Child, school: School, on: date) -> Effects:
        """Say what follows a child to another school from a day."""

    def move_school(self, *, child: Child, school: School, on: date, by: User | None, at: datetime) -> list[str]:
        """Make it follow, inside the caller's transaction; return what is left to an agent. Raises Refusal."""

    def days_lost(self, *, child: Child, family: Family, days: Collection[date]) -> list[str]:
        """Say what a household has on days that it would no longer have the child: « 3 repas réservés par vous … »."""

    def departure_effects(self, *, child: Child, family: Family, after: date) -> list[str]:
        """Say what will end in a household when a child leaves it after a day: for the agent who decides it."""

    def depart(
        self, *, child: Child, family: Family, after: date, by: User | None, guardian: Guardian | None, at: datetime
    ) -> list[str]:
        """End it, inside the caller's transaction; return what is left to an agent."""


_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Make a listener known; the same one twice counts once."""
    if listener not in _listeners:
        _listeners.append(listener)


def school_effects(*, child: Child, school: School, on: date) -> Effects:
    """Gather what a change of school does above; the first refusal wins."""
    found = [listener.school_effects(child=child, school=school, on=on) for listener in _listeners]
    return Effects(
        will_do=[sentence for each in found for sentence in each.will_do],
        to_review=[sentence for each in found for sentence in each.to_review],
        refusal=next((each.refusal for each in found if each.refusal), ""),
    )


def move_school(*, child: Child, school: School, on: date, by: User | None, at: datetime) -> list[str]:
    """Make enrolments and bookings follow a child to a school; part of the caller's transaction. Raises Refusal."""
    return [
        sentence
        for listener in _listeners
        for sentence in listener.move_school(child=child, school=school, on=on, by=by, at=at)
    ]


def days_lost(*, child: Child, family: Family, days: Collection[date]) -> list[str]:
    """Say what a household has reserved on days that would no longer be its own."""
    return [
        sentence for listener in _listeners for sentence in listener.days_lost(child=child, family=family, days=days)
    ]


def departure_effects(*, child: Child, family: Family, after: date) -> list[str]:
    """Say what will end in a household when a child leaves it after a day."""
    return [
        sentence
        for listener in _listeners
        for sentence in listener.departure_effects(child=child, family=family, after=after)
    ]


def depart(
    *, child: Child, family: Family, after: date, by: User | None, guardian: Guardian | None, at: datetime
) -> list[str]:
    """End what a household has for a child who leaves it after a day, part of the caller's transaction.

    ``guardian`` asked for it, ``by`` decides. Return what is left to an agent.
    """
    return [
        sentence
        for listener in _listeners
        for sentence in listener.depart(child=child, family=family, after=after, by=by, guardian=guardian, at=at)
    ]
