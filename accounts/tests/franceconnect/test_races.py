"""Two links at once for one account: one is made; and the control, without the lock."""

import threading

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from accounts.franceconnect import links
from accounts.franceconnect.rules import Identity
from accounts.tests.factories import UserFactory
from castres_portal.base.tests.races import at_once, meet, take_locks_away

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def two_links(monkeypatch):
    user = UserFactory(first_name="Claire", last_name="Martin")
    gate, real = threading.Barrier(2), QuerySet.exists

    def slowly(self):
        answer = real(self)
        if self.model is SocialAccount:
            meet(gate)
        return answer

    monkeypatch.setattr(QuerySet, "exists", slowly)
    deeds = [
        lambda sub=sub: links.link(user=user, identity=Identity(sub, "MARTIN", "CLAIRE")) for sub in ("un", "deux")
    ]
    return at_once(*deeds)


def test_one_account_never_has_two_identities(monkeypatch):
    answers = two_links(monkeypatch)
    assert sorted(str(type(answer)) for answer in answers) == sorted([str(type(None)), str(links.Refusal)])
    assert SocialAccount.objects.count() == 1


def test_control_without_the_lock_it_has_two(monkeypatch):
    take_locks_away(monkeypatch)
    two_links(monkeypatch)
    assert SocialAccount.objects.count() == 2
