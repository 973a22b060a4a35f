"""Two people at the same instant. Each lock has its control: the same scene without the lock, where the race happens."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from post_office.models import Email

from accounts import roles
from accounts.tests.factories import UserFactory
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, meet, meeting_after, take_locks_away
from documents.models import DocumentReminder, SupportingDocument
from documents.services import reminders, scanning, supporting
from documents.services.scanning import scan_waiting
from documents.services.supporting import Outcome, accept_document, refuse_document
from documents.tests.clamd import clamd
from documents.tests.conftest import files_in, sent
from documents.tests.factories import DocumentKindFactory, SupportingDocumentFactory
from documents.tests.test_supporting_services import store
from families.tests.factories import NOON

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def no_locks(monkeypatch):
    take_locks_away(monkeypatch)


def meet_after(monkeypatch, module, name):
    """Both wait for each other once they have read; with a lock, only one gets there."""
    monkeypatch.setattr(module, name, meeting_after(getattr(module, name)))


def two_clicks(martins):
    kind = DocumentKindFactory()
    return at_once(*(lambda: store(martins, sent(), kind=kind)[0] for _ in range(2)))


def test_a_double_click_keeps_one_paper(martins, stored, monkeypatch):
    meet_after(monkeypatch, supporting, "_refuse_beyond_the_day")
    answers = two_clicks(martins)
    assert sorted(answer.repeated for answer in answers) == [False, True]
    assert len(files_in(stored)) == 1


def test_control_without_the_lock_the_second_click_meets_an_error(martins, monkeypatch):
    no_locks(monkeypatch)
    meet_after(monkeypatch, supporting, "_refuse_beyond_the_day")
    answers = two_clicks(martins)
    assert {type(answer) for answer in answers} == {Outcome, IntegrityError}


def two_agents(martins):
    document = SupportingDocumentFactory(family=martins.family)
    first, second = UserFactory.create_batch(2, agent=True, role=roles.AGENTS)
    answers = at_once(
        lambda: accept_document(document=document, by=first, at=NOON, valid_until=date(2027, 1, 1)),
        lambda: refuse_document(document=document, by=second, reason="Floue.", at=NOON),
    )
    return [type(answer) for answer in answers]


def test_two_agents_decide_a_paper_once_and_the_family_gets_one_mail(martins, monkeypatch):
    meet_after(monkeypatch, supporting, "_to_decide")
    assert sorted(two_agents(martins), key=str) == [Refusal, SupportingDocument]
    assert Email.objects.count() == 1


def test_control_without_the_lock_the_family_is_told_both(martins, monkeypatch):
    no_locks(monkeypatch)
    meet_after(monkeypatch, supporting, "_to_decide")
    assert two_agents(martins) == [SupportingDocument, SupportingDocument]
    assert Email.objects.count() == 2


def two_workers_scan(settings):
    SupportingDocumentFactory(scanning=True)
    with clamd() as (url, received):
        settings.CLAMAV_URL = url
        at_once(lambda: scan_waiting(at=NOON), lambda: scan_waiting(at=NOON))
    return len(received)


def test_two_workers_give_a_file_to_the_antivirus_once(settings, stored):
    assert two_workers_scan(settings) == 1


def test_control_without_the_lock_the_file_is_given_twice(settings, stored, monkeypatch):
    no_locks(monkeypatch)
    meet_after(monkeypatch, scanning, "_take")
    gate = threading.Barrier(2)
    real = QuerySet.first

    def together(rows):
        row = real(rows)
        if rows.model is SupportingDocument and row is not None:
            meet(gate)
        return row

    monkeypatch.setattr(QuerySet, "first", together)
    assert two_workers_scan(settings) == 2


def two_nights_at_once(martins):
    SupportingDocumentFactory(family=martins.family, accepted=True, valid_until=date(2026, 12, 1))
    return at_once(*(lambda: reminders.remind_families(at=NOON) for _ in range(2)))


def test_two_workers_of_a_night_remind_once(martins, monkeypatch):
    meet_after(monkeypatch, reminders, "_replacements")
    assert sorted(two_nights_at_once(martins)) == [0, 1]
    assert Email.objects.count() == 1
    assert DocumentReminder.objects.count() == 2


def test_control_without_the_lock_one_of_them_fails(martins, monkeypatch):
    no_locks(monkeypatch)
    meet_after(monkeypatch, reminders, "_replacements")
    answers = two_nights_at_once(martins)
    assert {type(answer) for answer in answers} == {int, IntegrityError}
