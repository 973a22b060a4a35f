"""Quotients in every state: one in force, one about to end, one ended with a declaration refused, one that waits for an agent."""

from datetime import date, datetime, time, timedelta

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, PETIT, Account
from families.models import FamilyRequest, Guardian, QuotientRecord
from families.queries.quotients import record_on
from families.rules.quotients import first_of_month
from families.services.quotients import declare_quotient
from families.services.requests import accept_request, refuse_request

CAF, MSA = QuotientRecord.Source.CAF, QuotientRecord.Source.MSA


def add_quotients(today: date) -> None:
    """Declare, accept and refuse as the named families and the agent did in the last days."""
    agent = User.objects.get(email=AGENT.email)
    _in_force(MARTIN, today, agent)
    _about_to_end(PETIT, today, agent)
    _ended(DURAND, today, agent)
    _declare(BERNARD, 1120, MSA, _hour(today - timedelta(days=2), 20))


def _in_force(account: Account, today: date, agent: User) -> None:
    """The same value as before, proved again this month and good for a year."""
    asked = _declare(account, _value_of(account, today), CAF, _hour(today - timedelta(days=3), 19))
    month_end = today.replace(year=today.year + 1, day=1) - timedelta(days=1)
    _accept(asked, agent, first_of_month(today), month_end)


def _about_to_end(account: Account, today: date, agent: User) -> None:
    """An agent gave a short period: the paper was already old."""
    asked = _declare(account, _value_of(account, today), CAF, _hour(today - timedelta(days=3), 19))
    words = "Votre attestation date : pensez à en redemander une à la CAF."
    _accept(asked, agent, first_of_month(today), today + timedelta(days=12), words)


def _ended(account: Account, today: date, agent: User) -> None:
    """The quotient ended yesterday; the paper that came next could not be read."""
    QuotientRecord.objects.filter(family=_guardian(account).family, ends_on=None).update(
        ends_on=today - timedelta(days=1)
    )
    asked = _declare(account, 1580, CAF, _hour(today - timedelta(days=3), 19))
    words = "Le papier joint est une attestation de paiement : il nous faut celle qui porte le quotient."
    refuse_request(request=asked, by=agent, words=words, at=_answered(asked))


def _value_of(account: Account, today: date) -> int:
    record = record_on(_guardian(account).family, today)
    return record.value if record else 640


def _declare(account: Account, value: int, source: str, at: datetime) -> FamilyRequest:
    guardian = _guardian(account)
    assert guardian.user is not None
    return declare_quotient(
        family=guardian.family,
        guardian=guardian,
        by=guardian.user,
        value=value,
        month=first_of_month(at.date()),
        source=source,
        at=at,
    )


def _accept(asked: FamilyRequest, agent: User, starts_on: date, ends_on: date, words: str = "") -> None:
    claim = asked.quotient_claim
    answers = {
        "value": claim.value,
        "month": claim.month,
        "source": claim.source,
        "starts_on": starts_on,
        "ends_on": ends_on,
    }
    accept_request(request=asked, by=agent, words=words, at=_answered(asked), answers=answers)


def _answered(asked: FamilyRequest) -> datetime:
    """The next morning."""
    return _hour(asked.received_at.astimezone(PARIS).date() + timedelta(days=1), 10)


def _guardian(account: Account) -> Guardian:
    return Guardian.objects.select_related("family", "user").get(user__email=account.email)


def _hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS)
