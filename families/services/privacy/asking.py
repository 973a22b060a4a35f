"""Exercising a right: access, rectification, limitation, opposition, erasure. Each is a démarche answered within a month."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from castres_portal.base.errors import Refusal
from families.models import ErasureRequest, Family, FamilyRequest, Guardian, RightsRequest
from families.services.requests import record_request

RIGHTS, ERASURE = "droits", "effacement"
ALREADY = "Une demande d’effacement est déjà en cours : suivez-la dans « Mes dernières demandes »."


@transaction.atomic(durable=True)
def ask_right(*, guardian: Guardian, right: str, body: str, submission: UUID, at: datetime) -> FamilyRequest:
    """Record the exercise of a right (a RightsRequest.Right); the same ``submission`` sent twice is one request."""
    already = RightsRequest.objects.select_related("request").filter(submission=submission).first()
    if already:
        return already.request
    name = str(RightsRequest.Right(right).label).partition(" : ")[0]
    request = record_request(
        kind=RIGHTS,
        family=guardian.family,
        guardian=guardian,
        entered_by=guardian.user,
        summary=f"Données personnelles : {name.lower()}",
        status=FamilyRequest.Status.RECEIVED,
        at=at,
    )
    RightsRequest.objects.create(request=request, submission=submission, right=right, body=body)
    return request


@transaction.atomic(durable=True)
def ask_erasure(*, guardian: Guardian, body: str, at: datetime) -> FamilyRequest:
    """Record a request for erasure. Raises Refusal when one waits already, a second click included."""
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.family_id)
    if FamilyRequest.objects.filter(guardian=guardian, kind=ERASURE, status__in=FamilyRequest.OPEN).exists():
        raise Refusal(ALREADY)
    request = record_request(
        kind=ERASURE,
        family=guardian.family,
        guardian=guardian,
        entered_by=guardian.user,
        summary="Effacement de mes données",
        status=FamilyRequest.Status.RECEIVED,
        at=at,
    )
    ErasureRequest.objects.create(request=request, body=body)
    return request
