"""Enrolling a child in an activity for a school year."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from documents.services.regulations import accept_regulation
from families.models import Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import ENROLMENT
from reservations.models import Enrolment
from reservations.queries.enrolling import Choice, choices_for, version_to_accept
from reservations.queries.planning import enrolments_of
from reservations.rules.enrolling import enrolment_period


class EnrolmentRefused(Refusal):
    """An enrolment that cannot be made; the sentence says why."""


def enrol_child(
    *,
    family: Family,
    guardian: Guardian,
    user: User | None,
    child: int,
    activity: str,
    year: str,
    version: int,
    at: datetime,
) -> Enrolment:
    """Enrol a child (id) of the household in an activity (slug) for a school year (label), and return the enrolment.

    ``version`` is the id of the règlement's version that the guardian read and accepted; version, person and instant are kept.
    The same form sent twice returns the first enrolment.

    Raises EnrolmentRefused when the child, the activity or the year is not open to this household, or when another version of the
    règlement has come into force since the form was shown.
    """
    try:
        return _enrol(family, guardian, user, child, activity, year, version, at)
    except IntegrityError:
        # Another copy of the same form got here first.
        rows = enrolments_of(family).select_related("request")
        first = rows.filter(child=child, activity__slug=activity, school_year__label=year).first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _enrol(
    family: Family,
    guardian: Guardian,
    user: User | None,
    child: int,
    activity: str,
    year: str,
    version: int,
    at: datetime,
) -> Enrolment:
    choice = _choice(family, child, activity, year, at)
    if choice.enrolment:
        return choice.enrolment
    if not choice.offer.is_open or choice.site is None:
        raise EnrolmentRefused(choice.offer.sentence)
    current = version_to_accept(choice.activity, at.date())
    if current is None or current.pk != version:
        raise EnrolmentRefused(
            "Le règlement intérieur a changé pendant que vous le lisiez : relisez-le avant d’inscrire."
        )
    acceptance = accept_regulation(version=current, guardian=guardian, at=at)
    period = enrolment_period(choice.year, at.date())
    enrolment = Enrolment(
        child=choice.child,
        family=family,
        site=choice.site,
        activity=choice.activity,
        school_year_id=choice.year.pk,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        acceptance=acceptance,
    )
    enrolment.request = _record(choice, guardian, user, at)
    enrolment.save(force_insert=True)
    emails.queue_enrolment_receipt(enrolment, guardian, user)
    return enrolment


def _choice(family: Family, child: int, activity: str, year: str, at: datetime) -> Choice:
    choices = choices_for(family, child, activity, today=at.date())
    found = next((choice for choice in choices if choice.year.label == year), None)
    if found is None:
        raise EnrolmentRefused("Les inscriptions ne sont pas ouvertes pour cet enfant, cette activité ou cette année.")
    return found


def _record(choice: Choice, guardian: Guardian, user: User | None, at: datetime) -> FamilyRequest:
    return record_request(
        kind=ENROLMENT,
        family=guardian.family,
        guardian=guardian,
        entered_by=user,
        summary=f"Inscription {of_name(choice.child.first_name)} : {choice.activity.name}, {choice.year.label}",
        status=FamilyRequest.Status.DONE,
        at=at,
        decided_at=at,
    )
