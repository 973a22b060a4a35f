"""The legal pages: accessibility driven by its audits, terms by their versions, security by its approval."""

import time
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import UserFactory
from castres_portal.models import AccessibilityAudit, SecurityAttestation, TermsVersion
from castres_portal.tests.factories import AuditFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


def text_of(client, path):
    return client.get(path).content.decode()


def test_without_an_audit_the_portal_says_non_conforme_on_every_page(client):
    assert "Accessibilité : non conforme" in text_of(client, "/")
    assert "aucun audit n’a encore été réalisé" in text_of(client, "/accessibilite/")


def test_an_audit_changes_the_statement_and_the_foot_of_every_page_at_once(client):
    client.get("/")
    AuditFactory(failures="1.1 Une image sans texte\n9.1 Un titre oublié")
    assert "Accessibilité : partiellement conforme" in text_of(client, "/")
    page = text_of(client, "/accessibilite/")
    for said in ("80,0 %", "40 sur 50", "Cabinet d’essai", "<li>9.1 Un titre oublié</li>", "10 mars 2029"):
        assert said in page
    AccessibilityAudit.objects.get().delete()
    assert "Accessibilité : non conforme" in text_of(client, "/")


def test_the_last_audit_counts(client):
    AuditFactory(audited_on=date(2025, 1, 6), criteria_met=50)
    AuditFactory(audited_on=date(2026, 1, 6), criteria_met=10)
    assert "Accessibilité : non conforme" in text_of(client, "/")


def test_an_audit_three_years_old_no_longer_counts(client):
    AuditFactory(audited_on=date(2023, 11, 19), criteria_met=50)
    assert "Accessibilité : non conforme" in text_of(client, "/")
    assert "a plus de trois ans" in text_of(client, "/accessibilite/")


def test_the_foot_of_a_page_costs_no_query_once_it_is_known(client):
    client.get("/cookies/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/cookies/")
    assert len(queries) == 0


@pytest.mark.parametrize(
    "met, applicable, said",
    [(51, 50, "Plus de critères respectés"), (0, 0, "106 critères"), (1, 107, "106 critères")],
)
def test_an_impossible_audit_is_refused(met, applicable, said):
    audit = AuditFactory.build(criteria_met=met, criteria_applicable=applicable)
    with pytest.raises(ValidationError, match=said):
        audit.validate_constraints()
    with pytest.raises(IntegrityError), transaction.atomic():
        audit.save()


def test_the_terms_are_those_in_force_and_the_next_ones_wait(client):
    assert "texte proposé" in text_of(client, "/conditions/")
    TermsVersion.objects.create(number=2, in_force_on=date(2026, 11, 19), body="# Un\nCelles du jour.")
    TermsVersion.objects.create(number=3, in_force_on=date(2026, 11, 20), body="Celles de demain.")
    page = text_of(client, "/conditions/")
    assert "Version 2" in page
    assert "Celles du jour." in page
    assert "Celles de demain." not in page


def test_terms_in_force_are_no_longer_rewritten(client):
    client.force_login(UserFactory(administrator=True))
    old = TermsVersion.objects.create(number=2, in_force_on=date(2026, 11, 19), body="Celles du jour.")
    coming = TermsVersion.objects.create(number=3, in_force_on=date(2026, 11, 20), body="Celles de demain.")
    for version, status in ((old, 403), (coming, 302)):
        fields = {"number": version.number, "in_force_on": "20/11/2026", "body": "Autre texte"}
        assert client.post(f"/admin/portal/termsversion/{version.pk}/change/", fields).status_code == status


def test_the_approval_of_security_is_shown_while_it_holds(client):
    assert "n’est pas encore prononcée" in text_of(client, "/mentions-legales/")
    SecurityAttestation.objects.create(
        decided_on=date(2026, 1, 5), valid_until=date(2026, 11, 19), authority="le maire", words="Homologué."
    )
    assert "jusqu’au 19 novembre 2026" in text_of(client, "/mentions-legales/")


def test_an_approval_past_its_term_is_no_longer_shown(client):
    SecurityAttestation.objects.create(
        decided_on=date(2025, 1, 5), valid_until=date(2026, 11, 18), authority="le maire", words="Homologué."
    )
    assert "n’est pas encore prononcée" in text_of(client, "/mentions-legales/")


def test_the_pages_of_the_administrators_open(client):
    client.force_login(UserFactory(administrator=True))
    audit = AuditFactory()
    for path in ("accessibilityaudit/add/", f"accessibilityaudit/{audit.pk}/change/", "securityattestation/add/"):
        assert client.get(f"/admin/portal/{path}").status_code == 200
