"""Papers in the thread of a request, and in the forms of other démarches."""

from datetime import date
from uuid import uuid4

import pytest
from django import forms
from django.utils.datastructures import MultiValueDict

from documents.forms.uploads import DocumentsField
from documents.models import Attachment, SupportingDocument
from documents.queries.supporting import usable_documents
from documents.services.supporting import kept_documents
from documents.tests import papers
from documents.tests.conftest import files_in, sent
from documents.tests.factories import DocumentKindFactory, SupportingDocumentFactory
from families import attachments
from families.models import FamilyRequest
from families.tests.conftest import trial_kind  # noqa: F401  (a kind of request for these tests)
from families.tests.factories import NOON, FamilyRequestFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trial_kind")]


def text_of(response):
    return response.content.decode().replace("\u00a0", " ")


@pytest.fixture
def asked(martins):
    return FamilyRequestFactory(family=martins.family, status=FamilyRequest.Status.RECEIVED, decided_at=None)


def test_a_mother_joins_two_files_to_a_message_and_the_agent_reads_them(client, martins, agent, asked):
    client.force_login(martins.guardian.user)
    page = f"/demandes/{asked.number}/"
    files = [sent(papers.pdf(1), "un.pdf"), sent(papers.photo_of_castres(), "photo.jpg")]
    response = client.post(page, {"body": "Voici.", "submission": uuid4(), "papers": files}, follow=True)
    html = text_of(response)
    assert "un.pdf" in html
    assert "photo.jpg" in html
    document = SupportingDocument.objects.first()
    assert f"/pieces/{document.key}/" in html
    assert (document.sent_by, document.status) == (martins.guardian, "acceptee")
    client.force_login(agent)
    html = text_of(client.get(f"/admin/families/familyrequest/{asked.pk}/change/"))
    assert f"/admin/documents/supportingdocument/{document.pk}/change/" in html


def test_an_agent_joins_a_file_and_the_family_reads_it(client, martins, agent, asked):
    client.force_login(agent)
    page = f"/admin/families/familyrequest/{asked.pk}/change/"
    given = {"do": "write", "message-body": "Voici.", "message-submission": uuid4(), "message-papers": sent()}
    assert client.post(page, given).status_code == 302
    document = SupportingDocument.objects.get()
    assert (document.sent_by, document.entered_by, document.family) == (None, agent, martins.family)
    client.force_login(martins.guardian.user)
    assert client.get(f"/pieces/{document.key}/").status_code == 200


def test_a_bad_file_is_named_the_words_stay_and_nothing_is_sent(client, martins, asked, stored):
    client.force_login(martins.guardian.user)
    files = [sent(), sent(b"MZ", "virus.pdf")]
    response = client.post(
        f"/demandes/{asked.number}/", {"body": "Voici le papier.", "submission": uuid4(), "papers": files}
    )
    html = text_of(response)
    assert "Le fichier « virus.pdf » n’est pas enregistré" in html
    assert "Voici le papier." in html
    assert not asked.messages.exists()
    assert files_in(stored) == []


def test_a_double_click_on_a_message_keeps_one_paper(client, martins, asked):
    client.force_login(martins.guardian.user)
    submission = uuid4()
    for _ in range(2):
        client.post(f"/demandes/{asked.number}/", {"body": "Voici.", "submission": submission, "papers": sent()})
    assert Attachment.objects.get().message == asked.messages.get()


def test_who_writes_without_a_household_joins_nothing(asked):
    outsider = FamilyRequest(family=None)
    assert attachments.desk().fields(outsider) == {}


# --- The field of the other démarches --------------------------------------------------------------------------------------


def form_for(family, kind, data=None, files=None):
    known = usable_documents(family, kind, today=date(2026, 11, 19))

    class Form(forms.Form):
        proof = DocumentsField(known=known, label="Attestation")

    return Form(data, MultiValueDict(files or {}))


def keep(form, martins, kind):
    return kept_documents(
        form.cleaned_data["proof"], family=martins.family, kind=kind, guardian=martins.guardian, at=NOON
    )


def test_a_paper_sent_before_serves_again(martins):
    document = SupportingDocumentFactory(family=martins.family, accepted=True)
    form = form_for(martins.family, document.kind, {"proof_0": [str(document.key)]})
    assert form.is_valid(), form.errors
    assert keep(form, martins, document.kind) == [document]
    assert "valable jusqu’au 2 novembre 2027" in form.as_p()


def test_a_new_file_is_kept_with_the_caller_s_transaction(martins):
    kind = DocumentKindFactory()
    form = form_for(martins.family, kind, {}, {"proof_1": [sent()]})
    assert form.is_multipart()
    assert form.is_valid(), form.errors
    (document,) = keep(form, martins, kind)
    assert document.family == martins.family


def test_neither_is_said(martins):
    form = form_for(martins.family, DocumentKindFactory(), {})
    assert form.errors["proof"] == ["Choisissez une pièce déjà déposée, ou un fichier."]


@pytest.mark.parametrize("state", [{"refused": True}, {"accepted": True, "valid_until": date(2026, 11, 18)}])
def test_a_refused_or_expired_paper_is_not_offered(martins, state):
    document = SupportingDocumentFactory(family=martins.family, **state)
    form = form_for(martins.family, document.kind, {"proof_0": [str(document.key)]})
    assert "proof" in form.errors


def test_another_household_s_paper_is_not_offered(martins, durands):
    document = SupportingDocumentFactory(family=durands.family)
    assert "proof" in form_for(martins.family, document.kind, {"proof_0": [str(document.key)]}).errors


def test_a_bad_new_file_is_named(martins):
    form = form_for(martins.family, DocumentKindFactory(), {}, {"proof_1": [sent(papers.encrypted_pdf(), "a.pdf")]})
    assert "a.pdf" in form.errors["proof"][0]
