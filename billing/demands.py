"""What billing adds to « Mes dernières demandes »: how a dispute is shown, and what accepting it does."""

from typing import Any

from billing import kinds
from billing.models import Dispute
from billing.services.disputes import accept_dispute
from families.models import FamilyRequest
from families.request_kinds import RequestKind, register


def dispute_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a dispute shows; two queries."""
    dispute = Dispute.objects.select_related("invoice").get(request=request)
    lines = [row.line for row in dispute.lines.select_related("line").order_by("line__day", "pk")]
    return {"dispute": dispute, "lines": lines}


KINDS = (
    RequestKind(
        kinds.DISPUTE,
        "Contestation d’une facture",
        "scale",
        "billing/request_dispute.html",
        dispute_detail,
        on_accept=accept_dispute,
    ),
)


def declare() -> None:
    """Make them known."""
    for kind in KINDS:
        register(kind)
