"""Two people at the same instant. Each lock has its control: the same scene without the lock, where the race happens."""

import threading
from datetime import date

import pytest
from django.db import transaction

from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meet, without_locks
from families import request_kinds
from families.models import ActivationCode, Custody, FamilyRequest, Guardian
from families.services import activation
from families.services.custody import refuse_two_homes
from families.services.requests import accept_request
from families.tests.conftest import BORN
from families.tests.factories import (
    NOON,
    ActivationCodeFactory,
    ChildFactory,
    CustodyFactory,
    FamilyFactory,
    FamilyRequestFactory,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def meeting(monkeypatch):
    """Both wait for each other between the reading of the code and the writing; with a lock, only one gets there."""
    gate = threading.Barrier(2)
    real = activation._opens

    def slowly(code, at):
        answer = real(code, at)
        meet(gate)
        return answer

    monkeypatch.setattr(activation, "_opens", slowly)


def two_people_with_one_code(martins):
    """Two accounts attach themselves with the same code at the same instant; return the answers."""
    ActivationCodeFactory(guardian=martins.guardian)
    people = [UserFactory(), UserFactory()]
    return at_once(
        *(
            lambda user=user: activation.attach_household(user=user, text="ACDEFGHJKM", birth_date=BORN, at=NOON)
            for user in people
        )
    )


def test_one_code_used_twice_at_once_opens_one_space(martins, meeting):
    answers = two_people_with_one_code(martins)
    assert {type(answer) for answer in answers} == {Guardian, activation.CodeRefused}
    assert Guardian.objects.get().user is not None


def test_control_without_the_lock_both_believe_that_it_is_theirs(martins, meeting, monkeypatch):
    with without_locks(monkeypatch):
        answers = two_people_with_one_code(martins)
    assert [type(answer) for answer in answers] == [Guardian, Guardian]


@pytest.fixture
def meeting_at_confirm(monkeypatch):
    """The same, between the reading of the link and the making of the account."""
    gate = threading.Barrier(2)
    real = activation.has_account

    def slowly(email):
        answer = real(email)
        meet(gate)
        return answer

    monkeypatch.setattr(activation, "has_account", slowly)


def two_clicks_on_one_link(martins, monkeypatch):
    code = ActivationCodeFactory(guardian=martins.guardian)
    monkeypatch.setattr(activation.secrets, "token_urlsafe", lambda size: "the-link")
    with monkeypatch.context() as patch:
        patch.setattr(activation, "has_account", lambda email: False)
        activation.begin_activation(code_id=code.pk, email="claire@example.org", password=PASSWORD, at=NOON)
    click = lambda: activation.confirm_activation(link="the-link", at=NOON)  # noqa: E731
    return at_once(click, click)


def test_two_clicks_on_one_link_make_one_account(martins, meeting_at_confirm, monkeypatch):
    answers = two_clicks_on_one_link(martins, monkeypatch)
    assert {type(answer) for answer in answers} == {User, activation.LinkRefused}
    assert User.objects.count() == 1


def test_control_without_the_lock_the_second_click_meets_an_error(martins, meeting_at_confirm, monkeypatch):
    with without_locks(monkeypatch):
        answers = two_clicks_on_one_link(martins, monkeypatch)
    assert activation.LinkRefused not in {type(answer) for answer in answers}


def test_two_agents_making_a_code_at_once_leave_one_that_works(martins):
    def make():
        return activation.make_activation_code(guardian=martins.guardian, by=None, channel="courrier", at=NOON)

    answers = at_once(make, make)
    assert {type(answer) for answer in answers} == {activation.NewCode}
    assert ActivationCode.objects.filter(revoked_at=None).count() == 1


def test_control_without_the_lock_one_of_the_two_agents_meets_an_error(martins, monkeypatch):
    gate = threading.Barrier(2)
    real = activation._revoke

    def slowly(*args, **kwargs):
        answer = real(*args, **kwargs)
        meet(gate)
        return answer

    monkeypatch.setattr(activation, "_revoke", slowly)

    def make():
        return activation.make_activation_code(guardian=martins.guardian, by=None, channel="courrier", at=NOON)

    with without_locks(monkeypatch):
        answers = at_once(make, make)
    assert sorted(isinstance(answer, activation.NewCode) for answer in answers) == [False, True]


def two_agents_saving_stays(gate):
    """Two agents give the same child to two households for the same weeks, each on a page of her own."""
    child = ChildFactory()
    homes = [FamilyFactory(), FamilyFactory()]

    def save(family):
        with transaction.atomic():
            stay = CustodyFactory.build(child=child, family=family, starts_on=date(2026, 9, 1))
            refuse_two_homes([stay])
            meet(gate)
            stay.save()

    return at_once(*(lambda family=family: save(family) for family in homes))


def test_two_agents_never_give_a_child_two_homes():
    answers = two_agents_saving_stays(threading.Barrier(2))
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert Custody.objects.count() == 1


def test_control_without_the_lock_the_child_has_two_homes(monkeypatch):
    with without_locks(monkeypatch):
        two_agents_saving_stays(threading.Barrier(2))
    assert Custody.objects.count() == 2


# --- Two agents, one request ------------------------------------------------------------------------------------------


@pytest.fixture
def granted(monkeypatch):
    """A kind whose acceptance takes its time; who was granted is noted."""
    gate, noted = threading.Barrier(2), []

    def slowly(request, decision):
        meet(gate)
        noted.append(decision.by.pk)

    kind = request_kinds.RequestKind("essai", "Essai", "inbox", "components/fact.html", lambda r: {}, on_accept=slowly)
    monkeypatch.setitem(request_kinds._kinds, kind.slug, kind)
    return noted


def two_agents_accept():
    asked = FamilyRequestFactory(status="recue", decided_at=None)
    agents = [UserFactory(agent=True), UserFactory(agent=True)]
    return at_once(
        *(lambda by=by: accept_request(request=asked, by=by, words="", at=NOON) for by in agents),
    )


def test_two_agents_who_accept_at_once_grant_once(granted):
    answers = two_agents_accept()
    assert {type(answer) for answer in answers} == {FamilyRequest, Refusal}
    assert len(granted) == 1


def test_control_without_the_lock_a_request_is_granted_twice(granted, monkeypatch):
    with without_locks(monkeypatch):
        two_agents_accept()
    assert len(granted) == 2
