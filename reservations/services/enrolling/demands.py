"""What an agent decides of an enrolment that was asked for; each runs inside the decision's transaction."""

from datetime import date, datetime

from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Child, FamilyRequest
from families.request_kinds import Decision
from reservations.models import ActivitySite, Enrolment, EnrolmentDemand
from reservations.queries.enrolments import span_of_year
from reservations.rules.enrolling import last_day_of

Status = EnrolmentDemand.Status


def accept_demand(request: FamilyRequest, decision: Decision) -> str | None:
    """Make the enrolment that was asked for, under the same request, from the day and in the place that the agent says.

    Raises Refusal when the child has been enrolled meanwhile, or when the day is outside the school year.
    """
    demand = _waiting(request)
    # As a form that enrols does: what is read next is what stands.
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk=demand.child_id))
    year = demand.school_year
    same_year = Enrolment.objects.filter(
        child=demand.child_id, family=demand.family_id, activity=demand.activity_id, school_year=year
    )
    if same_year.filter(ended_at=None).exists():
        raise Refusal(
            f"{demand.child.first_name} est déjà inscrit(e) à « {demand.activity.name} » pour {year.label} : refusez cette "
            "demande en le disant."
        )
    starts_on: date = decision.answers.get("starts_on") or max(year.starts_on, decision.at.date())
    last_day = last_day_of(span_of_year(year), in_holidays=demand.activity.in_holidays)
    if not year.starts_on <= starts_on <= last_day:
        raise Refusal(f"L’année {year.label} va du {plain_day(year.starts_on)} au {plain_day(last_day)}.")
    last = same_year.order_by("ends_on").last()
    if last is not None and last.ends_on >= starts_on:
        raise Refusal(f"L’inscription précédente court jusqu’au {plain_day(last.ends_on)} : commencez le lendemain.")
    Enrolment.objects.create(
        child=demand.child,
        family=demand.family,
        site=_site(demand, decision),
        activity=demand.activity,
        school_year=year,
        starts_on=starts_on,
        ends_on=last_day,
        acceptance=demand.acceptance,
        request=request,
    )
    _settle(demand, Status.ACCEPTED)
    return None


def _site(demand: EnrolmentDemand, decision: Decision) -> ActivitySite:
    chosen = decision.answers.get("site")
    if not chosen:
        return demand.site
    return ActivitySite.objects.get(pk=chosen, activity=demand.activity_id)


def refuse_demand(request: FamilyRequest, decision: Decision) -> str | None:
    """Keep that it was refused; the words are the decision's."""
    _settle(_waiting(request), Status.REFUSED)
    return None


def withdraw_demand(request: FamilyRequest, at: datetime) -> None:
    """Keep that the family took it back."""
    _settle(_waiting(request), Status.WITHDRAWN)


def _waiting(request: FamilyRequest) -> EnrolmentDemand:
    rows = EnrolmentDemand.objects.select_related("child", "family", "activity", "site", "school_year", "acceptance")
    return rows.get(request=request)


def _settle(demand: EnrolmentDemand, status: EnrolmentDemand.Status) -> None:
    demand.status = status
    demand.save(update_fields=["status"])
