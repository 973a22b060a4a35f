"""The kinds of request that exist, filled by the applications that own them (in their ``AppConfig.ready``).

The page « Mes dernières demandes » and the agents' decision belong to the families; what a request contains, and what an
acceptance changes, belong to whoever recorded it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms

from accounts.models import User
from families.models import FamilyRequest


@dataclass(frozen=True)
class Decision:
    """What an agent decided: who, in which words, when; ``answers`` is what the kind's own form says (cleaned data)."""

    by: User
    words: str
    at: datetime
    answers: dict[str, Any] = field(default_factory=dict)


# Runs inside the decision's transaction, the request locked. It may raise Refusal: nothing is then decided. An acceptance may
# answer FamilyRequest.Status.PARTLY when it did not do all that was asked.
Deed = Callable[[FamilyRequest, Decision], str | None]


@dataclass(frozen=True)
class RequestKind:
    """A kind of request: what it is called, how its page shows what was asked and answered, and what an agent decides.

    ``service`` is a key of settings.SERVICES. ``silence`` is a FamilyRequest.Silence: what two months without an answer mean
    (CRPA L231-1 to L231-4). A kind without ``on_accept`` is answered in words only. ``acknowledges`` is False for kinds that
    mail a receipt of their own. ``accept_form`` gives the form, if any, that completes an acceptance.
    """

    slug: str
    label: str
    icon: str
    detail_template: str
    load_detail: Callable[[FamilyRequest], dict[str, Any]]
    service: str = "espace-famille"
    promised_days: int | None = None
    silence: str = FamilyRequest.Silence.NONE
    on_accept: Deed | None = None
    on_refuse: Deed | None = None
    on_withdraw: Callable[[FamilyRequest, datetime], None] | None = None
    accept_form: Callable[[FamilyRequest], type[forms.Form]] | None = None
    acknowledges: bool = True
    may_withdraw: bool = True


_kinds: dict[str, RequestKind] = {}


def register(kind: RequestKind) -> None:
    """Make a kind known; raise ValueError when its slug is taken by another."""
    if _kinds.get(kind.slug, kind) != kind:
        raise ValueError(f"request kind registered twice: {kind.slug}")
    _kinds[kind.slug] = kind


def kind_of(request: FamilyRequest) -> RequestKind:
    """Return the kind of a stored request; raise KeyError for one that no application owns."""
    return _kinds[request.kind]


def kind_named(slug: str) -> RequestKind:
    """Return a kind by its slug; raise KeyError when no application owns it."""
    return _kinds[slug]


def all_kinds() -> list[RequestKind]:
    """Return the kinds that exist, by label."""
    return sorted(_kinds.values(), key=lambda kind: kind.label)
