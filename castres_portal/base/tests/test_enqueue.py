"""Waking a worker never takes a page down."""

import pytest
from django.db import transaction

from castres_portal.base import enqueue
from castres_portal.base.tasks import send_mails


@pytest.fixture
def dead_broker(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_URL = settings.REDIS_URL
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    enqueue._local.connection = None
    yield
    enqueue._local.connection = None


def test_a_broker_that_is_down_is_logged_and_forgotten(dead_broker, caplog):
    assert enqueue.wake(send_mails) is False
    assert "sera repris par le balayage" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_before_the_commit(monkeypatch):
    sent = []
    monkeypatch.setattr(enqueue, "wake", lambda task, *args: sent.append(args))

    with transaction.atomic():
        enqueue.enqueue_after_commit(send_mails, 7)
        assert sent == []

    assert sent == [(7,)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_work_was_undone(monkeypatch):
    sent = []
    monkeypatch.setattr(enqueue, "wake", lambda task, *args: sent.append(args))

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue.enqueue_after_commit(send_mails, 7)
        raise ZeroDivisionError

    assert sent == []
