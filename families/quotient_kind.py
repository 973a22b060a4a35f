"""The request « Quotient familial »: what its page shows, the form that completes an acceptance, what accepting does."""

from typing import Any

from django import forms

from families.forms.quotients import AcceptClaimForm
from families.models import FamilyRequest, QuotientClaim, QuotientRecord
from families.queries import quotients
from families.request_kinds import RequestKind
from families.services.quotients import accept_claim


def load_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what was declared and, once accepted, the period that it gave."""
    claim = QuotientClaim.objects.filter(request=request).first()
    return {"claim": claim, "given": QuotientRecord.objects.filter(request=request).first()}


def accept_form(request: FamilyRequest) -> type[forms.Form]:
    """Return the agent's form, filled with what was declared."""
    claim = QuotientClaim.objects.get(request=request)
    return type("AcceptThisClaim", (AcceptClaimForm,), {"claim": claim})


KIND = RequestKind(
    quotients.KIND,
    "Quotient familial",
    "calculator",
    "families/request_quotient.html",
    load_detail,
    # A request about money: two months of silence are a refusal (CRPA L231-4, 3°).
    silence=FamilyRequest.Silence.REFUSED,
    on_accept=accept_claim,
    accept_form=accept_form,
)
