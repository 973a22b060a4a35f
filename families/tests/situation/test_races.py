"""Two people at the same instant on one family’s file. Each lock has its control: the same scene without it."""

import threading
from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction

from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meet, meeting_after, without_locks
from families.models import ChangeProposal, Child, CustodyException
from families.rules.situation import Change
from families.services.custody import refuse_overlapping_exceptions
from families.services.requests import accept_request
from families.services.situation import applying, exchanges
from families.tests.factories import NOON
from families.tests.situation.test_changes import NOE
from families.tests.situation.test_exchanges import WEEK_48, WEEK_49, answer, propose

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def kinds(answers):
    return sorted(type(answer).__name__ for answer in answers)


def together(monkeypatch, module, name):
    """Both wait for each other once they have read; with a lock, only one gets there."""
    monkeypatch.setattr(module, name, meeting_after(getattr(module, name)))


def both_propose_the_same_days(parted):
    mother, father = parted
    return at_once(
        lambda: propose(mother, gives=WEEK_49, takes=None), lambda: propose(father, gives=None, takes=WEEK_49)
    )


def test_the_same_days_are_proposed_once(parted, monkeypatch):
    together(monkeypatch, exchanges, "_refuse_double_proposal")
    answers = both_propose_the_same_days(parted)
    assert kinds(answers) == ["Refusal", "WeekExchange"]


def test_control_without_the_lock_both_parents_propose_the_same_days(parted, monkeypatch):
    together(monkeypatch, exchanges, "_refuse_double_proposal")
    with without_locks(monkeypatch):
        answers = both_propose_the_same_days(parted)
    assert kinds(answers) == ["WeekExchange", "WeekExchange"]


def agent_and_parent_answer(parted, agent):
    mother, father = parted
    exchange = propose(mother, gives=WEEK_49, takes=WEEK_48)
    return at_once(
        lambda: answer(father, exchange),
        lambda: accept_request(request=exchange.request, by=agent, words="", at=NOON),
    )


def test_an_exchange_is_answered_once_by_the_parent_or_by_the_agent(parted, agent):
    answers = agent_and_parent_answer(parted, agent)
    assert [isinstance(each, Refusal) for each in answers].count(True) == 1, answers
    assert CustodyException.objects.count() == 2


def save_overlapping(child, homes, gate):
    def save(home, first, last):
        with transaction.atomic():
            row = CustodyException(child=child, family=home, starts_on=first, ends_on=last)
            refuse_overlapping_exceptions([row])
            meet(gate)
            row.save()
        return row

    return at_once(
        lambda: save(homes[0], date(2026, 12, 1), date(2026, 12, 7)),
        lambda: save(homes[1], date(2026, 12, 7), date(2026, 12, 9)),
    )


def test_a_day_is_never_promised_to_two_households(parted):
    answers = save_overlapping(parted[0].child, [home.family for home in parted], threading.Barrier(2))
    assert kinds(answers) == ["CustodyException", "Refusal"]


def test_control_without_the_lock_the_database_alone_refuses_the_second(parted, monkeypatch):
    with without_locks(monkeypatch):
        answers = save_overlapping(parted[0].child, [home.family for home in parted], threading.Barrier(2))
    # Two insertions that meet in the exclusion may also wait for each other: PostgreSQL then ends one of them.
    refusal = next(answer for answer in answers if isinstance(answer, Exception))
    said = {
        IntegrityError: "custody_exceptions_never_overlap",
        OperationalError: "checking exclusion constraint on tuple",
    }[type(refusal)]
    assert said in str(refusal)
    assert CustodyException.objects.count() == 1


def two_clicks(martin):
    submission = uuid4()
    click = lambda: martin.ask(Change.BIRTH, NOE, submission=submission)  # noqa: E731
    return at_once(click, click)


def test_two_clicks_make_one_proposal(martin):
    answers = two_clicks(martin)
    assert answers[0] == answers[1]
    assert ChangeProposal.objects.count() == 1


def two_agents_accept(martin, agent):
    """The same birth, sent by each guardian: each agent accepts one."""
    one, two = martin.ask(Change.BIRTH, NOE), martin.ask(Change.BIRTH, NOE)
    return at_once(
        lambda: accept_request(request=one.request, by=agent, words="", at=NOON),
        lambda: accept_request(request=two.request, by=agent, words="", at=NOON),
    )


def test_a_birth_sent_twice_makes_one_child(martin, agent, monkeypatch):
    together(monkeypatch, applying, "known_children")
    answers = two_agents_accept(martin, agent)
    assert kinds(answers) == ["FamilyRequest", "Refusal"]
    assert Child.objects.filter(first_name="Noé").count() == 1


def test_control_without_the_lock_the_child_is_written_twice(martin, agent, monkeypatch):
    together(monkeypatch, applying, "known_children")
    with without_locks(monkeypatch):
        answers = two_agents_accept(martin, agent)
    assert kinds(answers) == ["FamilyRequest", "FamilyRequest"]
    assert Child.objects.filter(first_name="Noé").count() == 2
