"""The antivirus between the family and the agents: waiting, going on, letting through, deleting."""

from datetime import timedelta

import pytest
from post_office.models import Email

from documents.antivirus import Verdict
from documents.models import SupportingDocument
from documents.services.scanning import apply_verdict, scan_waiting
from documents.tests.clamd import THREAT, clamd
from documents.tests.conftest import files_in, sent
from documents.tests.factories import DocumentKindFactory, SupportingDocumentFactory
from documents.tests.test_supporting_services import store
from families.tests.factories import NOON

Status = SupportingDocument.Status
pytestmark = pytest.mark.django_db
DEAD = "tcp://127.0.0.1:9"


def threatening_pdf():
    from documents.tests import papers

    return papers.pdf(change=lambda pdf: pdf.Root.__setitem__("/Lang", THREAT.decode()), static_id=True)


def test_a_paper_waits_while_the_antivirus_is_down_and_goes_on_when_it_is_back(martins, settings):
    settings.CLAMAV_URL = DEAD
    document = store(martins, sent())[0].document
    assert document.status == Status.SCANNING
    assert scan_waiting(at=NOON) == 0
    document.refresh_from_db()
    assert document.status == Status.SCANNING
    with clamd() as (url, received):
        settings.CLAMAV_URL = url
        assert scan_waiting(at=NOON + timedelta(minutes=1)) == 1
    document.refresh_from_db()
    assert (document.status, document.scanned_at) == (Status.SUBMITTED, NOON + timedelta(minutes=1))
    assert received[0].startswith(b"%PDF-")


def test_one_that_needs_no_review_is_accepted_once_clean(martins, settings):
    settings.CLAMAV_URL = DEAD
    document = store(martins, sent(), kind=DocumentKindFactory(without_review=True))[0].document
    assert document.status == Status.SCANNING
    with clamd() as (url, _):
        settings.CLAMAV_URL = url
        scan_waiting(at=NOON)
    document.refresh_from_db()
    assert document.status == Status.ACCEPTED


def test_an_infected_file_is_deleted_and_everybody_is_told(
    martins, settings, stored, django_capture_on_commit_callbacks
):
    with clamd() as (url, _):
        settings.CLAMAV_URL = url
        document = store(martins, sent(threatening_pdf(), "facture.pdf"))[0].document
        assert files_in(stored)
        with django_capture_on_commit_callbacks(execute=True):
            assert scan_waiting(at=NOON) == 1
    document.refresh_from_db()
    assert (document.status, document.threat) == (Status.REFUSED, "Castres.Essai")
    assert (document.file.name, document.name, document.digest) == ("", "", "")
    assert files_in(stored) == []
    family, agents = Email.objects.order_by("pk")
    assert family.to == [martins.guardian.user.email]
    assert "programme dangereux" in family.message
    assert "Castres.Essai" not in family.message
    assert agents.to == [settings.TOWN["email"]]
    assert "Castres.Essai" in agents.message


def test_a_verdict_that_comes_twice_changes_nothing(martins):
    document = SupportingDocumentFactory(scanning=True)
    apply_verdict(document=document, verdict=Verdict(), at=NOON)
    apply_verdict(document=document, verdict=Verdict("Castres.Essai"), at=NOON)
    document.refresh_from_db()
    assert document.status == Status.SUBMITTED


def test_what_waits_goes_on_when_the_town_gives_up_its_antivirus(martins, settings):
    document = SupportingDocumentFactory(scanning=True)
    settings.CLAMAV_URL = ""
    scan_waiting(at=NOON)
    document.refresh_from_db()
    assert (document.status, document.scanned_at) == (Status.SUBMITTED, None)


def test_a_worker_killed_in_the_middle_delays_its_paper_by_two_minutes(settings):
    document = SupportingDocumentFactory(scanning=True, scan_taken_until=NOON + timedelta(minutes=2))
    with clamd() as (url, _):
        settings.CLAMAV_URL = url
        assert scan_waiting(at=NOON) == 0
        assert scan_waiting(at=NOON + timedelta(minutes=3)) == 1
    document.refresh_from_db()
    assert document.status == Status.SUBMITTED


def test_a_lost_file_holds_up_nobody(settings, stored):
    lost, other = SupportingDocumentFactory(scanning=True), SupportingDocumentFactory(scanning=True)
    (stored / lost.file.name).unlink()
    with clamd() as (url, _):
        settings.CLAMAV_URL = url
        assert scan_waiting(at=NOON) == 1
    other.refresh_from_db()
    assert other.status == Status.SUBMITTED
