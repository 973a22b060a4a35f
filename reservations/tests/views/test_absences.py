"""« Justifier une absence » as a parent uses it: what the page says before sending is what is done."""

import html as markup
import re
from datetime import date, datetime

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from documents.models import SupportingDocument
from documents.reference import fill_document_kinds
from documents.services.supporting import attach
from documents.tests import papers
from families import attachments
from families.models import RequestMessage
from families.services.requests import accept_request
from families.tests.factories import ChildFactory, GuardianFactory
from reservations.models import Absence, AbsenceDay, AbsenceRule, Booking
from reservations.tests.factories import AbsenceRuleFactory, BookingFactory, EnrolmentFactory, a_child_at_the_canteen

pytestmark = pytest.mark.django_db

MON, TUE, THU, LATER = (date(2026, 12, number) for number in (7, 8, 10, 17))
MORNING = datetime(2026, 12, 7, 8, 15, tzinfo=PARIS)


@pytest.fixture
def home(at, mother, zoe):
    """Zoé has four booked days, and it is the morning of the first."""
    at(MORNING)
    AbsenceRuleFactory()
    enrolment = zoe.enrolments.get()
    for day in (MON, TUE, THU, LATER):
        BookingFactory(enrolment=enrolment, day=day)
    return f"/absences/{zoe.pk}/restauration/"


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden_of(response):
    """What a browser would send back of a preview."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', response.content.decode())
    data = {}
    for name, value in fields:
        if name != "csrfmiddlewaretoken":
            data.setdefault(name, []).append(markup.unescape(value))
    return data


def preview(client, home, *days, reason="maladie", words=""):
    data = {"days": [day.isoformat() for day in days], "reason": reason, "words": words, "etape": "relire"}
    form = client.get(home).content.decode()
    data["submission"] = re.search(r'name="submission" value="([^"]+)"', form).group(1)
    return client.post(home, data)


def test_from_the_list_to_the_receipt(signed_in, home, zoe):
    page = signed_in.get("/absences/")
    assert home in page.content.decode()
    assert "4 jours réservés, du 7 décembre 2026 au 17 décembre 2026" in text_of(page)

    shown = preview(signed_in, home, MON, TUE, LATER, words="Fièvre & toux")
    said = text_of(shown)
    assert "Lundi 7 décembre 2026 : le jour reste facturé, c’est le jour de carence" in said
    assert "Mardi 8 décembre 2026 : le jour n’est pas facturé si le justificatif est accepté" in said
    assert "Jeudi 17 décembre 2026 : la réservation est annulée, rien n’est facturé" in said
    assert "Il est attendu jusqu’au mercredi 9 décembre 2026" in said
    assert Absence.objects.count() == 0

    answer = signed_in.post(home, hidden_of(shown) | {"etape": "envoyer"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/demandes/D2026-000001/"
    said = text_of(answer)
    assert "Mardi 8 décembre 2026 : en attente du service" in said
    assert "attendu jusqu’au mercredi 9 décembre 2026" in said
    assert Absence.objects.get().words == "Fièvre & toux"


def test_a_second_click_is_one_absence(signed_in, home):
    data = hidden_of(preview(signed_in, home, MON, reason="sortie")) | {"etape": "envoyer"}
    first, second = signed_in.post(home, data), signed_in.post(home, data)
    assert first["Location"] == second["Location"]
    assert Absence.objects.count() == 1


def test_bad_input_is_said_beside_the_field_and_nothing_typed_is_lost(signed_in, home):
    page = signed_in.post(
        home,
        {
            "days": ["2026-12-08"],
            "words": "x" * 501,
            "etape": "relire",
            "submission": "11111111-2222-4333-8444-555555555555",
        },
    )
    html = page.content.decode()
    assert "Choisissez un motif." in html
    assert "Ce texte est trop long : 500 caractères au plus." in html
    assert "x" * 501 in html
    assert re.search(r'value="2026-12-08"[^>]* checked', html)
    assert Absence.objects.count() == 0


def test_going_back_to_change_keeps_what_was_typed(signed_in, home):
    data = hidden_of(preview(signed_in, home, TUE, words="Un mot")) | {"etape": "modifier"}
    html = signed_in.post(home, data).content.decode()
    assert re.search(r'value="2026-12-08"[^>]* checked', html)
    assert re.search(r'value="maladie"[^>]* checked', html)
    assert "Un mot</textarea>" in html


def test_a_deadline_that_passed_meanwhile_is_shown_again_before_anything_is_done(signed_in, home, at):
    at(datetime(2026, 12, 10, 23, 59, tzinfo=PARIS))
    data = hidden_of(preview(signed_in, home, LATER)) | {"etape": "envoyer"}
    at(datetime(2026, 12, 11, 0, 0, 1, tzinfo=PARIS))

    page = signed_in.post(home, data)
    assert "Un délai est passé depuis que cette page est affichée" in text_of(page)
    assert "c’est le jour de carence" in text_of(page)
    assert Booking.objects.get(day=LATER).status == "active"

    signed_in.post(home, hidden_of(page) | {"etape": "envoyer"})
    assert AbsenceDay.objects.get().outcome == "acceptee"


def test_a_day_cancelled_meanwhile_is_answered_for(signed_in, home):
    data = hidden_of(preview(signed_in, home, TUE)) | {"etape": "envoyer"}
    Booking.objects.filter(day=TUE).update(status="annulee", cancelled_at=MORNING)
    page = signed_in.post(home, data, follow=True)
    assert "réservation déjà annulée le 07/12/2026 à 08:15" in text_of(page)


def test_a_day_too_old_has_no_button_to_send(signed_in, home, at):
    at(datetime(2026, 12, 10, 8, tzinfo=PARIS))
    page = preview(signed_in, home, MON)
    assert "trop tard pour l’annoncer" in text_of(page)
    assert 'value="envoyer"' not in page.content.decode()


@pytest.mark.parametrize("day", ["2026-13-45", "9999-01-01", "demain"])
def test_a_day_that_does_not_exist(signed_in, home, day):
    page = signed_in.post(home, {"days": [day], "reason": "maladie", "etape": "relire"})
    assert "Ce jour n’existe pas." in text_of(page)


def test_a_forged_effect_is_not_believed(signed_in, home):
    data = hidden_of(preview(signed_in, home, MON, reason="autre")) | {"etape": "envoyer"}
    data["seen"] = "2026-12-07:non-facturee"
    assert "relisez" in text_of(signed_in.post(home, data))
    data["seen"] = "n’importe quoi"
    page = signed_in.post(home, data)
    assert page.status_code == 200
    assert Absence.objects.count() == 0


def test_another_household_s_child_does_not_exist(client_of, at, home):
    stranger = GuardianFactory(with_space=True)
    a_child_at_the_canteen(stranger.family)
    client = client_of(stranger.user)
    assert client.get(home).status_code == 404
    data = {"days": ["2026-12-08"], "reason": "maladie", "etape": "envoyer", "submission": "1" * 32}
    assert client.post(home, data).status_code == 404
    assert Absence.objects.count() == 0


def test_the_other_household_of_a_shared_child_announces_its_own_days_only(client_of, home, zoe):
    father = GuardianFactory(with_space=True)
    enrolment = EnrolmentFactory(child=zoe, family=father.family)
    BookingFactory(enrolment=enrolment, day=date(2026, 12, 14))
    html = client_of(father.user).get(home).content.decode()
    assert 'value="2026-12-14"' in html
    assert 'value="2026-12-08"' not in html


def test_an_activity_without_a_rule_takes_no_absence(signed_in, home):
    AbsenceRule.objects.update(is_allowed=False)
    assert signed_in.get(home).status_code == 404
    assert "Aucun jour réservé à annoncer" in text_of(signed_in.get("/absences/"))


def test_the_calendar_leads_to_it(signed_in, home, zoe):
    path = f"/reservations/{zoe.pk}/restauration/2026-12/"
    assert home in signed_in.get(path).content.decode()
    AbsenceRule.objects.update(is_allowed=False)
    assert home not in signed_in.get(path).content.decode()


@pytest.mark.parametrize("path", ["/absences/", "page"])
def test_the_pages_cost_the_same_with_many_children_and_days(signed_in, home, mother, path, django_assert_num_queries):
    path = home if path == "page" else path
    signed_in.get(path)
    with CaptureQueriesContext(connection) as few:
        signed_in.get(path)
    for _ in range(3):
        child = ChildFactory(at_home=mother.family)
        enrolment = EnrolmentFactory(child=child, family=mother.family)
        for number in (7, 8, 10, 11, 14, 15):
            BookingFactory(enrolment=enrolment, day=date(2026, 12, number))
    with django_assert_num_queries(len(few)):
        signed_in.get(path)


# --- The proof --------------------------------------------------------------------------------------------------------


class Desk(attachments.NoDesk):
    """A desk that takes one file, and refuses one named « bad »."""

    def __init__(self):
        self.kept = []

    def fields(self, request):
        assert request.kind == "absence" or request.pk
        return {"paper": forms.FileField(label="Justificatif", required=False)}

    def keep(self, *, request, message, answers, guardian, user, at):
        paper = answers.get("paper")
        if paper and paper.name == "bad.pdf":
            raise Refusal("Ce fichier est protégé par un mot de passe.")
        if paper:
            self.kept.append((request.number, paper.name))


@pytest.fixture
def desk(monkeypatch):
    made = Desk()
    monkeypatch.setattr(attachments, "_desk", made)
    return made


def send_with(client, home, name):
    shown = preview(client, home, MON, TUE)
    assert 'type="file"' in shown.content.decode()
    paper = SimpleUploadedFile(name, b"%PDF-1.4", content_type="application/pdf")
    return client.post(home, hidden_of(shown) | {"etape": "envoyer", "paper": paper}, follow=True)


def test_a_photo_of_the_certificate_goes_with_the_announcement(signed_in, home, desk):
    send_with(signed_in, home, "certificat.pdf")
    assert desk.kept == [("D2026-000001", "certificat.pdf")]
    assert RequestMessage.objects.get().body == "Justificatif de l’absence."


def test_a_photo_that_cannot_be_taken_does_not_undo_the_announcement(signed_in, home, desk):
    page = send_with(signed_in, home, "bad.pdf")
    assert "protégé par un mot de passe. Ajoutez-le ci-dessous." in text_of(page)
    assert Absence.objects.count() == 1
    assert RequestMessage.objects.count() == 0


def test_no_paper_is_asked_when_none_would_change_anything(signed_in, home, desk):
    assert 'type="file"' not in preview(signed_in, home, MON).content.decode()


# --- With the real desk -----------------------------------------------------------------------------------------------


@pytest.fixture
def stored(settings, tmp_path):
    """The folder of the files."""
    folder = tmp_path / "private"
    options = {"location": str(folder), "base_url": None}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    fill_document_kinds()
    return folder


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_medical_certificate_is_confidential_and_its_file_goes_with_the_decision(signed_in, home, stored, zoe):
    page = preview(signed_in, home, MON, TUE)
    certificate = SimpleUploadedFile("certificat.pdf", papers.pdf(1), content_type="application/pdf")
    answer = signed_in.post(home, hidden_of(page) | {"etape": "envoyer", "papers": certificate}, follow=True)
    assert "Certificat médical" in text_of(answer)
    document = SupportingDocument.objects.get()
    assert (document.kind.slug, document.child, document.kind.is_sensitive) == ("certificat-medical", zoe, True)
    assert len(files_in(stored)) == 1

    absence = Absence.objects.get()
    accept_request(request=absence.request, by=UserFactory(agent=True), words="", at=MORNING)
    with TestCase.captureOnCommitCallbacks(execute=True):
        attachments.desk().forget(absence.request, at=MORNING)  # a second time: nothing is left to erase

    document.refresh_from_db()
    assert (bool(document.file), document.name, document.erased_at) == (False, "", MORNING)
    assert document.status == SupportingDocument.Status.ACCEPTED
    assert AbsenceDay.objects.get(day=TUE).outcome == "acceptee"
    assert "fichier supprimé" in text_of(signed_in.get(f"/demandes/{absence.request.number}/"))


def test_a_certificate_that_another_open_request_needs_stays(signed_in, home, stored):
    certificate = SimpleUploadedFile("certificat.pdf", papers.pdf(1), content_type="application/pdf")
    signed_in.post(home, hidden_of(preview(signed_in, home, MON, TUE)) | {"etape": "envoyer", "papers": certificate})
    first = Absence.objects.get()
    signed_in.post(home, hidden_of(preview(signed_in, home, THU)) | {"etape": "envoyer"})
    second = Absence.objects.exclude(pk=first.pk).get()
    attach(request=second.request, documents=[SupportingDocument.objects.get()], at=MORNING)

    accept_request(request=first.request, by=UserFactory(agent=True), words="", at=MORNING)
    assert SupportingDocument.objects.get().erased_at is None
    accept_request(request=second.request, by=UserFactory(agent=True), words="", at=MORNING)
    assert SupportingDocument.objects.get().erased_at == MORNING


def test_a_file_that_is_no_proof_is_said_beside_its_field_before_anything_is_sent(signed_in, home, stored):
    bad = SimpleUploadedFile("certificat.pdf", b"MZ not a pdf", content_type="application/pdf")
    page = signed_in.post(home, hidden_of(preview(signed_in, home, MON, TUE)) | {"etape": "envoyer", "papers": bad})
    assert page.status_code == 200
    assert "certificat.pdf" in text_of(page)
    assert Absence.objects.count() == 0
    assert 'value="envoyer"' in page.content.decode()
