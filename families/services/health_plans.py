"""A PAI: proposed by a parent, decided by an agent."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from families.emails.health import queue_sheet_changed
from families.models import Child, Family, FamilyRequest, Guardian, HealthPlan
from families.queries.households import mail_recipients_of_child
from families.services.requests import record_request

KIND = "pai"
WAITING = (
    "Une demande attend déjà la décision du service pour cet enfant. Suivez-la dans « Mes dernières demandes », ou "
    "écrivez-y au service."
)


@transaction.atomic(durable=True)
def propose_plan(
    *, child: Child, family: Family, guardian: Guardian, user: User | None, content: dict[str, Any], at: datetime
) -> FamilyRequest:
    """Ask the service to put a PAI in force: ``{"needs", "basket_meal", "valid_until"}``. Both parents are told.

    Until an agent accepts, what held before holds. Raises Refusal when a PAI of this child already waits.
    """
    Child.objects.select_for_update(of=("self",), no_key=True).get(pk=child.pk)
    if HealthPlan.objects.filter(child=child, state=HealthPlan.State.PROPOSED).exists():
        raise Refusal(WAITING)
    # Neither the kind's name nor the summary says what it is about: they stand in mails and lists.
    request = record_request(
        kind=KIND,
        family=family,
        guardian=guardian,
        entered_by=user,
        summary=f"Fiche sanitaire {of_name(child.first_name)} : modification proposée",
        status=FamilyRequest.Status.RECEIVED,
        at=at,
    )
    HealthPlan.objects.create(child=child, request=request, guardian=guardian, content=content, proposed_at=at)
    others = [one for one in mail_recipients_of_child(child) if one.pk != guardian.pk]
    queue_sheet_changed(child, others, by=guardian, at=at, waits=True)
    return request


def put_in_force(request: FamilyRequest, decision: Any) -> None:
    """Put the PAI of an accepted request in force, in place of the one before; part of the decision's transaction."""
    plan = _proposed(request)
    for before in HealthPlan.objects.filter(child=plan.child, state=HealthPlan.State.ACCEPTED):
        _end(before, decision.at)
    _decide(plan, HealthPlan.State.ACCEPTED, decision)
    if plan.guardian is not None:
        others = [one for one in mail_recipients_of_child(plan.child) if one.pk != plan.guardian_id]
        queue_sheet_changed(plan.child, others, by=plan.guardian, at=decision.at)


def turn_down(request: FamilyRequest, decision: Any) -> None:
    """Leave things as they were; part of the decision's transaction."""
    _decide(_proposed(request), HealthPlan.State.REFUSED, decision)


def take_back(request: FamilyRequest, at: datetime) -> None:
    """Forget a PAI that the family no longer asks for; part of the withdrawal's transaction."""
    _end(_proposed(request), at)


def _proposed(request: FamilyRequest) -> HealthPlan:
    Child.objects.select_for_update(of=("self",), no_key=True).get(health_plans__request=request)
    plan = HealthPlan.objects.select_related("child", "guardian").get(request=request)
    if plan.state != HealthPlan.State.PROPOSED:
        raise Refusal("Cette demande a déjà reçu sa réponse.")
    return plan


def _decide(plan: HealthPlan, state: str, decision: Any) -> None:
    plan.state, plan.decided_at, plan.decided_by = state, decision.at, decision.by
    plan.save(update_fields=["state", "decided_at", "decided_by"])


def _end(plan: HealthPlan, at: datetime) -> None:
    plan.state, plan.decided_at = HealthPlan.State.ENDED, plan.decided_at or at
    plan.save(update_fields=["state", "decided_at"])
