"""Enrolling: some children in some activities, in one go, at once or once an agent has accepted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from documents.models import RegulationAcceptance
from documents.services.regulations import accept_regulation
from families.models import Child, Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import ENROLMENT, ENROLMENT_DEMAND
from reservations.models import ActivitySite, Enrolment, EnrolmentDemand
from reservations.queries.enrolling import Choice, choices_by_key
from reservations.rules.enrolling import enrolment_period

NOT_OPEN = "Les inscriptions ne sont pas ouvertes pour cet enfant, cette activité ou cette année."
NOT_ACCEPTED = "Le règlement intérieur a changé pendant que vous le lisiez\u00a0: relisez-le avant d’inscrire."
MOST = 60  # of one form: more than any household has children and services


class EnrolmentRefused(Refusal):
    """Nothing could be done of what was asked; the sentence says why."""


@dataclass(frozen=True)
class Wished:
    """A choice (see ``queries.enrolling.Choice.key``) and the place wanted (id), None where there is only one."""

    key: str
    site: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a choice: an enrolment, a demand, or why nothing was done. ``is_new``: by this very form."""

    choice: Choice | None
    enrolment: Enrolment | None = None
    demand: EnrolmentDemand | None = None
    refusal: str = ""
    is_new: bool = False

    @property
    def request(self) -> FamilyRequest | None:
        """The numbered request, unless it was refused."""
        row = self.enrolment or self.demand
        return row.request if row else None


@dataclass
class _Order:
    """Who asks for what."""

    family: Family
    guardian: Guardian
    user: User | None
    accepted: Collection[int]
    at: datetime
    at_desk: bool
    acceptances: dict[int, RegulationAcceptance] = field(default_factory=dict)


@transaction.atomic(durable=True)
def enrol_children(
    *,
    family: Family,
    guardian: Guardian,
    user: User | None,
    asked: Sequence[Wished],
    accepted: Collection[int],
    at: datetime,
    at_desk: bool = False,
) -> list[Outcome]:
    """Enrol some children of the household, each in an activity for a school year, and say what became of each choice.

    An activity that agents accept gets a request, which waits for them, unless one of them does it (``at_desk``). ``accepted``
    are the ids of the règlements' versions that the guardian read and accepted; version, person and instant are kept. What is
    refused refuses nothing else; the same form sent twice answers with the first enrolments. One mail tells all.

    Raises EnrolmentRefused when nothing of it could be done.
    """
    if not asked:
        raise EnrolmentRefused("Cochez au moins une inscription.")
    if len(asked) > MOST:
        raise EnrolmentRefused("Ce formulaire contient trop d’inscriptions.")
    children = {int(wish.key.partition("/")[0]) for wish in asked if wish.key.partition("/")[0].isdecimal()}
    # Two copies of a form, or two parents, follow each other.
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=children).order_by("pk"))
    choices = choices_by_key(family, today=at.date(), children=children, at_desk=at_desk)
    order = _Order(family, guardian, user, accepted, at, at_desk)
    outcomes = [_answer(order, choices.get(wish.key), wish.site) for wish in asked]
    if not any(outcome.request for outcome in outcomes):
        raise EnrolmentRefused(" ".join(dict.fromkeys(outcome.refusal for outcome in outcomes)))
    new = [outcome for outcome in outcomes if outcome.is_new]
    if new:
        emails.queue_enrolments(new, guardian, user)
    return outcomes


def _answer(order: _Order, choice: Choice | None, wanted: int | None) -> Outcome:
    if choice is None:
        return Outcome(None, refusal=NOT_OPEN)
    if choice.enrolment and choice.enrolment.ended_at is None:
        return Outcome(choice, enrolment=choice.enrolment)
    if choice.demand:
        return Outcome(choice, demand=choice.demand)
    if not choice.offer.is_open:
        return Outcome(choice, refusal=choice.offer.sentence)
    site = choice.site if wanted is None else next((site for site in choice.sites if site.pk == wanted), None)
    if site is None:
        return Outcome(
            choice, refusal=f"Choisissez le lieu\u00a0: « {choice.activity.name} », {choice.child.first_name}."
        )
    if choice.version is None:
        return Outcome(choice, refusal=f"Le règlement de « {choice.activity.name} » n’est pas encore publié.")
    if choice.version.pk not in order.accepted:
        return Outcome(choice, refusal=NOT_ACCEPTED)
    acceptance = _acceptance(order, choice)
    if choice.by_agent and not order.at_desk:
        return Outcome(choice, demand=_ask(order, choice, site, acceptance), is_new=True)
    return Outcome(choice, enrolment=_enrol(order, choice, site, acceptance), is_new=True)


def _acceptance(order: _Order, choice: Choice) -> RegulationAcceptance:
    version = choice.version
    assert version is not None
    if version.pk not in order.acceptances:
        order.acceptances[version.pk] = accept_regulation(version=version, guardian=order.guardian, at=order.at)
    return order.acceptances[version.pk]


def _enrol(order: _Order, choice: Choice, site: ActivitySite, acceptance: RegulationAcceptance) -> Enrolment:
    ending = choice.ending
    period = enrolment_period(
        choice.year,
        order.at.date(),
        after=ending.ends_on if ending else None,
        in_holidays=choice.activity.in_holidays,
    )
    return Enrolment.objects.create(
        child=choice.child,
        family=order.family,
        site=site,
        activity=choice.activity,
        school_year_id=choice.year.pk,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        acceptance=acceptance,
        request=_record(order, choice, ENROLMENT, FamilyRequest.Status.DONE),
    )


def _ask(order: _Order, choice: Choice, site: ActivitySite, acceptance: RegulationAcceptance) -> EnrolmentDemand:
    return EnrolmentDemand.objects.create(
        request=_record(order, choice, ENROLMENT_DEMAND, FamilyRequest.Status.RECEIVED),
        child=choice.child,
        family=order.family,
        activity=choice.activity,
        site=site,
        school_year_id=choice.year.pk,
        acceptance=acceptance,
    )


def _record(order: _Order, choice: Choice, kind: str, status: str) -> FamilyRequest:
    return record_request(
        kind=kind,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=f"Inscription {of_name(choice.child.first_name)}\u00a0: {choice.activity.name}, {choice.year.label}",
        status=status,
        at=order.at,
        decided_at=order.at if status == FamilyRequest.Status.DONE else None,
    )
