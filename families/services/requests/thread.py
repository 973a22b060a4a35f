"""What family and service write to each other about a request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from families import attachments
from families.emails import requests as emails
from families.models import FamilyRequest, Guardian, RequestMessage
from families.services.requests.deciding import add_step, locked
from families.services.rights import refuse_who_may_not

Status = FamilyRequest.Status


@transaction.atomic(durable=True)
def write_message(
    *,
    request: FamilyRequest,
    body: str,
    submission: UUID,
    at: datetime,
    guardian: Guardian | None = None,
    agent: User | None = None,
    user: User | None = None,
    expects_answer: bool = False,
    answers: Mapping[str, Any] | None = None,
) -> RequestMessage:
    """Add a message to the thread, with its papers, and tell the other side by mail; a second click adds nothing.

    ``agent`` writes for the service; otherwise the message comes from the family (``guardian`` and her account ``user``), or
    from whoever wrote without an account. With ``expects_answer`` the request waits for the family; her answer sets it going
    again. Raises Refusal for an empty message or a request that was taken back.
    """
    refuse_who_may_not(guardian, user)
    row = locked(request)
    already = RequestMessage.objects.filter(submission=submission, request=row).first()
    if already:
        return already
    if not body.strip():
        raise Refusal("Écrivez votre message avant de l’envoyer.")
    if row.status == Status.WITHDRAWN:
        raise Refusal("Cette demande a été retirée : faites-en une nouvelle.")
    author = agent or user
    message = RequestMessage.objects.create(
        request=row,
        submission=submission,
        at=at,
        from_service=agent is not None,
        author=author,
        author_name=row.service if agent else str(guardian) if guardian else row.sender,
        body=body.strip(),
    )
    attachments.desk().keep(request=row, message=message, answers=answers or {}, guardian=guardian, user=author, at=at)
    if agent:
        _service_wrote(row, agent, expects_answer, at)
    else:
        _family_wrote(row, user, at)
    return message


def _service_wrote(row: FamilyRequest, agent: User, expects_answer: bool, at: datetime) -> None:
    row.unread_by_family, row.unread_by_service = True, False
    row.handler = row.handler or agent
    if expects_answer and row.is_open and row.status != Status.WAITING:
        row.status = Status.WAITING
        add_step(row, at=at, by=agent)
    elif row.status == Status.RECEIVED:
        row.status = Status.IN_PROGRESS
        add_step(row, at=at, by=agent)
    row.save(update_fields=["unread_by_family", "unread_by_service", "handler", "status"])
    emails.send_new_message(row)


def _family_wrote(row: FamilyRequest, user: User | None, at: datetime) -> None:
    row.unread_by_family, row.unread_by_service = False, True
    if row.status == Status.WAITING:
        row.status = Status.IN_PROGRESS if row.handler_id else Status.RECEIVED
        add_step(row, at=at, by=user)
    row.save(update_fields=["unread_by_family", "unread_by_service", "status"])


def mark_read_by_family(request: FamilyRequest) -> None:
    """Forget that a message waited for the family."""
    if request.unread_by_family:
        FamilyRequest.objects.filter(pk=request.pk).update(unread_by_family=False)


def mark_read_by_service(request: FamilyRequest) -> None:
    """Forget that a message waited for the service."""
    if request.unread_by_service:
        FamilyRequest.objects.filter(pk=request.pk).update(unread_by_service=False)
