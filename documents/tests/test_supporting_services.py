"""Sending, accepting, refusing: what the family and the agent meet."""

from datetime import date, timedelta

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, transaction
from post_office.models import Email

from castres_portal.base.errors import Refusal
from documents.models import DocumentReminder, SupportingDocument
from documents.services import supporting as services
from documents.services.supporting import accept_document, attach, refuse_document, store_documents
from documents.tests import papers
from documents.tests.conftest import files_in, sent
from documents.tests.factories import AttachmentFactory, DocumentKindFactory, SupportingDocumentFactory
from families.tests.factories import NOON, FamilyRequestFactory

Status = SupportingDocument.Status
pytestmark = pytest.mark.django_db


def store(household, *files, kind=None, **given):
    return store_documents(
        family=household.family,
        guardian=household.guardian,
        kind=kind or DocumentKindFactory(),
        files=files,
        at=given.pop("at", NOON),
        **given,
    )


def test_a_file_is_kept_clean_under_a_name_that_nobody_guesses(martins, stored):
    (outcome,) = store(martins, sent(papers.photo_of_castres(), "rue Gambetta.jpeg"))
    document = outcome.document
    assert document.status == Status.SUBMITTED
    assert (document.name, document.media_type) == ("rue Gambetta.jpg", "image/jpeg")
    assert (document.sent_by, document.sent_at) == (martins.guardian, NOON)
    (file,) = files_in(stored)
    assert "Gambetta" not in str(file)
    assert str(document.key).replace("-", "") not in str(file)
    assert len(file.stem) == 32
    assert b"Telephone" not in file.read_bytes()
    assert document.size == file.stat().st_size


def test_each_file_has_its_own_outcome(martins, stored):
    outcomes = store(martins, sent(), sent(b"", "vide.pdf"), sent(papers.encrypted_pdf(), "verrou.pdf"))
    assert [bool(outcome.document) for outcome in outcomes] == [True, False, False]
    assert "«\u00a0vide.pdf\u00a0»" in outcomes[1].refusal
    assert "il est vide" in outcomes[1].refusal
    assert "mot de passe" in outcomes[2].refusal
    assert len(files_in(stored)) == 1


def test_a_file_beyond_the_limit_is_refused_unopened(martins, settings):
    settings.DOCUMENTS = {**settings.DOCUMENTS, "megabytes": 1}
    (outcome,) = store(martins, sent(b"x" * 1_000_001))
    assert "plus de 1 Mo" in outcome.refusal


def test_the_same_file_sent_twice_is_one_paper(martins, stored):
    first = store(martins, sent())[0].document
    again = store(martins, sent(name="autre nom.pdf"))[0]
    assert again.repeated
    assert again.document == first
    assert len(files_in(stored)) == 1


def test_the_same_file_of_another_household_is_another_paper(martins, durands):
    first = store(martins, sent())[0].document
    other = store(durands, sent())[0]
    assert not other.repeated
    assert other.document.family == durands.family
    assert other.document.pk != first.pk


def test_a_refused_file_may_be_sent_again(martins, agent):
    first = store(martins, sent())[0].document
    refuse_document(document=first, by=agent, reason="Il manque des pages.", at=NOON)
    assert not store(martins, sent())[0].repeated


def test_a_household_does_not_fill_the_disk_in_one_day(martins, settings):
    settings.DOCUMENTS = {**settings.DOCUMENTS, "files": 2}
    outcomes = store(martins, *(sent(papers.pdf(pages)) for pages in (1, 2, 3)))
    assert [bool(outcome.document) for outcome in outcomes] == [True, True, False]
    assert "demain" in outcomes[2].refusal
    assert store(martins, sent(papers.pdf(3)), at=NOON + timedelta(days=1))[0].document


def test_the_bytes_of_a_day_are_counted_too(martins, settings):
    settings.DOCUMENTS = {**settings.DOCUMENTS, "day_megabytes": 1}
    SupportingDocumentFactory(family=martins.family, size=999_900, sent_at=NOON)
    assert "1 Mo aujourd’hui" in store(martins, sent())[0].refusal


@pytest.mark.parametrize("whose", ["durands", "nobody"])
def test_a_paper_about_a_child_names_one_of_the_household(martins, durands, whose):
    kind = DocumentKindFactory(of_a_child=True)
    with pytest.raises(Refusal, match="enfant"):
        store(martins, sent(), kind=kind, child=durands.child if whose == "durands" else None)
    assert store(martins, sent(), kind=kind, child=martins.child)[0].document.child == martins.child


def test_a_paper_about_a_guardian_names_one_of_the_household(martins, durands):
    kind = DocumentKindFactory(of_a_guardian=True)
    with pytest.raises(Refusal, match="responsable"):
        store(martins, sent(), kind=kind, about=durands.guardian)
    with pytest.raises(Refusal, match="responsable"):
        store(martins, sent(), kind=kind)
    assert store(martins, sent(), kind=kind, about=martins.guardian)[0].document


@pytest.mark.parametrize("rights", ["read_only", "excluded"])
def test_a_guardian_with_limited_rights_sends_nothing(martins, rights):
    martins.guardian.rights, martins.guardian.pays = rights, False
    martins.guardian.save()
    with pytest.raises(Refusal):
        store(martins, sent())
    assert not SupportingDocument.objects.exists()


def test_nothing_and_too_much_are_refused_as_a_whole(martins):
    with pytest.raises(Refusal, match="au moins un fichier"):
        store(martins)
    with pytest.raises(Refusal, match="au plus 10"):
        store(martins, *[sent()] * 11)
    with pytest.raises(Refusal, match="futur"):
        store(martins, sent(), issued_on=date(2026, 11, 20))


def test_a_paper_that_needs_no_review_is_accepted_at_once_with_its_validity(martins):
    kind = DocumentKindFactory(without_review=True)
    document = store(martins, sent(), kind=kind, issued_on=date(2026, 11, 3))[0].document
    assert document.status == Status.ACCEPTED
    assert document.valid_until == date(2027, 11, 2)


def test_a_failure_while_writing_leaves_neither_row_nor_file(martins, stored, monkeypatch):
    monkeypatch.setattr(services, "leave_quarantine", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store(martins, sent())
    assert not SupportingDocument.objects.exists()
    assert files_in(stored) == []


# --- The agent ---------------------------------------------------------------------------------------------------------


def test_an_accepted_paper_is_told_to_the_family(martins, agent):
    document = SupportingDocumentFactory(family=martins.family)
    accept_document(document=document, by=agent, at=NOON, valid_until=date(2027, 11, 2))
    document.refresh_from_db()
    assert (document.status, document.reviewed_by, document.valid_until) == (Status.ACCEPTED, agent, date(2027, 11, 2))
    mail = Email.objects.get()
    assert mail.to == [martins.guardian.user.email]
    assert "2 novembre 2027" in mail.message
    assert "Attestation CAF" in mail.subject


def test_a_refused_paper_says_why(martins, agent):
    document = SupportingDocumentFactory(family=martins.family)
    with pytest.raises(Refusal, match="Dites pourquoi"):
        refuse_document(document=document, by=agent, reason="  ", at=NOON)
    refuse_document(document=document, by=agent, reason="Il manque des pages.", at=NOON)
    assert "Il manque des pages." in Email.objects.get().message


def test_a_confidential_paper_is_not_named_in_a_mail(martins, agent):
    document = SupportingDocumentFactory(family=martins.family, kind=DocumentKindFactory(confidential=True))
    refuse_document(document=document, by=agent, reason="Le jugement est coupé.", at=NOON)
    mail = Email.objects.get()
    for text in (mail.subject, mail.message, mail.html_message):
        assert "ugement" not in text
        assert "confidentielle" in text


def test_a_paper_is_decided_once(martins, agent):
    document = SupportingDocumentFactory(family=martins.family)
    accept_document(document=document, by=agent, at=NOON)
    with pytest.raises(Refusal, match="déjà été examinée.*acceptée"):
        refuse_document(document=document, by=agent, reason="Floue.", at=NOON)
    assert Email.objects.count() == 1


def test_a_paper_still_in_quarantine_is_not_decided(martins, agent):
    with pytest.raises(Refusal, match="en cours d’analyse"):
        accept_document(document=SupportingDocumentFactory(scanning=True), by=agent, at=NOON)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"valid_until": date(2026, 11, 18)}, "déjà expirée"),
        ({"issued_on": date(2026, 11, 20)}, "futur"),
        ({"issued_on": date(2026, 11, 3), "valid_until": date(2026, 11, 2)}, "précède"),
    ],
)
def test_a_wrong_date_is_not_accepted(agent, given, said):
    with pytest.raises(Refusal, match=said):
        accept_document(document=SupportingDocumentFactory(), by=agent, at=NOON, **given)


def test_a_kind_whose_end_is_written_on_it_asks_for_that_date(martins, agent):
    document = SupportingDocumentFactory(kind=DocumentKindFactory(of_a_guardian=True), guardian=martins.guardian)
    with pytest.raises(Refusal, match="jusqu’à quelle date"):
        accept_document(document=document, by=agent, at=NOON)


def test_the_journal_follows_a_decision_without_the_file_s_name(martins, agent):
    document = SupportingDocumentFactory(family=martins.family, name="avis de Claire.pdf")
    accept_document(document=document, by=agent, at=NOON)
    entries = LogEntry.objects.get_for_object(document)
    assert entries.filter(action=LogEntry.Action.UPDATE).exists()
    assert all("avis de Claire" not in str(entry.changes) for entry in entries)


# --- Requests ----------------------------------------------------------------------------------------------------------


def test_one_paper_serves_several_requests_each_once(martins):
    document = SupportingDocumentFactory(family=martins.family)
    for request in FamilyRequestFactory.create_batch(2, family=martins.family):
        attach(request=request, documents=[document, document], at=NOON)
    assert document.attachments.count() == 2


def test_another_household_s_paper_is_never_joined(martins, durands):
    request = FamilyRequestFactory(family=martins.family)
    with pytest.raises(Refusal, match="pas dans le dossier"):
        attach(request=request, documents=[SupportingDocumentFactory(family=durands.family)], at=NOON)


# --- What the database holds ---------------------------------------------------------------------------------------------


def twice(document):
    SupportingDocumentFactory(family=document.family, kind=document.kind, digest=document.digest)


def set_to(document, **values):
    SupportingDocument.objects.filter(pk=document.pk).update(**values)


@pytest.mark.parametrize(
    "breaks",
    [
        twice,
        lambda document: set_to(document, status="acceptee"),
        lambda document: set_to(document, reviewed_at=NOON),
        lambda document: set_to(document, status="refusee", reviewed_at=NOON),
        lambda document: set_to(document, file=""),
        lambda document: set_to(document, erased_at=NOON),
        lambda document: set_to(document, issued_on=date(2026, 1, 2), valid_until=date(2026, 1, 1)),
        lambda document: AttachmentFactory.create_batch(
            2, document=document, request=FamilyRequestFactory(family=document.family)
        ),
        lambda document: [
            DocumentReminder.objects.create(document=document, days_before=30, told_at=NOON) for _ in "12"
        ],
        lambda document: type(document.kind).objects.update(validity_months=None),
    ],
)
def test_the_database_refuses(breaks):
    document = SupportingDocumentFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        breaks(document)
