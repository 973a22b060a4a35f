"""« Contrôle des comptes » as the régie opens it; what it costs, and that healthy histories leave it clean."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.roles import AGENTS
from billing.models import Discrepancy, PaymentAttempt
from billing.services import payments
from billing.services.reconciliation import find
from billing.tests.payments import world as bank
from billing.tests.payments.test_ledger_property import answers_of, begin, one_example, stories, words_of
from castres_portal.base import clock

from .world import NIGHT, check

pytestmark = pytest.mark.django_db
LAST = "/admin/billing/reconciliationrun/dernier/"


@pytest.fixture
def regisseur(town, client, monkeypatch):
    # The second factor of the agents is tested with the sign-in.
    door = "castres_portal.back_office.BackOffice.has_permission"
    monkeypatch.setattr(door, lambda site, request: request.user.is_staff)
    User.objects.filter(pk=town.regisseur.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=town.regisseur.pk))
    return client


def test_before_any_check_then_when_all_agrees(regisseur):
    assert "Aucun contrôle" in regisseur.get(LAST).content.decode()
    check()
    page = regisseur.get(LAST).content.decode()
    assert "Tout concorde." in page
    assert "À examiner" not in page


def test_a_difference_is_read_then_explained(regisseur):
    PaymentAttempt.objects.update(status=PaymentAttempt.Status.REFUSED)
    run = check()
    row = Discrepancy.objects.get()
    page = regisseur.get(reverse("admin:billing_reconciliationrun_change", args=[run.pk])).content.decode()
    for words in ("1 écart, dont 1 nouveau.", "Attendu", "Payée", "Refusée", "Martin"):
        assert words in page

    url = reverse("admin:billing_reconciliationrun_explain", args=[row.pk])
    assert "Ce champ est obligatoire" in regisseur.post(url, {"words": "  "}).content.decode()
    page = regisseur.post(url, {"words": "Essai du service informatique."}, follow=True).content.decode()
    assert "Expliqués" in page
    assert "Essai du service informatique." in page


def test_another_agent_reads_and_does_not_explain(regisseur):
    PaymentAttempt.objects.update(status=PaymentAttempt.Status.REFUSED)
    check()
    user = User.objects.create_user("agent@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=AGENTS))
    regisseur.force_login(user)
    page = regisseur.get(LAST).content.decode()
    assert "1 écart" in page
    assert "Expliquer" not in page
    url = reverse("admin:billing_reconciliationrun_explain", args=[Discrepancy.objects.get().pk])
    assert regisseur.post(url, {"words": "Non"}).status_code == 403
    assert Discrepancy.objects.get().explanation == ""


def test_as_many_queries_for_one_town_as_for_three(town):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert list(find(None, at=NIGHT)) == []
        return len(seen)

    few = queries()
    town.grow(12)
    assert queries() == few


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), story=stories())
def test_whatever_the_bank_sends_and_in_whatever_order_a_healthy_history_is_clean(data, story, noon):
    with one_example():
        _, attempts = begin(story)
        words = list(words_of(story, attempts))
        if words:
            for fields in data.draw(st.lists(st.sampled_from(words), min_size=len(words), max_size=len(words) + 4)):
                bank.apply(fields)
        asked = bank.AskedBank(*answers_of(story, attempts))
        for attempt in attempts:
            payments.ask_about(attempt.pk, asked, at=clock.now())
        payments.apply_stored_messages(at=clock.now() + timedelta(minutes=1))
        # This world writes its invoice without lines: it is about the money alone.
        findings = find(None, at=clock.now() + timedelta(days=4))
        assert [each for each in findings if each.kind != Discrepancy.Kind.INVOICE_SUM] == []
