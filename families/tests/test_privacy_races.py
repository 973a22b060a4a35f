"""Two at once: two requests for a copy, two workers on one copy, two requests to be forgotten; each with its control."""

import threading

import pytest
from django.db import transaction

from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import TOGETHER, at_once
from families.models import DataExport, FamilyRequest
from families.services.privacy import asking, exports
from families.tests.factories import NOON, GuardianFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def claire():
    return GuardianFactory(with_space=True)


def test_two_clicks_ask_for_one_copy(claire):
    answers = at_once(*[lambda: exports.ask_export(user=claire.user, at=NOON)] * 2)
    assert sorted(type(answer) for answer in answers if isinstance(answer, Refusal)) == [Refusal]
    assert DataExport.objects.count() == 1


def test_two_workers_make_one_copy(claire, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }
    exports.ask_export(user=claire.user, at=NOON)
    assert sorted(at_once(*[lambda: exports.make_waiting_exports(at=NOON)] * 2)) == [0, 1]
    assert DataExport.objects.get().tries == 1


def test_control_without_the_lock_two_workers_take_the_same_copy(claire):
    exports.ask_export(user=claire.user, at=NOON)

    def takes_without_lock() -> int:
        with transaction.atomic():
            found = DataExport.objects.filter(status=DataExport.Status.WAITING, taken_until=None).first()
            both_have_read.wait(TOGETHER)
            if found is None:
                return 0
            return DataExport.objects.filter(pk=found.pk).update(taken_until=NOON + exports.TAKEN_FOR)

    both_have_read = threading.Barrier(2)
    assert at_once(takes_without_lock, takes_without_lock) == [1, 1]


def test_two_clicks_ask_once_to_be_forgotten(claire):
    answers = at_once(*[lambda: asking.ask_erasure(guardian=claire, body="", at=NOON)] * 2)
    assert len([answer for answer in answers if isinstance(answer, Refusal)]) == 1
    assert FamilyRequest.objects.filter(kind="effacement").count() == 1


def test_control_without_the_lock_two_requests_are_written(claire):
    both_have_looked = threading.Barrier(2)

    def asks_without_lock() -> bool:
        with transaction.atomic():
            waits = FamilyRequest.objects.filter(guardian=claire, kind="effacement").exists()
            both_have_looked.wait(TOGETHER)
            if not waits:
                asking.record_request(
                    kind="effacement",
                    family=claire.family,
                    guardian=claire,
                    entered_by=claire.user,
                    summary="Effacement",
                    status="recue",
                    at=NOON,
                )
            return waits

    assert at_once(asks_without_lock, asks_without_lock) == [False, False]
    assert FamilyRequest.objects.filter(kind="effacement").count() == 2
