"""The kinds of request by which a family changes its file; registered when the application starts."""

from families.forms.situation.agents import accept_form_for
from families.models import FamilyRequest
from families.queries.situation import change_detail, exchange_detail
from families.request_kinds import Decision, RequestKind, register
from families.rules.situation import Change
from families.services.situation.applying import accept_change
from families.services.situation.exchanges import KIND as EXCHANGE
from families.services.situation.exchanges import accept_exchange, refuse_exchange, withdraw_exchange
from families.services.situation.proposing import KIND

ICONS = {
    Change.BIRTH: "sparkles",
    Change.ARRIVAL: "user-plus",
    Change.IDENTITY: "identification",
    Change.SCHOOL: "academic-cap",
    Change.CUSTODY: "arrows-right-left",
    Change.CHILD_LEAVES: "user-minus",
    Change.ADDRESS: "map-pin",
    Change.FAMILY_LEAVES: "truck",
    Change.NAME: "pencil-square",
    Change.GUARDIAN: "user-plus",
    Change.SEPARATION: "users",
    Change.BAN: "no-symbol",
    Change.BAN_ENDS: "shield-check",
    Change.COORDINATES: "phone",
}


def on_accept(request: FamilyRequest, decision: Decision) -> None:
    """Write the change that an agent accepts, as she may have put it right."""
    proposal = request.change_proposal
    proposal.request = request
    accept_change(proposal, decision.answers, by=decision.by, at=decision.at)


def register_kinds() -> None:
    """Make the kinds known."""
    for change in Change:
        decided_at_once = change == Change.COORDINATES
        register(
            RequestKind(
                slug=f"{KIND}{change}",
                label=change.label,
                icon=ICONS[change],
                detail_template="families/situation/change_detail.html",
                load_detail=change_detail,
                on_accept=None if decided_at_once else on_accept,
                accept_form=None if decided_at_once else accept_form_for,
                may_withdraw=not decided_at_once,
            )
        )
    register(
        RequestKind(
            slug=EXCHANGE,
            label="Échange de jours de garde",
            icon="arrows-right-left",
            detail_template="families/situation/exchange_detail.html",
            load_detail=exchange_detail,
            on_accept=accept_exchange,
            on_refuse=refuse_exchange,
            on_withdraw=withdraw_exchange,
        )
    )
