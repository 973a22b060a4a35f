"""The journal of changes shows an agent nothing that the other pages keep from her."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import AGENTS, CONFIDENTIAL, CUISINE, REGISSEURS
from accounts.tests.factories import UserFactory
from documents.tests.factories import DocumentKindFactory, SupportingDocumentFactory
from families.tests.factories import FamilyFactory

pytestmark = pytest.mark.django_db

JOURNAL = "admin:auditlog_logentry_changelist"


def journal(client, role, *more):
    user = UserFactory(agent=True, role=role)
    user.groups.add(*(Group.objects.get(name=name) for name in more))
    client.force_login(user)
    return client.get(reverse(JOURNAL))


@pytest.fixture
def judgment():
    """A household that was renamed, and its judgment."""
    family = FamilyFactory()
    family.name = "Renommée"
    family.save()
    return SupportingDocumentFactory(family=family, kind=DocumentKindFactory(confidential=True))


@pytest.mark.parametrize(
    ("role", "more", "seen"),
    [(AGENTS, (CONFIDENTIAL,), True), (AGENTS, (), False), (REGISSEURS, (), False)],
)
def test_a_confidential_paper_is_named_to_who_may_read_it_alone(client, judgment, role, more, seen):
    page = journal(client, role, *more).content.decode()
    assert (f"Pièce justificative : {judgment}" in page) is seen
    assert "Renommée" in page  # the household's own changes are there for both


def test_the_cook_has_no_journal(client, judgment):
    assert journal(client, CUISINE).status_code == 403


def test_the_journal_says_in_french_who_did_what(client, judgment):
    page = journal(client, AGENTS)
    text = page.content.decode()
    assert "Modifié" in text
    assert "nom du foyer" in text.lower()
    for english in ("Created", "Resource", "Correlation", "update", "create"):
        assert f">{english}<" not in text
    row = LogEntry.objects.get_for_object(judgment.family).get(action=LogEntry.Action.UPDATE)
    one = client.get(reverse("admin:auditlog_logentry_change", args=[row.pk])).content.decode()
    assert f"{row.changes_dict['name'][0]} → Renommée" in one
    assert f"Modifié : {judgment.family}" in one


def test_the_journal_costs_the_same_queries_with_many_rows(client, judgment):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(JOURNAL)).status_code == 200
        return len(queries)

    journal(client, AGENTS)
    few = cost()
    for number in range(12):
        judgment.family.name = f"Renommée {number}"
        judgment.family.save()
    assert cost() == few
