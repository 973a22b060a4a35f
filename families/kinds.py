"""The kinds of request that belong to the families themselves (registered when the application starts)."""

from typing import Any

from families.models import Certification, FamilyRequest, HealthPlan
from families.request_kinds import RequestKind, register
from families.services import certification, health_plans


def plan_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return whose sheet a request is about, and nothing of what it asks: that is read in the sheet, which leaves a trace."""
    plan = HealthPlan.objects.filter(request=request).select_related("child").defer("content").first()
    return {"plan": plan}


def certification_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return the school year that was certified."""
    row = Certification.objects.filter(request=request).first()
    return {"year": row.school_year if row else ""}


register(
    RequestKind(
        certification.KIND,
        "Certification du dossier",
        "document-check",
        "families/certification_request.html",
        certification_detail,
    )
)
# The label stands in mails and lists: it does not say that a child has a PAI.
register(
    RequestKind(
        health_plans.KIND,
        "Fiche sanitaire",
        "heart",
        "families/health/request.html",
        plan_detail,
        promised_days=5,
        on_accept=health_plans.put_in_force,
        on_refuse=health_plans.turn_down,
        on_withdraw=health_plans.take_back,
    )
)
