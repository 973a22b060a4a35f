"""Telling of a child's health, reading it, and what is left when it is over."""

import re
from datetime import date, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import IntegrityError, transaction
from post_office.models import Email

from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.models import (
    FamilyRequest,
    HealthAuthorisation,
    HealthChange,
    HealthErasure,
    HealthPlan,
    HealthRecord,
    Reading,
)
from families.queries.health import export_of, sheet_of
from families.queries.readings import readings_of
from families.rules.health import HealthSheet
from families.school_years import SchoolYearSpan
from families.services import health
from families.services.access_log import record_reading
from families.services.health_erasure import erase_unconfirmed_sheets
from families.services.privacy.purging import purge_readings
from families.services.requests import accept_request, refuse_request, withdraw_request
from families.tests.factories import (
    NOON,
    HealthRecordFactory,
)
from families.tests.health_words import NO, TODAY, TOLD, WORDS, YES, propose, tell
from families.tests.test_nothing_in_clear import whole_database

pytestmark = pytest.mark.django_db
YEARS = [
    SchoolYearSpan("2025-2026", date(2025, 9, 1), date(2026, 7, 3)),
    SchoolYearSpan("2026-2027", date(2026, 9, 1), date(2027, 7, 2)),
]


# --- The sheet --------------------------------------------------------------------------------------------------------


def test_what_one_parent_tells_both_parents_read(zoe, anne, hugo):
    tell(zoe, anne)
    sheet = sheet_of(zoe, today=TODAY)
    assert sheet.content == TOLD
    assert sheet.changes[0].by == "Anne PETIT"
    assert ("Allergies alimentaires", "Non renseigné", "Arachides") in sheet.changes[0].answers


def test_both_parents_are_told_that_it_changed_and_never_what(zoe, anne, hugo):
    tell(zoe, anne)
    mails = {mail.to[0]: mail for mail in Email.objects.all()}
    assert set(mails) == {anne.mail_address, hugo.mail_address}
    for mail in mails.values():
        assert mail.subject == "La fiche de Zoé a changé"
        assert not WORDS.search(mail.subject + mail.message + mail.html_message)
    assert "Modifiée par Anne PETIT" in mails[hugo.mail_address].message
    assert "Vous avez modifié" in mails[anne.mail_address].message


def test_nothing_told_is_in_clear_anywhere_in_the_database(zoe, anne, hugo, helene):
    tell(zoe, anne)
    tell(zoe, hugo, HealthSheet(drug="amoxicilline"), version=1)
    propose(zoe, anne)
    health.open_sheet(child=zoe, by=helene, at=NOON)
    everything = whole_database()
    assert "Fiche sanitaire de Zoé" in everything  # the search reads what is there
    for word in ("arachides", "pénicilline", "amoxicilline", "Mercier", "adrénaline"):
        assert word not in everything


def test_saying_the_same_twice_changes_nothing(zoe, anne):
    tell(zoe, anne)
    tell(zoe, anne, version=0)
    assert HealthRecord.objects.get().version == 1
    assert HealthChange.objects.count() == 1
    assert Email.objects.count() == 1


def test_a_form_shown_before_someone_else_s_change_loses_nothing(zoe, anne, hugo):
    tell(zoe, anne)
    with pytest.raises(health.SheetMoved) as moved:
        tell(zoe, hugo, HealthSheet(drug="latex", doctor_name="Docteur Roux"), version=0)
    assert "Anne PETIT" in moved.value.message
    assert moved.value.version == 1
    assert moved.value.sheet.food == ("arachides",)  # hers, which he had not touched
    assert moved.value.sheet.drug == "latex"  # his, as he typed it
    assert [conflict.name for conflict in moved.value.conflicts] == ["drug", "doctor_name"]
    assert sheet_of(zoe, today=TODAY).content == TOLD  # nothing was written
    tell(zoe, hugo, moved.value.sheet, version=1)
    assert sheet_of(zoe, today=TODAY).content.food == ("arachides",)


def test_confirming_needs_the_sheet_that_was_read(zoe, anne, hugo):
    tell(zoe, anne, at=NOON - timedelta(days=300))
    with pytest.raises(Refusal):
        health.confirm_sheet(child=zoe, guardian=hugo, version=0, at=NOON)
    record = health.confirm_sheet(child=zoe, guardian=hugo, version=1, at=NOON)
    assert (record.confirmed_at, record.confirmed_by) == (NOON, hugo)
    assert Email.objects.count() == 2  # the change of before; confirming tells nobody anything new


def test_two_changes_cannot_bear_one_number(zoe, anne):
    record = tell(zoe, anne)
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthChange.objects.create(record=record, version=1, at=NOON, before={}, after={})


def test_an_export_holds_the_child_s_sheet(zoe, anne, hugo):
    tell(zoe, anne)
    assert export_of(zoe, today=TODAY)["fiche"]["Allergies alimentaires"] == "Arachides"


# --- Authorisations ---------------------------------------------------------------------------------------------------


def test_parents_who_disagree_leave_the_more_protective_answer(zoe, anne, hugo):
    health.answer_authorisations(child=zoe, guardian=anne, answers=YES, at=NOON)
    known = sheet_of(zoe, today=TODAY).authorisations
    assert not known.verdicts.image.allowed  # Hugo has not answered
    assert known.awaited == [hugo]
    health.answer_authorisations(child=zoe, guardian=hugo, answers=NO, at=NOON)
    known = sheet_of(zoe, today=TODAY).authorisations
    assert not known.verdicts.image.allowed
    assert not known.verdicts.alone.allowed
    assert known.verdicts.hospital.allowed
    assert known.verdicts.disagree
    assert known.of(anne) == YES
    assert HealthAuthorisation.objects.count() == 2
    assert Email.objects.count() == 4  # both told, twice


def test_changing_one_s_mind_replaces_one_s_own_answer(zoe, anne):
    for answers in (YES, NO, NO):
        health.answer_authorisations(child=zoe, guardian=anne, answers=answers, at=NOON)
    assert HealthAuthorisation.objects.get().answers["image"] is False
    assert Email.objects.count() == 2  # the third changed nothing


def test_a_guardian_whom_an_agent_excluded_no_longer_counts(zoe, anne, hugo):
    health.answer_authorisations(child=zoe, guardian=anne, answers=YES, at=NOON)
    health.answer_authorisations(child=zoe, guardian=hugo, answers=NO, at=NOON)
    type(hugo).objects.filter(pk=hugo.pk).update(rights="excluded", pays=False)
    known = sheet_of(zoe, today=TODAY).authorisations
    assert known.verdicts.image.allowed
    assert known.awaited == []


def test_a_guardian_who_may_only_read_changes_nothing(zoe, anne):
    anne.rights = "read_only"
    with pytest.raises(Refusal):
        tell(zoe, anne)
    with pytest.raises(Refusal):
        health.answer_authorisations(child=zoe, guardian=anne, answers=YES, at=NOON)
    assert not HealthRecord.objects.exists()


# --- PAI --------------------------------------------------------------------------------------------------------------


def test_a_plan_holds_once_an_agent_accepts_it(zoe, anne, hugo, helene):
    asked = propose(zoe, anne)
    sheet = sheet_of(zoe, today=TODAY)
    assert sheet.plan is None
    assert sheet.asked_plan.needs.startswith("Stylo")
    accept_request(request=asked, by=helene, words="", at=NOON + timedelta(days=1))
    sheet = sheet_of(zoe, today=TODAY)
    assert (sheet.plan.basket_meal, sheet.plan.valid_until, sheet.asked_plan) == (True, date(2027, 7, 2), None)
    again = propose(zoe, hugo, NOON + timedelta(days=2))
    accept_request(request=again, by=helene, words="", at=NOON + timedelta(days=3))
    states = list(HealthPlan.objects.order_by("proposed_at").values_list("state", flat=True))
    assert states == ["termine", "valide"]


def test_a_plan_that_is_refused_or_taken_back_leaves_things_as_they_were(zoe, anne, helene):
    refuse_request(request=propose(zoe, anne), by=helene, words="Le protocole n’est pas signé.", at=NOON)
    asked = propose(zoe, anne)
    withdraw_request(request=asked, by=anne.user, at=NOON)
    assert sheet_of(zoe, today=TODAY).plan is None
    assert set(HealthPlan.objects.values_list("state", flat=True)) == {"refuse", "termine"}
    propose(zoe, anne)  # a third may be proposed


def test_one_plan_waits_at_a_time_whoever_asks(zoe, anne, hugo):
    propose(zoe, anne)
    with pytest.raises(Refusal, match="attend déjà"):
        propose(zoe, hugo)
    assert FamilyRequest.objects.count() == 1


def test_no_mail_about_a_plan_says_that_there_is_one(zoe, anne, hugo, helene):
    asked = propose(zoe, anne)
    accept_request(request=asked, by=helene, words="C’est en place.", at=NOON)
    mails = list(Email.objects.all())
    assert {mail.to[0] for mail in mails} == {anne.mail_address, hugo.mail_address}
    for mail in mails:
        assert not re.search(r"\bPAI\b|individualis|adrénaline", mail.subject + mail.message + mail.html_message)


def test_a_plan_that_is_over_says_so(zoe, anne, helene):
    accept_request(request=propose(zoe, anne), by=helene, words="", at=NOON)
    assert sheet_of(zoe, today=date(2027, 7, 2)).plan.over is False
    assert sheet_of(zoe, today=date(2027, 7, 3)).plan.over is True


# --- Who read it ------------------------------------------------------------------------------------------------------


def test_an_agent_who_opens_a_sheet_leaves_a_trace_that_both_households_see(zoe, anne, hugo, helene):
    tell(zoe, anne)
    opened = health.open_sheet(child=zoe, by=helene, at=NOON)
    assert opened.sheet.content == TOLD
    for guardian in (anne, hugo):
        reading = readings_of(guardian.family).get()
        assert (reading.subject, reading.at) == ("Fiche sanitaire de Zoé", NOON)
        assert reading.reader_shown == "Espace Famille – agent, H. F."
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert (entry.actor, entry.object_repr, entry.timestamp) == (helene, str(zoe), NOON)


def test_without_the_trace_nothing_is_read(zoe, anne, helene, monkeypatch):
    tell(zoe, anne)

    def broken(**kwargs):
        raise RuntimeError("le journal est plein")

    read = []
    monkeypatch.setattr(health, "record_reading", broken)
    monkeypatch.setattr(health, "sheet_for_agent", lambda *args, **kwargs: read.append(args))
    with pytest.raises(RuntimeError):
        health.open_sheet(child=zoe, by=helene, at=NOON)
    assert read == []


def test_a_household_s_own_document_is_seen_by_that_household_only(zoe, anne, hugo, helene):
    record_reading(by=helene, subject="Attestation CAF", family=anne.family, at=NOON)
    assert [reading.subject for reading in readings_of(anne.family)] == ["Attestation CAF"]
    assert list(readings_of(hugo.family)) == []


def test_a_reading_is_of_a_child_or_of_a_household(zoe, anne, helene):
    with pytest.raises(ValueError, match="a child or of a household"):
        record_reading(by=helene, subject="Rien", at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.create(at=NOON, reader=helene, reader_shown="x", subject="x", child=zoe, family=anne.family)


# --- When the school year is over -------------------------------------------------------------------------------------

SEPTEMBER = datetime(2026, 9, 1, 3, 40, tzinfo=PARIS)


def erase(at=SEPTEMBER, **options):
    return erase_unconfirmed_sheets(years=YEARS, today=at.date(), at=at, **options)


def test_a_sheet_that_was_not_confirmed_is_erased_sixty_days_after_class(zoe, anne, helene):
    spring = datetime(2026, 3, 2, 9, 0, tzinfo=PARIS)
    tell(zoe, anne, at=spring)
    health.answer_authorisations(child=zoe, guardian=anne, answers=YES, at=spring)
    accept_request(request=propose(zoe, anne, spring), by=helene, words="", at=spring)
    health.open_sheet(child=zoe, by=helene, at=spring)
    kept = HealthRecordFactory(confirmed_at=datetime(2026, 5, 1, 8, 0, tzinfo=PARIS))

    assert erase(at=datetime(2026, 8, 31, 3, 40, tzinfo=PARIS)).children == []
    assert erase(dry_run=True).children == [zoe.pk]
    assert HealthRecord.objects.count() == 2
    assert erase().children == [zoe.pk]

    assert list(HealthRecord.objects.all()) == [kept]
    for model in (HealthChange, HealthAuthorisation, HealthPlan):
        assert not model.objects.exists(), model
    assert Reading.objects.count() == 1
    assert (HealthErasure.objects.get().count, HealthErasure.objects.get().school_year) == (1, "2025-2026")
    assert erase().children == []  # the next night finds nothing


def test_the_command_says_what_it_would_erase(zoe, monkeypatch, capsys, settings):
    from families.management.commands import erase_health_sheets

    monkeypatch.setattr(erase_health_sheets, "school_years", lambda: YEARS)
    HealthRecordFactory(child=zoe, before_the_spring=True)
    call_command("erase_health_sheets", "--dry-run")
    assert f"Année 2025-2026, fiches à effacer : 1.\nEnfants n° {zoe.pk}." in capsys.readouterr().out
    assert HealthRecord.objects.count() == 1


def test_the_night_erases(zoe, monkeypatch):
    from families import tasks

    monkeypatch.setattr(tasks, "school_years", lambda: YEARS)
    HealthRecordFactory(child=zoe, before_the_spring=True)
    tasks.erase_health_sheets()
    assert not HealthRecord.objects.exists()


def test_readings_are_forgotten_after_a_year(zoe, anne, helene):
    record_reading(by=helene, subject="Fiche sanitaire de Zoé", child=zoe, at=NOON - timedelta(days=366))
    kept = record_reading(by=helene, subject="Fiche sanitaire de Zoé", child=zoe, at=NOON - timedelta(days=364))
    assert purge_readings(NOON, dry_run=True) == 1
    assert Reading.objects.count() == 2
    assert purge_readings(NOON, dry_run=False) == 1
    assert Reading.objects.get() == kept
