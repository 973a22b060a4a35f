"""Exchanging days between the two households of a child."""

from datetime import date
from uuid import uuid4

import pytest
from post_office.models import Email

from castres_portal.base.errors import Refusal
from families.models import CustodyException, FamilyRequest, WeekExchange
from families.rules.custody import household_on
from families.services.requests import accept_request, refuse_request, withdraw_request
from families.services.situation.exchanges import answer_exchange, propose_exchange
from families.tests.factories import NOON

pytestmark = pytest.mark.django_db
WEEK_48, WEEK_49 = (date(2026, 11, 23), date(2026, 11, 29)), (date(2026, 11, 30), date(2026, 12, 6))


def propose(home, gives=WEEK_49, takes=WEEK_48, submission=None):
    return propose_exchange(
        family=home.family, guardian=home.guardian, user=home.guardian.user, child=home.child,
        gives=gives, takes=takes, submission=submission or uuid4(), at=NOON,
    )  # fmt: skip


def answer(home, exchange, agreed=True):
    return answer_exchange(exchange=exchange, guardian=home.guardian, user=home.guardian.user, agreed=agreed, at=NOON)


def home_on(child, day):
    return household_on(day, list(child.custodies.all()), list(child.custody_exceptions.all()))


def test_days_change_household_when_the_other_parent_accepts(parted):
    mother, father = parted
    exchange = propose(mother)
    assert not CustodyException.objects.exists()

    answer(father, exchange)

    assert home_on(mother.child, date(2026, 11, 24)) == mother.family.pk
    assert home_on(mother.child, date(2026, 12, 1)) == father.family.pk
    exchange.request.refresh_from_db()
    assert exchange.request.status == FamilyRequest.Status.DONE
    assert exchange.request.decided_by is None


def test_nothing_changes_when_she_declines(parted):
    mother, father = parted
    exchange = propose(mother)
    answer(father, exchange, agreed=False)
    exchange.request.refresh_from_db()
    assert exchange.request.status == FamilyRequest.Status.REFUSED
    assert not CustodyException.objects.exists()


def test_the_other_parent_learns_the_first_name_and_the_days_only(parted):
    mother, father = parted
    answer(father, propose(mother))
    told = {mail.to[0]: [] for mail in Email.objects.all()}
    for mail in Email.objects.all():
        told[mail.to[0]].append(f"{mail.subject} {mail.message}")
    for text in told["hugo@example.org"]:
        assert "Zoé" in text
        assert "Petit" not in text.replace("Petite", "")
        assert "Anne" not in text
        assert mother.family.number not in text
    for text in told["anne@example.org"]:
        assert "Hugo" not in text and "BERNARD" not in text


def test_the_same_answer_twice_counts_once_and_the_contrary_is_told(parted):
    mother, father = parted
    exchange = propose(mother)
    answer(father, exchange)
    answer(father, exchange)
    assert CustodyException.objects.count() == 2
    with pytest.raises(Refusal, match="déjà reçu une réponse"):
        answer(father, exchange, agreed=False)


def test_the_same_form_twice_makes_one_exchange(parted):
    submission = uuid4()
    assert propose(parted[0], submission=submission) == propose(parted[0], submission=submission)
    assert WeekExchange.objects.count() == 1


def test_who_proposes_does_not_answer(parted):
    mother, _ = parted
    with pytest.raises(Refusal, match="votre foyer"):
        answer(mother, propose(mother))


def test_a_withdrawn_exchange_is_no_longer_answered(parted):
    mother, father = parted
    exchange = propose(mother)
    withdraw_request(request=exchange.request, by=mother.guardian.user, at=NOON)
    with pytest.raises(Refusal, match="a retiré"):
        answer(father, exchange)


def test_days_that_wait_for_an_answer_are_not_proposed_twice(parted):
    mother, father = parted
    propose(mother)
    with pytest.raises(Refusal, match="attend une réponse"):
        propose(father, gives=WEEK_48, takes=None)


def test_days_exchanged_meanwhile_are_refused_at_the_answer(parted):
    mother, father = parted
    exchange = propose(mother)
    CustodyException.objects.create(child=mother.child, family=father.family, starts_on=WEEK_49[0], ends_on=WEEK_49[0])
    with pytest.raises(Refusal, match="déjà été échangés"):
        answer(father, exchange)
    assert CustodyException.objects.count() == 1


def test_an_agent_decides_when_the_other_parent_is_silent(parted, agent):
    mother, father = parted
    exchange = propose(mother)
    accept_request(request=exchange.request, by=agent, words="Accord écrit reçu.", at=NOON)
    assert CustodyException.objects.count() == 2
    with pytest.raises(Refusal):
        answer(father, exchange, agreed=False)


def told_to(address):
    return [
        f"{mail.subject} {mail.message} {mail.html_message}"
        for mail in Email.objects.order_by("pk")
        if address in mail.to
    ]


def test_the_other_parent_is_told_that_a_proposal_is_withdrawn(parted):
    mother, father = parted
    exchange = propose(mother)
    withdraw_request(request=exchange.request, by=mother.guardian.user, at=NOON)
    withdraw_request(request=exchange.request, by=mother.guardian.user, at=NOON)
    _asked, dropped = told_to("hugo@example.org")
    assert "est retiré" in dropped
    check_neutral(dropped, mother)


def test_the_other_parent_is_told_that_an_agent_refused_not_why(parted, agent):
    mother, father = parted
    exchange = propose(mother)
    refuse_request(request=exchange.request, by=agent, words="Madame Petit n’a pas joint de jugement.", at=NOON)
    _asked, dropped = told_to("hugo@example.org")
    assert "n’aura pas lieu" in dropped
    assert "jugement" not in dropped
    check_neutral(dropped, mother)


def check_neutral(text, home):
    assert "Zoé" in text and "30 novembre" in text
    for hidden in ("Petit", "Anne", home.family.number, home.guardian.first_name, "Villegoudou"):
        assert hidden not in text, hidden


def test_a_child_of_one_household_exchanges_with_nobody(martin):
    with pytest.raises(Refusal, match="deux foyers"):
        propose(martin)
