"""What becomes of a request: an agent takes it, accepts or refuses it; the family may take it back.

A request is decided once: the row is locked, read again, and whoever comes second is told what the first did.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from families import request_kinds
from families.emails import requests as emails
from families.models import FamilyRequest, RequestStep
from families.request_kinds import Decision

Status = FamilyRequest.Status
WORDS_NEEDED = "Dites à la famille pourquoi sa demande est refusée : ces mots lui sont envoyés."


def locked(request: FamilyRequest) -> FamilyRequest:
    """Lock a request and return it as it stands now."""
    return (
        FamilyRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("family", "guardian__user", "handler", "decided_by")
        .get(pk=request.pk)
    )


def _still_open(request: FamilyRequest) -> FamilyRequest:
    row = locked(request)
    if row.status == Status.WITHDRAWN:
        raise Refusal(f"La famille a retiré la demande n° {row.number} : il n’y a plus rien à décider.")
    if not row.is_open:
        by = f" par {row.decided_by.greeting}" if row.decided_by else ""
        raise Refusal(
            f"La demande n° {row.number} a déjà reçu une réponse{by} : {row.get_status_display().lower()}, le "
            f"{moment(row.decided_at)}."
        )
    return row


def add_step(request: FamilyRequest, *, at: datetime, by: User | None, words: str = "") -> None:
    """Keep that a request reached its present state; part of the caller's transaction."""
    RequestStep.objects.create(request=request, status=request.status, at=at, by=by, words=words)


@transaction.atomic(durable=True)
def take_in_charge(*, request: FamilyRequest, by: User, at: datetime) -> FamilyRequest:
    """Make an agent the one in charge, which the family sees; taking over from a colleague is allowed. Raises Refusal."""
    row = _still_open(request)
    if row.handler_id == by.pk:
        return row
    row.handler = by
    if row.status == Status.RECEIVED:
        row.status = Status.IN_PROGRESS
    row.save(update_fields=["handler", "status"])
    add_step(row, at=at, by=by)
    return row


@transaction.atomic(durable=True)
def release_request(*, request: FamilyRequest, by: User, at: datetime) -> FamilyRequest:
    """Leave a request to whoever will take it. Raises Refusal when it is decided or held by somebody else."""
    row = _still_open(request)
    if row.handler_id != by.pk:
        raise Refusal("Cette demande n’est pas à votre charge.")
    row.handler = None
    row.save(update_fields=["handler"])
    return row


def accept_request(
    *, request: FamilyRequest, by: User, words: str, at: datetime, answers: dict[str, Any] | None = None
) -> FamilyRequest:
    """Grant a request: do what its kind does, keep the decision, tell the family. Raises Refusal; nothing is then done."""
    return _decide(request, Decision(by, words.strip(), at, answers or {}), accepted=True)


def refuse_request(*, request: FamilyRequest, by: User, words: str, at: datetime) -> FamilyRequest:
    """Refuse a request, saying why (CRPA L211-2: a refusal gives its reasons). Raises Refusal without words."""
    if not words.strip():
        raise Refusal(WORDS_NEEDED)
    return _decide(request, Decision(by, words.strip(), at), accepted=False)


@transaction.atomic(durable=True)
def _decide(request: FamilyRequest, decision: Decision, *, accepted: bool) -> FamilyRequest:
    row = _still_open(request)
    kind = request_kinds.kind_of(row)
    deed = kind.on_accept if accepted else kind.on_refuse
    outcome = deed(row, decision) if deed else None
    row.status = outcome or (Status.DONE if accepted else Status.REFUSED)
    row.decided_at, row.decided_by, row.decision = decision.at, decision.by, decision.words
    row.handler = row.handler or decision.by
    row.unread_by_service = False
    row.save(update_fields=["status", "decided_at", "decided_by", "decision", "handler", "unread_by_service"])
    add_step(row, at=decision.at, by=decision.by, words=decision.words)
    emails.send_decision(row)
    return row


@transaction.atomic(durable=True)
def withdraw_request(*, request: FamilyRequest, by: User | None, at: datetime) -> FamilyRequest:
    """Take back a request that nobody has answered. Raises Refusal when it is too late, or when its kind cannot be."""
    row = locked(request)
    kind = request_kinds.kind_of(row)
    if row.status == Status.WITHDRAWN:
        return row
    if not row.is_open:
        raise Refusal("Cette demande a déjà reçu une réponse : elle ne peut plus être retirée.")
    if not kind.may_withdraw:
        raise Refusal("Cette demande ne se retire pas en ligne : écrivez au service, ci-dessous.")
    if kind.on_withdraw:
        kind.on_withdraw(row, at)
    row.status, row.decided_at = Status.WITHDRAWN, at
    row.save(update_fields=["status", "decided_at"])
    add_step(row, at=at, by=by)
    return row
