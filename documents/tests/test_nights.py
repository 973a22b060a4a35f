"""What the nights do: reminders before a paper ends, deletion of what is past its time."""

import os
import time
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from post_office.models import Email

from castres_portal.base.clock import PARIS
from documents.models import DocumentReminder, PurgeReport
from documents.services import purging
from documents.services.purging import preview_purge, purge
from documents.services.reminders import remind_families
from documents.tests.conftest import files_in
from documents.tests.factories import AttachmentFactory, DocumentKindFactory, SupportingDocumentFactory
from families.models import FamilyRequest
from families.tests.factories import NOON

pytestmark = pytest.mark.django_db
UNTIL = date(2026, 12, 31)


def night(day, hour=6):
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


# --- Reminders -----------------------------------------------------------------------------------------------------------


def test_a_family_is_told_thirty_fifteen_and_one_day_before_once_each(martins):
    SupportingDocumentFactory(family=martins.family, accepted=True, valid_until=UNTIL)
    days = [date(2026, 11, 25) + timedelta(days=n) for n in range(50)]
    told = [day for day in days for _ in range(2) if remind_families(at=night(day))]
    assert told == [date(2026, 12, 1), date(2026, 12, 16), date(2026, 12, 30)]
    assert Email.objects.count() == 3
    assert "jeudi 31 décembre 2026" in Email.objects.first().message


def test_a_skipped_night_is_caught_up(martins):
    SupportingDocumentFactory(family=martins.family, accepted=True, valid_until=UNTIL)
    assert remind_families(at=night(date(2026, 12, 20))) == 1
    assert Email.objects.count() == 1
    assert set(DocumentReminder.objects.values_list("days_before", flat=True)) == {30, 15}


def test_one_mail_for_all_the_papers_of_a_household(martins, durands):
    for household in (martins, durands):
        SupportingDocumentFactory(family=household.family, accepted=True, valid_until=UNTIL)
        SupportingDocumentFactory(
            family=household.family, accepted=True, valid_until=UNTIL, kind=DocumentKindFactory(without_review=True)
        )
    assert remind_families(at=night(date(2026, 12, 1))) == 4
    assert {mail.to[0] for mail in Email.objects.all()} == {
        household.guardian.user.email for household in (martins, durands)
    }
    assert Email.objects.count() == 2


@pytest.mark.parametrize("replacement", [{}, {"accepted": True, "valid_until": date(2027, 12, 31)}])
def test_a_paper_already_replaced_is_not_announced(martins, replacement):
    SupportingDocumentFactory(family=martins.family, accepted=True, valid_until=UNTIL)
    SupportingDocumentFactory(family=martins.family, **replacement)
    assert remind_families(at=night(date(2026, 12, 1))) == 0


def test_a_confidential_paper_is_announced_without_its_name(martins):
    kind = DocumentKindFactory(confidential=True)
    SupportingDocumentFactory(family=martins.family, kind=kind, accepted=True, valid_until=UNTIL)
    remind_families(at=night(date(2026, 12, 1)))
    assert "Jugement" not in Email.objects.get().message


# --- Deletion ------------------------------------------------------------------------------------------------------------

LATER = NOON + timedelta(days=400)


def accepted(**given):
    given = {"accepted": True, "valid_until": date(2026, 12, 31), **given}
    return SupportingDocumentFactory(**given)


@pytest.fixture
def done(django_capture_on_commit_callbacks):
    """Purge as a night does, commits included."""

    def purging_at(at):
        with django_capture_on_commit_callbacks(execute=True):
            return purge(at=at)

    return purging_at


def test_a_file_goes_the_day_its_time_is_over_and_the_decision_stays(stored, done):
    document = accepted()
    report = done(night(date(2027, 3, 31), 3))
    assert files_in(stored)
    assert report.lines.count() == 0
    report = done(night(date(2027, 4, 1), 3))
    document.refresh_from_db()
    assert files_in(stored) == []
    assert (document.file.name, document.name, document.digest) == ("", "", "")
    assert document.reviewed_at is not None
    line = report.lines.get()
    assert (line.kind, line.erased, line.erased_bytes) == (document.kind, 1, document.size)
    assert report.finished_at


def test_a_paper_that_waits_for_a_decision_is_kept(stored, done):
    SupportingDocumentFactory()
    SupportingDocumentFactory(scanning=True)
    done(LATER)
    assert len(files_in(stored)) == 2


@pytest.mark.parametrize("status", FamilyRequest.Status)
def test_a_paper_is_kept_while_a_request_still_needs_it(stored, done, status):
    document = accepted()
    AttachmentFactory(document=document, request__status=status)
    report = done(LATER)
    needed = status in FamilyRequest.OPEN
    assert bool(files_in(stored)) is needed
    assert report.lines.get().kept == int(needed)


def test_the_dry_run_says_the_same_and_touches_nothing(stored, done):
    accepted()
    AttachmentFactory(document=accepted(), request__status="recue")
    preview = preview_purge(at=LATER)
    (tally,) = preview.kinds.values()
    assert (tally.erased, tally.erased_bytes, tally.kept) == (1, 1000, 1)
    assert len(files_in(stored)) == 2
    assert not PurgeReport.objects.exists()
    line = done(LATER).lines.get()
    assert (line.erased, line.erased_bytes, line.kept) == (1, 1000, 1)


def test_the_command_tells_what_it_would_do(stored, settings):
    accepted()
    settings.PORTAL_CLOCK = f"2027-12-24T03:00@{time.time()}"
    out = StringIO()
    call_command("purge_documents", "--dry-run", stdout=out)
    assert "Attestation CAF ou MSA : 1 à supprimer (1000 octets), 0 gardées" in out.getvalue()
    assert files_in(stored)
    call_command("purge_documents", stdout=out)
    assert "1 supprimées" in out.getvalue()


def test_a_night_cut_short_is_gone_on_with(stored, done, monkeypatch):
    documents = [accepted(family=accepted().family) for _ in range(3)]
    monkeypatch.setattr(purging, "BATCH", 1)
    real, calls = purging._purge_some, []

    def dying(**given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(**given)

    with monkeypatch.context() as patch:
        patch.setattr(purging, "_purge_some", dying)
        with pytest.raises(KeyboardInterrupt):
            done(LATER)
    cut = PurgeReport.objects.get()
    assert cut.finished_at is None
    assert cut.lines.get().erased == 1
    assert done(LATER).lines.get().erased == 5
    assert all(not type(row).objects.get(pk=row.pk).file for row in documents)


def test_a_file_that_no_row_knows_goes_after_a_day(stored, done):
    kept = accepted(valid_until=None)
    folder = stored / "pieces" / "ab" / "cd"
    folder.mkdir(parents=True)
    old, new = folder / "old.pdf", folder / "new.pdf"
    for file in (old, new):
        file.write_bytes(b"12345")
    long_ago = time.time() - 25 * 3600
    os.utime(old, (long_ago, long_ago))
    os.utime(stored / kept.file.name, (long_ago, long_ago))
    report = done(NOON)
    assert (report.orphans, report.orphan_bytes) == (1, 5)
    assert not old.exists()
    assert new.exists()
    assert (stored / kept.file.name).exists()
