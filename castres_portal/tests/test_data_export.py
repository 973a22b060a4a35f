"""« Exporter mes données »: all that is hers, and not a word of the other guardian nor of another household."""

import io
import json
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pikepdf
import pytest
from django.conf import settings as portal_settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from post_office.models import Email

from accounts.tests.factories import UserFactory
from billing.tests.factories import TariffFactory, issue
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.tests.factories import a_message, says_password_again
from documents.tests.factories import RegulationAcceptanceFactory
from families import data_export
from families.data_export import Section
from families.models import DataExport, Family, FamilyRequest, Guardian
from families.services.privacy import asking, exports
from families.services.requests import accept_request, write_message
from families.tests.factories import (
    NOON,
    ChildFactory,
    CustodyFactory,
    FamilyFactory,
    GuardianFactory,
    QuotientRecordFactory,
)
from reservations.tests.factories import BookingFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db
PAGE, DOWNLOAD = reverse("families:my_data"), reverse("families:download_export")
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }


def planted(word: str, **fields: object) -> dict[str, object]:
    """Fill every text of a guardian with a word that can be found again."""
    return {
        "first_name": f"{word}prenom",
        "last_name": f"{word}nom",
        "email": f"{word.lower()}@{word.lower()}.example.org",
        "phone": f"06 {word[:8]}",
        **fields,
    }


@pytest.fixture
def claire(client):
    guardian = GuardianFactory(with_space=True, first_name="Claire", last_name="Martin", phone="06 39 98 00 01")
    guardian.user.first_name, guardian.user.last_name = "Claire", "Martin"
    guardian.user.save()
    client.force_login(guardian.user)
    return guardian


@pytest.fixture
def school_life(claire):
    """A child at the canteen, an invoice of October, démarches of all kinds."""
    TariffFactory()
    QuotientRecordFactory(family=claire.family, value=733)
    child = ChildFactory(first_name="Léo", last_name="Martin", at_home=claire.family)
    enrolment = EnrolmentFactory(child=child, family=claire.family)
    for day in (date(2026, 10, 5), date(2026, 10, 6)):
        BookingFactory(enrolment=enrolment, day=day, booked_by=claire.user)
    issue()
    a_message(guardian=claire, user=claire.user, body="Mon propre message")
    return child


def make(user) -> zipfile.ZipFile:
    """Make a person's archive and open it."""
    export = exports.ask_export(user=user, at=NOON)
    assert exports.make_waiting_exports(at=NOON) == 1
    export.refresh_from_db()
    with default_storage.open(export.file.name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def all_text(archive: zipfile.ZipFile) -> str:
    """Return all that an archive says, papers included."""
    found = []
    for name in archive.namelist():
        content = archive.read(name)
        found.append(name)
        if name.endswith(".pdf"):
            found.append(text_of_pdf(content))
        else:
            found.append(content.decode())
    return "\n".join(found)


def text_of_pdf(content: bytes) -> str:
    """Return every string of a PDF that its fonts allow to read back: titles, alternative texts and page texts."""
    with pikepdf.open(io.BytesIO(content)) as paper:
        streams = b"".join(page.Contents.read_bytes() for page in paper.pages)
        return f"{paper.docinfo} {streams!r}"


def rows(archive: zipfile.ZipFile, guardian: Guardian, slug: str) -> list[dict[str, object]]:
    return json.loads(archive.read(f"foyer-{guardian.family.number}/{slug}.json"))


# --- What is in it ----------------------------------------------------------------------------------------------------


def test_it_holds_all_that_is_hers(claire, school_life):
    asking.ask_right(guardian=claire, right="acces", body="Que savez-vous ?", submission=uuid4(), at=NOON)
    claire.family.children.update(class_name="CE2 B")
    archive = make(claire.user)
    assert rows(archive, claire, "identite")[0]["téléphone"] == "06 39 98 00 01"
    assert rows(archive, claire, "foyer")[0]["adresse"] == "12 rue des Tanneurs"
    assert rows(archive, claire, "foyer")[0]["quotients familiaux"][0]["valeur"] == 733
    assert rows(archive, claire, "enfants")[0]["prénom"] == "Léo"
    assert rows(archive, claire, "enfants")[0]["classe"] == "CE2 B"
    assert [row["jour"] for row in rows(archive, claire, "reservations")] == ["2026-10-05", "2026-10-06"]
    assert rows(archive, claire, "reservations")[0]["réservée par"] == "moi"
    assert len(rows(archive, claire, "inscriptions")) == 1
    assert rows(archive, claire, "reglements")[0]["par"] == "moi"
    invoice = rows(archive, claire, "factures")[0]
    assert len(invoice["lignes"]) == 2
    assert archive.read(f"foyer-{claire.family.number}/factures/{invoice['pdf']}")[:5] == b"%PDF-"
    assert rows(archive, claire, "messages")[0]["message"] == "Mon propre message"
    assert "Que savez-vous ?" in all_text(archive)
    assert json.loads(archive.read("compte.json"))[0]["adresse électronique"] == claire.user.email


def test_each_part_can_be_read_by_a_person_and_by_a_machine(claire, school_life):
    archive = make(claire.user)
    index = archive.read("index.html").decode()
    for section in data_export.all_sections():
        for kind in ("json", "html"):
            assert f"foyer-{claire.family.number}/{section.slug}.{kind}" in archive.namelist()
        assert f'href="foyer-{claire.family.number}/{section.slug}.html"' in index
    assert archive.testzip() is None


def test_what_is_typed_cannot_become_a_page_of_its_own(claire):
    a_message(guardian=claire, user=claire.user, body="<script>alert(1)</script>")
    page = make(claire.user).read(f"foyer-{claire.family.number}/messages.html").decode()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_an_account_without_a_household_still_gets_its_own_data(db):
    user = UserFactory()
    assert set(make(user).namelist()) == {"compte.json", "compte.html", "index.html"}


# --- What must not be in it -------------------------------------------------------------------------------------------


def test_nothing_of_the_other_guardian_of_the_household(claire, school_life):
    paul = GuardianFactory(family=claire.family, with_space=True, **planted("ZORGLUB", pays=False, title="Monsieur"))
    paul.user.first_name, paul.user.last_name = "ZORGLUBcompte", "ZORGLUBcompte"
    paul.user.email = "zorglub@compte.example.org"
    paul.user.save()
    EnrolmentFactory(
        child=ChildFactory(first_name="Lina", at_home=claire.family), family=claire.family, request__guardian=paul
    )
    RegulationAcceptanceFactory(guardian=paul)
    his = a_message(guardian=paul, user=paul.user, body="ZORGLUB écrit", phone="05 00 00 00 00")
    write_message(request=his, body="ZORGLUB insiste", submission=uuid4(), at=NOON, guardian=paul, user=paul.user)
    agent = UserFactory(agent=True)
    accept_request(request=his, by=agent, words="Réponse à ZORGLUB", at=NOON)
    asking.ask_right(guardian=paul, right="acces", body="ZORGLUB demande", submission=uuid4(), at=NOON)
    asking.ask_erasure(guardian=paul, body="ZORGLUB efface", at=NOON)
    FamilyRequest.objects.filter(guardian=paul).update(summary="ZORGLUB objet")
    # What an agent answers to her may name him.
    mine = a_message(guardian=claire, user=claire.user, body="Et pour le père ?")
    words = "Nous avons écrit à M. ZORGLUBNOM Zorglubprenom, zorglub@compte.example.org ; Zorglubprenom a répondu."
    accept_request(request=mine, by=agent, words=words, at=NOON)
    hers = FamilyRequest.objects.filter(guardian=claire, kind="contact").earliest("pk")
    write_message(request=hers, body="ZORGLUB s’en mêle", submission=uuid4(), at=NOON, guardian=paul, user=paul.user)

    text = all_text(make(claire.user))

    assert "zorglub" not in text.lower()
    assert "autre responsable du foyer" in text
    assert his.number in text  # that he asked something is the household's
    assert "05 00 00 00 00" not in text


def test_her_own_words_are_there_and_the_payer_s_name_is_not_for_the_other_guardian(claire, school_life):
    """The same, seen from the guardian who does not pay: the invoice bears the payer's name."""
    Guardian.objects.filter(pk=claire.pk).update(**planted("ZORGLUB"))
    claire.user.email = "zorglub@compte.example.org"
    claire.user.save()
    paul = GuardianFactory(family=claire.family, with_space=True, pays=False, first_name="Paul", last_name="Petit")
    Family.objects.filter(pk=claire.family_id).update(name="ZORGLUBnom")
    archive = make(paul.user)
    text = all_text(archive)
    assert rows(archive, paul, "factures")[0]["payeur"] == "autre responsable du foyer"
    assert not [name for name in archive.namelist() if name.endswith(".pdf")]
    assert "zorglub" not in text.lower()
    assert "MARTIN" not in text.replace("Léo MARTIN", "")


def test_nothing_of_the_other_household_of_a_shared_child(claire):
    TariffFactory()
    other = FamilyFactory(
        name="ZORGLUBfoyer", street="1 rue ZORGLUB", street_more="ZORGLUB bis", postcode="99999", city="ZORGLUBville"
    )
    hugo = GuardianFactory(family=other, with_space=True, **planted("ZORGLUB"))
    zoe = ChildFactory(first_name="Zoé", last_name="Bernard")
    CustodyFactory(child=zoe, family=claire.family, odd_weeks=True)
    CustodyFactory(child=zoe, family=other, even_weeks=True)
    QuotientRecordFactory(family=other, value=987654)
    hers = EnrolmentFactory(child=zoe, family=claire.family)
    his = EnrolmentFactory(child=zoe, family=other)
    BookingFactory(enrolment=hers, day=date(2026, 10, 5))
    BookingFactory(enrolment=his, day=date(2026, 10, 12), booked_by=hugo.user)
    issue()
    a_message(guardian=hugo, user=hugo.user, body="ZORGLUB écrit")

    archive = make(claire.user)
    text = all_text(archive)

    assert "zorglub" not in text.lower()
    assert other.number not in text
    assert "987654" not in text
    assert "2026-10-12" not in text
    assert "Semaines paires" not in text
    assert [row["jour"] for row in rows(archive, claire, "reservations")] == ["2026-10-05"]


# --- How it is made, handed out and forgotten -------------------------------------------------------------------------


def test_she_is_told_by_mail_and_downloads_it_once_her_password_is_given_again(client, claire):
    client.post(reverse("families:ask_export"))
    exports.make_waiting_exports(at=clock.now())
    mail = Email.objects.get()
    assert mail.to == [claire.user.email]
    assert PAGE in mail.message
    assert client.get(DOWNLOAD)["Location"].startswith(reverse("account_reauthenticate"))
    says_password_again(client)
    answer = client.get(DOWNLOAD)
    assert answer["Content-Disposition"] == 'attachment; filename="mes-donnees-2026-11-19.zip"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None
    assert DataExport.objects.get().downloads == 1


def test_nobody_else_gets_it(client, claire):
    make(claire.user)
    other = GuardianFactory(family=claire.family, with_space=True, pays=False)
    client.force_login(other.user)
    says_password_again(client)
    assert client.get(DOWNLOAD)["Location"] == PAGE


def test_its_file_has_a_name_that_nobody_guesses_outside_the_public_folders(claire):
    make(claire.user)
    name = DataExport.objects.get().file.name
    assert len(Path(name).stem) == 32
    assert claire.family.number not in name
    assert not Path(default_storage.path(name)).is_relative_to(portal_settings.STATIC_ROOT)


def test_a_second_request_waits_for_the_first(client, claire):
    for _ in range(2):
        client.post(reverse("families:ask_export"))
    assert DataExport.objects.count() == 1
    assert "déjà en préparation" in client.get(PAGE).content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        DataExport.objects.create(user=claire.user, asked_at=NOON)


def test_a_new_one_replaces_the_one_that_was_ready(claire):
    make(claire.user)
    old = DataExport.objects.get().file.name
    exports.ask_export(user=claire.user, at=NOON)
    assert list(DataExport.objects.values_list("status", flat=True)) == ["attente", "efface"]
    assert DataExport.objects.filter(file=old).count() == 0


def test_after_seven_days_file_and_link_are_gone(client, claire, django_capture_on_commit_callbacks):
    make(claire.user)
    name = DataExport.objects.get().file.name
    assert exports.delete_expired_exports(NOON + WEEK - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert exports.delete_expired_exports(NOON + WEEK, dry_run=True) == 1
        assert default_storage.exists(name)
        assert exports.delete_expired_exports(NOON + WEEK) == 1
    assert not default_storage.exists(name)
    export = DataExport.objects.get()
    assert (export.status, export.file.name) == (DataExport.Status.DELETED, "")
    with pytest.raises(Refusal, match="il a été effacé"):
        exports.open_export(user=claire.user, at=NOON)


def test_what_a_killed_worker_left_is_taken_up_again(claire):
    exports.ask_export(user=claire.user, at=NOON)
    DataExport.objects.update(taken_until=NOON + exports.TAKEN_FOR, tries=1)
    assert exports.make_waiting_exports(at=NOON + timedelta(minutes=1)) == 0
    assert exports.make_waiting_exports(at=NOON + exports.TAKEN_FOR + timedelta(seconds=1)) == 1


def test_an_export_that_keeps_failing_ends_by_saying_so(client, claire, monkeypatch):
    def fails(guardian, at):
        raise OSError("disque plein")

    monkeypatch.setitem(data_export._sections, "essai", Section("essai", "Essai", fails))
    exports.ask_export(user=claire.user, at=NOON)
    at = NOON
    for _ in range(exports.MOST_TRIES):
        exports.make_waiting_exports(at=at)
        at += exports.TAKEN_FOR + timedelta(seconds=1)
    assert DataExport.objects.get().status == DataExport.Status.FAILED
    assert "n’a pas pu être préparé" in client.get(PAGE).content.decode()
    assert not Email.objects.exists()


def test_the_list_of_exports_gives_no_file_to_an_agent(client, claire):
    make(claire.user)
    export = DataExport.objects.get()
    client.force_login(UserFactory(administrator=True))
    page = client.get(f"/admin/families/dataexport/{export.pk}/change/")
    assert page.status_code == 200
    assert export.file.name not in page.content.decode()
