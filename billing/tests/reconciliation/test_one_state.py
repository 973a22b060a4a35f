"""On PostgreSQL the check reads one state of the database, and can write nothing while it reads."""

import pytest
from django.db import InternalError, connection

from billing.models import PaymentAttempt
from billing.services import reconciliation

from .world import check, found

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_healthy_town_then_a_fault(town):
    check()
    assert found() == []
    PaymentAttempt.objects.update(status=PaymentAttempt.Status.REFUSED)
    check()
    assert found() == ["etat-de-tentative"]


def test_nothing_is_written_while_it_reads(town):
    with reconciliation._one_state():
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("repeatable read",)
        with pytest.raises(InternalError, match="read-only"):
            PaymentAttempt.objects.update(status=PaymentAttempt.Status.REFUSED)
        connection.set_rollback(True)
