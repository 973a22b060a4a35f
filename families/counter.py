"""At the counter: an agent opens a household's own pages for the guardian who stands there, telephones or writes.

What is done there goes through the family's services and leaves its numbered receipts and its mails; it is entered by the agent
and asked by the guardian. The visit lives in the agent's session, opens only the pages that an application names here, and is a
reading that the family sees.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import ResolverMatch

from families.models import Guardian
from families.services.access_log import record_reading

SESSION_KEY = "counter"
PERMISSION = "families.act_for_family"


class Channel(TextChoices):
    """How the guardian asks."""

    COUNTER = "guichet", "au guichet"
    PHONE = "telephone", "par téléphone"
    LETTER = "courrier", "par courrier"


@dataclass(frozen=True)
class Visit:
    """Who asks, and how."""

    guardian: Guardian
    channel: Channel

    @property
    def words(self) -> str:
        """« Madame Claire MARTIN, par téléphone »."""
        return f"{self.guardian}, {self.channel.label}"


_names: set[str] = {"families:requests", "families:request", "families:request_acknowledgement"}
_spaces: dict[str, frozenset[str]] = {}


def open_space(namespace: str, *, but: Collection[str] = ()) -> None:
    """Let agents use every page of an application for a household at the counter, ``but`` those that concern an account."""
    _spaces[namespace] = frozenset(but)


def is_open(match: ResolverMatch) -> bool:
    """Say whether a page is one that an agent uses at the counter."""
    if match.view_name in _names:
        return True
    return match.namespace in _spaces and match.url_name not in _spaces[match.namespace]


def begin(request: HttpRequest, guardian: Guardian, channel: Channel, *, at: datetime) -> Visit:
    """Open a household's pages in the agent's session; the family reads it in « Qui a consulté le dossier »."""
    visit = Visit(guardian, channel)
    record_reading(by=request.user, subject=f"Réservations, {visit.words}", at=at, family=guardian.family)  # type: ignore[arg-type]
    request.session[SESSION_KEY] = {"guardian": guardian.pk, "channel": channel.value}
    return visit


def end(request: HttpRequest) -> None:
    """Close the household's pages."""
    request.session.pop(SESSION_KEY, None)


def visit_of(request: HttpRequest) -> Visit | None:
    """Return the visit of an agent's session while she may still make it and the guardian is not excluded; one query."""
    kept = request.session.get(SESSION_KEY)
    if not kept or not request.user.is_staff or not request.user.has_perm(PERMISSION):
        return None
    guardian = Guardian.objects.select_related("family").filter(pk=kept["guardian"]).first()
    if guardian is None or guardian.is_excluded:
        end(request)
        return None
    return Visit(guardian, Channel(kept["channel"]))
