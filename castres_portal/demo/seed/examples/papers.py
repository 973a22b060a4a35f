"""Papers that the named households asked for: an enrolment, the days of a child, a summary, one that was withdrawn."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, DURAND, MARTIN, PETIT, Account
from documents.household_papers import ACCEPTED_REGULATION, SUMMARY
from documents.models import IssuedPaper, RegulationAcceptance
from documents.paper_kinds import PaperKind
from documents.services.papers import issue_paper, withdraw_paper
from families.models import Guardian
from reservations.models import Booking, Enrolment
from reservations.papers import ATTENDANCE_PAPER, ENROLMENT_PAPER


def paper_examples(today: date) -> None:
    """Deliver papers as the families asked for them in the last weeks."""
    enrolment = _enrolment_of(MARTIN)
    _issue(MARTIN, ENROLMENT_PAPER, _hour(today, -21, 20), chosen=str(enrolment.pk))
    _issue(DURAND, SUMMARY, _hour(today, -12, 19))
    _one_withdrawn(today)
    accepted = RegulationAcceptance.objects.filter(family=enrolment.family).order_by("-accepted_at").first()
    if accepted:
        _issue(MARTIN, ACCEPTED_REGULATION, _hour(today, -9, 8), chosen=str(accepted.pk))
    _issue(PETIT, SUMMARY, _hour(today, -4, 12))
    if booked := _first_booking(enrolment, today):
        first, last = booked.day, today - timedelta(days=1)
        answers = {
            "chosen": str(enrolment.child_id),
            "starts_on": max(first, last - timedelta(days=365)),
            "ends_on": last,
        }
        _issue(MARTIN, ATTENDANCE_PAPER, _hour(today, -1, 21), **answers)


def _one_withdrawn(today: date) -> None:
    wrong = _issue(DURAND, ENROLMENT_PAPER, _hour(today, -11, 9), chosen=str(_enrolment_of(DURAND).pk))
    withdraw_paper(
        paper=wrong.pk,
        user=User.objects.get(email=AGENT.email),
        reason="L’école indiquée n’était pas la bonne ; demandez une nouvelle attestation.",
        at=_hour(today, -10, 10),
    )


def _issue(account: Account, kind: PaperKind, at: datetime, **answers: Any) -> IssuedPaper:
    guardian = Guardian.objects.select_related("family", "user").get(user__email=account.email, pays=True)
    assert guardian.user is not None
    return issue_paper(
        kind=kind,
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        answers=answers,
        submission=uuid4(),
        at=at,
    )


def _enrolment_of(account: Account) -> Enrolment:
    rows = Enrolment.objects.filter(family__guardians__user__email=account.email, family__guardians__pays=True)
    return rows.select_related("family").order_by("-starts_on", "child__birth_date")[0]


def _first_booking(enrolment: Enrolment, today: date) -> Booking | None:
    rows = Booking.objects.filter(
        child=enrolment.child_id, family=enrolment.family_id, day__lt=today, status=Booking.Status.ACTIVE
    )
    return rows.order_by("day").first()


def _hour(today: date, days: int, hour: int) -> datetime:
    return datetime.combine(today + timedelta(days=days), time(hour), PARIS)
