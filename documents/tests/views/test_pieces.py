"""« Pièces justificatives », as the family sees and sends them."""

import io
import time

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from documents import expectations
from documents.expectations import Expectation
from documents.models import SupportingDocument
from documents.queries.supporting import expected_documents
from documents.reference import KINDS, fill_document_kinds
from documents.tests import papers
from documents.tests.conftest import sent
from documents.tests.factories import DocumentKindFactory, SupportingDocumentFactory
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


@pytest.fixture
def mother(client, martins):
    client.force_login(martins.guardian.user)
    return martins


def deposit(client, *files, paper="attestation-caf", **given):
    return client.post(
        "/pieces/deposer/", {"paper": paper, "files": list(files), **given}, follow=not given.get("headers")
    )


def text_of(response):
    return response.content.decode().replace("\u00a0", " ")


# --- What is expected ----------------------------------------------------------------------------------------------------


def test_what_every_family_gives_is_shown_person_by_person(client, mother):
    fill_document_kinds()
    ChildFactory(first_name="Tom", at_home=mother.family)
    html = text_of(client.get("/pieces/"))
    assert html.count("Assurance scolaire</strong>") == 2
    assert html.count("Attestation CAF ou MSA</strong>") == 1
    assert "Léa MARTIN" in html
    assert "Tom MARTIN" in html
    assert "Jugement" not in html
    assert "4 pièces sont à envoyer" in html


@pytest.mark.parametrize(
    "sent_before, state, words",
    [
        (None, "À déposer", ""),
        ({"scanning": True}, "En cours d’analyse", "antivirus"),
        ({}, "Déposée", "va l’examiner"),
        ({"accepted": True}, "Acceptée", "Valable jusqu’au 2 novembre 2027"),
        ({"accepted": True, "valid_until": "2026-12-10"}, "Bientôt expirée", "pensez à la renouveler"),
        ({"accepted": True, "valid_until": "2026-11-19"}, "Bientôt expirée", "19 novembre 2026"),
        ({"accepted": True, "valid_until": "2026-11-18"}, "Expirée", "envoyez la plus récente"),
        ({"refused": True}, "Refusée", "La photo est floue."),
    ],
)
def test_each_state_is_said_with_what_to_do(client, mother, sent_before, state, words):
    kind = DocumentKindFactory(is_asked=True)
    if sent_before is not None:
        SupportingDocumentFactory(family=mother.family, kind=kind, **sent_before)
    html = text_of(client.get("/pieces/"))
    assert f"{state}</span>" in html
    assert words in html


def test_a_new_paper_that_waits_hides_the_one_it_replaces(client, mother):
    kind = DocumentKindFactory(is_asked=True)
    SupportingDocumentFactory(family=mother.family, kind=kind, accepted=True, valid_until="2026-11-01")
    SupportingDocumentFactory(family=mother.family, kind=kind)
    html = text_of(client.get("/pieces/"))
    assert "Déposée</span>" in html
    assert "Expirée</span>" not in html
    assert "Un autre envoi" in html


def test_an_application_above_adds_what_it_expects(client, mother, monkeypatch):
    DocumentKindFactory(of_a_child=True)
    asked = Expectation("assurance", child=mother.child.pk, reason="Pour l’inscription à la cantine.")
    monkeypatch.setattr(expectations, "_providers", {})
    assert "Assurance" not in text_of(client.get("/pieces/"))
    expectations.register("essai", lambda family, today: [asked])
    html = text_of(client.get("/pieces/"))
    assert "Assurance scolaire" in html
    assert "Pour l’inscription à la cantine." in html
    with pytest.raises(ValueError, match="twice"):
        expectations.register("essai", lambda family, today: [])


def test_the_page_costs_the_same_with_many_papers(client, mother, django_assert_max_num_queries, settings):
    fill_document_kinds()
    from datetime import date

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        expected_documents(mother.family, date(2026, 11, 19))
    kinds = DocumentKindFactory._meta.model.objects.filter(subject="foyer")
    for child in ChildFactory.create_batch(4, at_home=mother.family):
        SupportingDocumentFactory(family=mother.family, kind=DocumentKindFactory(of_a_child=True), child=child)
    for kind in kinds:
        SupportingDocumentFactory.create_batch(4, family=mother.family, kind=kind)
    with CaptureQueriesContext(connection) as many:
        expected_documents(mother.family, date(2026, 11, 19))
    assert len(many) == len(few)


def test_the_shipped_kinds_are_loaded_once_and_agents_changes_stay(db):
    assert fill_document_kinds() == len(KINDS)
    kind = DocumentKindFactory._meta.model.objects.get(slug="domicile")
    kind.name = "Preuve d’adresse"
    kind.save()
    assert fill_document_kinds() == 0
    kind.refresh_from_db()
    assert kind.name == "Preuve d’adresse"
    assert kind.is_shipped


# --- Sending -------------------------------------------------------------------------------------------------------------


def test_a_mother_sends_several_files_at_once(client, mother):
    DocumentKindFactory(of_a_child=True)
    response = deposit(
        client, sent(papers.pdf(1), "un.pdf"), sent(papers.pdf(2), "deux.pdf"), paper=f"assurance/e{mother.child.pk}"
    )
    assert response.redirect_chain[-1][0] == "/pieces/"
    assert "Le fichier « deux.pdf » est déposé." in text_of(response)
    assert set(SupportingDocument.objects.values_list("child", flat=True)) == {mother.child.pk}


def test_a_photo_from_the_camera_s_own_button_is_taken_too(client, mother):
    DocumentKindFactory()
    photo = sent(papers.photo_of_castres(), "photo.jpg")
    client.post("/pieces/deposer/", {"paper": "attestation-caf", "files-photo": photo})
    assert SupportingDocument.objects.get().media_type == "image/jpeg"


def test_what_was_typed_stays_when_a_file_is_refused(client, mother):
    DocumentKindFactory()
    response = deposit(client, sent(papers.encrypted_pdf(), "verrou.pdf"), sent(), issued_on="03/11/2026")
    html = text_of(response)
    assert "Le fichier « verrou.pdf » n’est pas enregistré : le PDF est protégé" in html
    assert "Le fichier « attestation.pdf » est déposé." in html
    assert '<option value="attestation-caf" selected>' in html
    assert 'value="03/11/2026"' in html


@pytest.mark.parametrize(
    "given, said",
    [
        ({"paper": ""}, "Dites quelle pièce vous envoyez."),
        ({"paper": "n’importe quoi"}, "Choisissez une pièce de la liste."),
        ({"issued_on": "hier"}, "Écrivez la date comme ceci"),
        ({"issued_on": "20/11/2026"}, "La date de la pièce est dans le futur."),
    ],
)
def test_a_wrong_answer_is_said_and_nothing_is_kept(client, mother, given, said):
    DocumentKindFactory()
    assert said in text_of(deposit(client, sent(), **given))
    assert not SupportingDocument.objects.exists()


def test_sending_nothing_is_said(client, mother):
    DocumentKindFactory()
    assert "Choisissez au moins un fichier" in text_of(deposit(client))


def test_another_household_s_child_cannot_be_chosen(client, mother, durands):
    DocumentKindFactory(of_a_child=True)
    assert "Choisissez une pièce de la liste." in text_of(
        deposit(client, sent(), paper=f"assurance/e{durands.child.pk}")
    )


def test_with_javascript_each_file_is_answered_apart(client, mother):
    DocumentKindFactory()
    answer = client.post("/pieces/deposer/", {"paper": "attestation-caf", "files": sent(b"", "vide.pdf")}, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["files"][0]["kept"] is False
    assert "vide.pdf" in answer.json()["files"][0]["words"]
    answer = client.post("/pieces/deposer/", {"paper": "attestation-caf", "files": sent()}, headers=JSON)
    assert answer.json()["files"][0]["kept"] is True
    answer = client.post("/pieces/deposer/", {"paper": "", "files": sent()}, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"] == ["Dites quelle pièce vous envoyez."]


def test_a_send_too_long_is_refused_before_it_is_read(client, mother, settings):
    settings.DOCUMENTS = {**settings.DOCUMENTS, "files_per_send": 1, "megabytes": 1}
    response = deposit(client, sent(b"x" * 2_100_000))
    assert response.status_code == 413
    assert "trop lourd" in text_of(response)
    answer = client.post("/pieces/deposer/", {"files": sent(b"x" * 2_100_000)}, headers=JSON)
    assert answer.status_code == 413
    assert "trop lourd" in answer.json()["errors"][0]


def test_a_send_from_another_site_is_refused(mother):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mother.guardian.user)
    assert strict.post("/pieces/deposer/", {"files": sent()}).status_code == 403


# --- Reading -------------------------------------------------------------------------------------------------------------


def test_a_family_reads_its_own_paper_as_a_download_that_nothing_can_run(client, mother):
    DocumentKindFactory()
    deposit(client, sent(papers.photo_of_castres(), "fac\u202efdp.exe"))
    document = SupportingDocument.objects.get()
    response = client.get(f"/pieces/{document.key}/")
    assert Image.open(io.BytesIO(response.content)).format == "JPEG"
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == 'attachment; filename="facfdp.jpg"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].startswith("no-store, private")
    assert response["Content-Security-Policy"].startswith("default-src 'none'; sandbox")


@pytest.mark.parametrize(
    "state", [{"scanning": True}, {"refused": True, "erased_at": "2026-11-19T12:00+01:00", "file": "", "digest": ""}]
)
def test_what_waits_for_the_antivirus_or_was_deleted_does_not_leave(client, mother, state):
    document = SupportingDocumentFactory(family=mother.family, **state)
    assert client.get(f"/pieces/{document.key}/").status_code == 404


def test_the_child_s_other_household_sees_nothing_of_it(client, mother):
    other = GuardianFactory(with_space=True, family=FamilyFactory(name="Bernard"), last_name="Bernard")
    zoe = ChildFactory(first_name="Zoé")
    CustodyFactory(child=zoe, family=mother.family, odd_weeks=True)
    CustodyFactory(child=zoe, family=other.family, even_weeks=True)
    kind = DocumentKindFactory(of_a_child=True)
    document = SupportingDocumentFactory(family=mother.family, kind=kind, child=zoe, name="secret-de-maman.pdf")
    assert client.get(f"/pieces/{document.key}/").status_code == 200
    client.force_login(other.user)
    assert client.get(f"/pieces/{document.key}/").status_code == 404
    assert "secret-de-maman" not in text_of(client.get("/pieces/"))


def test_a_file_has_no_address_of_its_own(client, mother):
    document = SupportingDocumentFactory(family=mother.family)
    for path in (
        default_storage.url(document.file.name),
        f"/private/{document.file.name}",
        f"/static/{document.file.name}",
    ):
        assert client.get(path).status_code == 404


def test_who_has_no_household_is_led_to_attach_one(client, agent):
    client.force_login(agent)
    assert client.get("/pieces/")["Location"] == "/compte/rattacher/"
    assert client.get("/pieces/deposer/")["Location"] == "/compte/rattacher/"


def test_a_large_file_spools_to_the_disk_and_is_kept(client, mother):
    DocumentKindFactory()
    heavy = papers.pdf(
        change=lambda pdf: pdf.Root.__setitem__("/Filler", pdf.make_stream(b"x" * 3_000_000)), compress_streams=False
    )
    assert len(heavy) > 2_621_440  # Django's own limit of what stays in memory
    started = time.monotonic()
    deposit(client, sent(heavy, "lourd.pdf"))
    assert SupportingDocument.objects.get().size == len(heavy)
    assert time.monotonic() - started < 5
