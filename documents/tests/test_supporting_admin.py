"""The agents' side: what waits first, read with a trace, decided, next."""

from datetime import date, timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group

from accounts import roles
from documents.models import DocumentKind, PurgeReport, SupportingDocument
from documents.reference import fill_document_kinds
from documents.tests.factories import AttachmentFactory, DocumentKindFactory, SupportingDocumentFactory
from families.queries.readings import readings_of
from families.tests.factories import NOON

pytestmark = pytest.mark.django_db
LIST = "/admin/documents/supportingdocument/"
Status = SupportingDocument.Status


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


def page_of(document):
    return f"{LIST}{document.pk}/change/"


def text_of(response):
    return response.content.decode().replace("\u00a0", " ")


def test_what_waits_is_listed_oldest_first(desk, martins):
    new = SupportingDocumentFactory(family=martins.family, sent_at=NOON)
    old = SupportingDocumentFactory(family=martins.family, sent_at=NOON - timedelta(days=3))
    done = SupportingDocumentFactory(family=martins.family, accepted=True)
    html = text_of(desk.get(LIST))
    assert html.index(page_of(old)) < html.index(page_of(new))
    assert page_of(done) not in html
    assert page_of(done) in text_of(desk.get(f"{LIST}?etat=acceptees"))
    assert desk.get(f"{LIST}examiner/")["Location"] == page_of(old)


def test_an_agent_accepts_with_the_proposed_end_and_goes_to_the_next(desk, martins):
    first = SupportingDocumentFactory(
        family=martins.family, issued_on=date(2026, 11, 3), sent_at=NOON - timedelta(days=2)
    )
    second = SupportingDocumentFactory(family=martins.family)
    html = text_of(desk.get(page_of(first)))
    assert 'value="2027-11-02"' in html
    response = desk.post(page_of(first), {"do": "accept", "issued_on": "2026-11-03", "valid_until": "2027-11-02"})
    assert response["Location"] == page_of(second)
    first.refresh_from_db()
    assert (first.status, first.valid_until) == (Status.ACCEPTED, date(2027, 11, 2))


def test_an_agent_refuses_with_a_usual_reason_and_words_of_her_own(desk, martins, settings):
    document = SupportingDocumentFactory(family=martins.family)
    usual = settings.DOCUMENT_REFUSALS[1]
    response = desk.post(page_of(document), {"do": "refuse", "usual": usual, "typed": "La page 2."}, follow=True)
    assert "Plus aucune pièce" in text_of(response)
    document.refresh_from_db()
    assert document.words == f"{usual} La page 2."


def test_a_refusal_without_a_reason_is_asked_again(desk):
    document = SupportingDocumentFactory()
    assert "Dites pourquoi" in text_of(desk.post(page_of(document), {"do": "refuse", "usual": "", "typed": " "}))
    document.refresh_from_db()
    assert document.status == Status.SUBMITTED


def test_the_second_agent_is_told_who_decided(desk, martins):
    document = SupportingDocumentFactory(family=martins.family)
    html = desk.get(page_of(document))
    assert html.status_code == 200
    SupportingDocument.objects.filter(pk=document.pk).update(status="refusee", reviewed_at=NOON, words="Floue.")
    assert "déjà été examinée" in text_of(desk.post(page_of(document), {"do": "accept"}, follow=True))


def test_reading_a_file_leaves_a_trace_that_names_the_agent(desk, agent, martins):
    document = SupportingDocumentFactory(family=martins.family)
    response = desk.get(f"{LIST}{document.pk}/fichier/")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("inline")
    assert response["Cache-Control"].startswith("no-store, private")
    assert "script" not in response["Content-Security-Policy"]
    entry = LogEntry.objects.get_for_object(document).get(action=LogEntry.Action.ACCESS)
    assert entry.actor == agent
    (reading,) = readings_of(martins.family)
    assert reading.subject == "Pièce : Attestation CAF ou MSA"
    assert "agent, H. F." in reading.reader_shown


def test_another_family_does_not_read_who_opened_it(desk, martins, durands):
    document = SupportingDocumentFactory(family=martins.family)
    desk.get(f"{LIST}{document.pk}/fichier/")
    assert readings_of(martins.family).exists()
    assert not readings_of(durands.family).exists()


def test_a_file_is_not_shown_when_its_trace_cannot_be_written(desk, martins, monkeypatch):
    document = SupportingDocumentFactory(family=martins.family)
    monkeypatch.setattr(LogEntry.objects, "log_create", lambda *args, **kwargs: 1 / 0)
    desk.raise_request_exception = False
    response = desk.get(f"{LIST}{document.pk}/fichier/")
    assert response.status_code == 500
    assert not response.content.startswith(b"%PDF-")


def test_a_confidential_paper_exists_only_for_who_may_read_it(desk, agent):
    document = SupportingDocumentFactory(kind=DocumentKindFactory(confidential=True))
    for path in (page_of(document), f"{LIST}{document.pk}/fichier/"):
        assert desk.get(path).status_code == 404
    assert page_of(document) not in text_of(desk.get(LIST))
    assert desk.post(page_of(document), {"do": "accept"}).status_code == 404
    agent.groups.add(Group.objects.get(name=roles.CONFIDENTIAL))
    assert page_of(document) in text_of(desk.get(LIST))
    assert desk.get(f"{LIST}{document.pk}/fichier/").status_code == 200


@pytest.mark.parametrize("role", [roles.REGISSEURS, roles.CUISINE, roles.CONFIDENTIAL])
def test_other_agents_see_no_paper(client, role):
    from accounts.tests.factories import UserFactory

    client.force_login(UserFactory(agent=True, role=role))
    document = SupportingDocumentFactory()
    for path in (LIST, page_of(document), f"{LIST}{document.pk}/fichier/"):
        assert client.get(path).status_code in (403, 404)


def test_an_agent_who_may_only_look_decides_nothing(desk, agent):
    agent.groups.clear()
    from django.contrib.auth.models import Permission

    agent.user_permissions.add(Permission.objects.get(codename="view_supportingdocument"))
    document = SupportingDocumentFactory()
    assert "Accepter et passer" not in text_of(desk.get(page_of(document)))
    assert desk.post(page_of(document), {"do": "accept"}).status_code == 403


@pytest.mark.parametrize("state", [{"scanning": True}, {"accepted": True}, {"refused": True}])
def test_each_state_has_its_page(desk, martins, state):
    document = SupportingDocumentFactory(family=martins.family, **state)
    AttachmentFactory(document=document)
    assert document.get_status_display() in text_of(desk.get(page_of(document)))


def test_the_list_costs_the_same_with_many_papers(desk, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    SupportingDocumentFactory()
    desk.get(LIST)
    with CaptureQueriesContext(connection) as few:
        desk.get(LIST)
    SupportingDocumentFactory.create_batch(20)
    with CaptureQueriesContext(connection) as many:
        desk.get(LIST)
    assert len(many) == len(few)


def test_an_agent_edits_a_kind_which_then_is_the_town_s(desk):
    fill_document_kinds()
    kind = DocumentKind.objects.get(slug="domicile")
    assert "Livrée : à valider" in text_of(desk.get("/admin/documents/documentkind/"))
    form = {
        "name": "Justificatif de domicile", "help_text": "Moins de six mois.", "is_asked": "on", "is_offered": "on",
        "rank": "30", "validity": "mois", "validity_months": "6", "needs_review": "on", "retention_days": "60",
    }  # fmt: skip
    response = desk.post(f"/admin/documents/documentkind/{kind.pk}/change/", form)
    assert response.status_code == 302, text_of(response)
    kind.refresh_from_db()
    assert (kind.validity_months, kind.slug, kind.is_shipped) == (6, "domicile", False)
    wrong = desk.post(f"/admin/documents/documentkind/{kind.pk}/change/", {**form, "validity": "sans"})
    assert "Indiquez le nombre de mois" in text_of(wrong)


def test_the_reports_of_the_nights_are_read(desk):
    report = PurgeReport.objects.create(started_at=NOON)
    report.lines.create(kind=DocumentKindFactory(), erased=3, erased_bytes=3_000_000, kept=1)
    assert "Interrompue" in text_of(desk.get("/admin/documents/purgereport/"))
    assert "Attestation CAF" in text_of(desk.get(f"/admin/documents/purgereport/{report.pk}/change/"))
