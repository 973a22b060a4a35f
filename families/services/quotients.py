"""A household's quotient: declared with its paper, taken from the CAF or the MSA, accepted, and told of before it ends.

Whoever writes a period locks the household's row first and reads the others under that lock; PostgreSQL refuses an overlap too.
"""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from accounts.franceconnect.rules import Identity, same_person
from accounts.models import User
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.french import month_name, plain_day
from families import quotient_changes
from families.api_particulier.answers import FamilyQuotient
from families.emails import quotients as emails
from families.models import (
    Family,
    FamilyRequest,
    Guardian,
    QuotientClaim,
    QuotientRecord,
    QuotientReminder,
)
from families.queries.quotients import KIND, ending_soon, open_claim_of
from families.quotient_changes import QuotientChange
from families.request_kinds import Decision
from families.rules.quotients import Period, effect_of, make_room, thresholds_due
from families.services.requests import record_request

ONE_AT_A_TIME = "Une déclaration de quotient attend déjà la réponse du service : complétez-la, ou retirez-la d’abord."
NOT_OURS = (
    "La CAF ou la MSA répond pour une personne qui n’est pas responsable dans ce dossier : rien n’a été enregistré. Donnez "
    "l’identité d’un responsable du foyer, ou déposez votre attestation."
)
SAY_WHY = "Vous changez le quotient que la famille a déclaré : dites-lui pourquoi dans la réponse."


def lock_family(family: Family) -> Family:
    """Lock a household's row: two periods of one household are never written at once."""
    return Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)


# --- What a family does -----------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def declare_quotient(
    *, family: Family, guardian: Guardian | None, by: User, value: int, month: date, source: str, at: datetime
) -> FamilyRequest:
    """Declare a quotient that an agent will read against its paper; ``month`` is the first day of its month.

    Raises Refusal while another declaration waits.
    """
    lock_family(family)
    if open_claim_of(family):
        raise Refusal(ONE_AT_A_TIME)
    return _request(family, guardian, by, value, month, source, FamilyRequest.Status.RECEIVED, at)


@transaction.atomic(durable=True)
def keep_quotient_of_api(
    *, family: Family, guardian: Guardian | None, by: User, found: FamilyQuotient, at: datetime
) -> FamilyRequest:
    """Keep what API Particulier answered: value, month, proof and instant, never the answer itself. It holds at once.

    Raises Refusal when nobody of the household is named in the answer, or when a later quotient is in the way.
    """
    lock_family(family)
    if not _names_one_of(family, found):
        raise Refusal(NOT_OURS)
    status = FamilyRequest.Status.DONE
    request = _request(family, guardian, by, found.value, found.month, found.source, status, at, decided_at=at)
    starts_on, ends_on = effect_of(in_paris(at).date(), valid_months=settings.QUOTIENT["valid_months"])
    write_period(
        family=family,
        value=found.value,
        month=found.month,
        source=found.source,
        starts_on=starts_on,
        ends_on=ends_on,
        proof=found.proof,
        request=request,
        at=at,
    )
    return request


def _names_one_of(family: Family, found: FamilyQuotient) -> bool:
    """Say whether one of those whom the CAF or the MSA pays is a guardian of the household."""
    guardians = list(Guardian.objects.filter(family=family))
    holders = [Identity("", each.birth_name, each.first_names, each.usage_name) for each in found.holders]
    return any(
        same_person(holder, first_name=guardian.first_name, last_name=guardian.last_name)
        for holder in holders
        for guardian in guardians
    )


def _request(
    family: Family,
    guardian: Guardian | None,
    by: User,
    value: int,
    month: date,
    source: str,
    status: str,
    at: datetime,
    decided_at: datetime | None = None,
) -> FamilyRequest:
    request = record_request(
        kind=KIND,
        family=family,
        guardian=guardian,
        entered_by=by,
        summary=f"Quotient familial de {value} € ({month_name(month)})",
        status=status,
        at=at,
        decided_at=decided_at,
    )
    QuotientClaim.objects.create(request=request, value=value, month=month, source=source)
    return request


# --- What an agent decides --------------------------------------------------------------------------------------------


def accept_claim(request: FamilyRequest, decision: Decision) -> None:
    """Give effect to a declaration, in the decision's transaction; the agent's answers may change what was declared.

    Raises Refusal when the value is changed without a word, or when a later quotient is in the way.
    """
    claim = QuotientClaim.objects.get(request=request)
    answers = decision.answers
    if (answers["value"], answers["month"]) != (claim.value, claim.month) and not decision.words:
        raise Refusal(SAY_WHY)
    assert request.family is not None
    lock_family(request.family)
    write_period(
        family=request.family,
        value=answers["value"],
        month=answers["month"],
        source=answers["source"],
        starts_on=answers["starts_on"],
        ends_on=answers["ends_on"],
        proof=f"Attestation lue par l’Espace Famille (demande n° {request.number})",
        request=request,
        at=decision.at,
    )


def write_period(
    *,
    family: Family,
    value: int,
    month: date,
    source: str,
    starts_on: date,
    ends_on: date | None,
    proof: str,
    request: FamilyRequest | None,
    at: datetime,
) -> QuotientRecord:
    """Write a period of a household that the caller has locked, make room for it, and tell who counted otherwise.

    Issued invoices are not touched. Raises Refusal when a later period is in the way.
    """
    rows = QuotientRecord.objects.filter(family=family)
    periods = [Period(*row) for row in rows.values_list("pk", "starts_on", "ends_on")]
    making = make_room(periods, starts_on=starts_on, ends_on=ends_on)
    if making.later:
        raise Refusal(
            f"Un autre quotient de ce foyer commence le {plain_day(making.later.starts_on)} : terminez cette période avant."
        )
    for record in rows.filter(pk__in=making.replaced):
        record.delete()
    for pk, last_day in making.shortened:
        record = rows.get(pk=pk)
        record.ends_on = last_day
        record.save(update_fields=["ends_on"])
    record = QuotientRecord.objects.create(
        family=family,
        value=value,
        month=month,
        source=source,
        starts_on=starts_on,
        ends_on=ends_on,
        proof=proof,
        request=request,
        obtained_at=at,
    )
    quotient_changes.tell(QuotientChange(family, starts_on, at))
    return record


# --- Each night -------------------------------------------------------------------------------------------------------


def tell_households_of_endings(*, today: date, at: datetime) -> int:
    """Tell the households whose quotient ends in 30, 15 or 1 days, once each; return how many were told.

    Safe to run twice, at once, and after nights without it: what was reached meanwhile is said in one mail.
    """
    return sum(_tell(record, today=today, at=at) for record in ending_soon(today=today))


@transaction.atomic(durable=True)
def _tell(record: QuotientRecord, *, today: date, at: datetime) -> bool:
    lock_family(record.family)
    assert record.ends_on is not None
    reminders = QuotientReminder.objects.filter(record=record, ends_on=record.ends_on)
    told = list(reminders.values_list("days", flat=True))
    due = thresholds_due(record.ends_on, today=today, told=told)
    if not due:
        return False
    QuotientReminder.objects.bulk_create(
        [QuotientReminder(record=record, ends_on=record.ends_on, days=days, told_at=at) for days in due]
    )
    emails.send_ending(record, today=today, claim=open_claim_of(record.family))
    return True
