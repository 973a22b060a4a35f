"""A request of wishes outside the allocation: the family takes it back; an agent does not decide it alone."""

from datetime import datetime

from castres_portal.base.errors import Refusal
from families.models import FamilyRequest
from families.request_kinds import Decision
from reservations.models import WishList


def withdraw_wishes(request: FamilyRequest, at: datetime) -> None:
    """Take a household's wishes out of the allocation, with its request; part of the caller's transaction."""
    WishList.objects.filter(request=request, replaced_at=None).update(replaced_at=at)


def only_by_allocation(request: FamilyRequest, decision: Decision) -> None:
    """Refuse to answer one household alone: the criteria weigh all of them. Raises Refusal."""
    raise Refusal(
        "Les vœux reçoivent leur réponse tous ensemble, à l’attribution de la période (« Périodes de vacances »)."
    )
