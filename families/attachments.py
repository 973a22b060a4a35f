"""Papers that come with a request or a message of its thread. They belong to the documents, which fill this at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django import forms

from accounts.models import User
from families.models import FamilyRequest, Guardian, RequestMessage


@dataclass(frozen=True)
class AttachmentLink:
    """A paper as the pages of a request show it; ``message`` is the id of the message that brought it, if any."""

    name: str
    note: str
    family_url: str
    agent_url: str
    message: int | None = None


class AttachmentDesk(Protocol):
    """Who keeps the papers."""

    def fields(self, request: FamilyRequest) -> Mapping[str, forms.Field]:
        """Return the fields that let a person join papers to a message."""

    def keep(
        self,
        *,
        request: FamilyRequest,
        message: RequestMessage,
        answers: Mapping[str, Any],
        guardian: Guardian | None,
        user: User | None,
        at: datetime,
    ) -> None:
        """Keep what the fields brought, inside the message's transaction; raises Refusal for a paper that cannot be taken."""

    def papers_of(self, request: FamilyRequest) -> list[AttachmentLink]:
        """Return the papers of a request, the oldest first."""

    def forget(self, request: FamilyRequest, *, at: datetime) -> None:
        """Erase the papers that came with a request, inside the caller's transaction: a medical certificate once decided.

        The files leave after commit. A paper that the household gave for other requests as well is only taken off this one.
        """


class NoDesk:
    """Nobody keeps papers: messages are words only."""

    def fields(self, request: FamilyRequest) -> Mapping[str, forms.Field]:
        """Return no field."""
        return {}

    def keep(self, **kept: Any) -> None:
        """Keep nothing."""

    def papers_of(self, request: FamilyRequest) -> list[AttachmentLink]:
        """Return no paper."""
        return []

    def forget(self, request: FamilyRequest, *, at: datetime) -> None:
        """Erase nothing."""


_desk: AttachmentDesk = NoDesk()


def register(desk: AttachmentDesk) -> None:
    """Say who keeps the papers."""
    global _desk
    _desk = desk


def desk() -> AttachmentDesk:
    """Return who keeps the papers."""
    return _desk
