"""Proposing a change of one's own file: a numbered request, what was, what is asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from families.emails import situation as emails
from families.models import AuthorisedAdult, ChangeProposal, Child, Family, FamilyRequest, Guardian
from families.rules.situation import OF_THE_CHILD, Change, differs, fingerprint, write
from families.services.requests import record_request
from families.services.situation.applying import write_change
from families.services.situation.snapshots import take_snapshot

KIND = "changement-"
MEANWHILE = (
    "Ces informations ont changé pendant que vous remplissiez la page. Relisez ce que le dossier contient maintenant, puis "
    "envoyez de nouveau : rien de ce que vous avez écrit n’est perdu."
)


class ChangedMeanwhile(Refusal):
    """What the form was about is no longer what it showed."""

    def __init__(self) -> None:
        super().__init__(MEANWHILE)


def propose_change(
    *,
    change: str,
    family: Family,
    guardian: Guardian,
    user: User | None,
    asked: Mapping[str, Any],
    shown: str,
    submission: UUID,
    at: datetime,
    child: Child | None = None,
    adult: AuthorisedAdult | None = None,
    target: Guardian | None = None,
) -> ChangeProposal:
    """Record what a guardian asks to change, with what the file held; return the proposal.

    ``asked`` is a state (see ``rules.situation``), ``shown`` the fingerprint of the state that the form showed. The same form
    sent twice returns the first proposal. An address that needs no proof is changed at once.

    Raises ChangedMeanwhile when the file is no longer as shown, Refusal when nothing would change.
    """
    try:
        return _propose(change, family, guardian, user, asked, shown, submission, at, child, adult, target)
    except IntegrityError:
        first = ChangeProposal.objects.filter(submission=submission, request__family=family).first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _propose(
    change: str,
    family: Family,
    guardian: Guardian,
    user: User | None,
    asked: Mapping[str, Any],
    shown: str,
    submission: UUID,
    at: datetime,
    child: Child | None,
    adult: AuthorisedAdult | None,
    target: Guardian | None,
) -> ChangeProposal:
    # One household's proposals follow each other; reading comes after, so that it sees what another has just written.
    family = Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)
    if first := ChangeProposal.objects.filter(submission=submission, request__family=family).first():
        return first
    child = Child.objects.select_related("school").get(pk=child.pk) if child else None
    target = family.guardians.get(pk=target.pk) if target else None
    adult = family.authorised_adults.get(pk=adult.pk) if adult else None
    before = take_snapshot(change, family=family, child=child, guardian=target, adult=adult)
    if fingerprint(before) != shown:
        raise ChangedMeanwhile
    if not differs(change, before, asked):
        raise Refusal("Vous n’avez rien modifié : le dossier contient déjà cela.")
    at_once = needs_no_agent(change)
    request = record_request(
        kind=f"{KIND}{change}",
        family=family,
        guardian=guardian,
        entered_by=user,
        summary=summary_of(change, child, asked),
        status=FamilyRequest.Status.DONE if at_once else FamilyRequest.Status.RECEIVED,
        at=at,
        decided_at=at if at_once else None,
    )
    proposal = ChangeProposal.objects.create(
        request=request,
        change=change,
        child=child,
        guardian=target,
        adult=adult,
        before=before,
        proposed=dict(asked),
        applies_on=_effect(asked),
        submission=submission,
    )
    if at_once:
        write_change(proposal, dict(asked), by=user, at=at)
    elif change in OF_THE_CHILD and child:
        emails.tell_other_parents_of_proposal(proposal)
    return proposal


def needs_no_agent(change: str) -> bool:
    """Say whether a change is written as soon as it is sent."""
    return change == Change.COORDINATES or (change == Change.ADDRESS and not settings.ADDRESS_NEEDS_PROOF)


def summary_of(change: str, child: Child | None, asked: Mapping[str, Any]) -> str:
    """Name a request in a line: « Changement d’adresse ». A prohibition does not name who it is about."""
    label = Change(change).label
    about = child.first_name if child else _about(change, asked)
    return f"{label} : {about}" if about else label


def _about(change: str, asked: Mapping[str, Any]) -> str:
    if change in (Change.BIRTH, Change.ARRIVAL):
        return str(asked.get("first_name", ""))
    if change in (Change.NAME, Change.GUARDIAN):
        return f"{asked.get('first_name', '')} {str(asked.get('last_name', '')).upper()}".strip()
    if change in (Change.ADDRESS, Change.FAMILY_LEAVES):
        return f"{asked.get('street', '')}, {asked.get('city', '')}".strip(", ")
    if change == Change.SEPARATION:
        return f"départ de {write('leaver', asked.get('leaver'))}"
    return write("children", asked["children"]) if asked.get("children") else ""


def _effect(asked: Mapping[str, Any]) -> date | None:
    text = asked.get("starts_on")
    return date.fromisoformat(str(text)) if text else None
