"""How long data are kept: each period has its effect, is shown as it is applied, and can be rehearsed."""

import time
from datetime import datetime, timedelta
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.urls import reverse
from post_office.models import STATUS, Email

from accounts.models import User
from accounts.tests.factories import UserFactory
from castres_portal.base import retention
from castres_portal.base.clock import PARIS
from castres_portal.base.mail import queue_mail
from families.models import ActivationCode, FamilyRequest, Guardian, InactivityNotice, RetentionRun
from families.services.privacy import asking, inactivity, purging
from families.tests.factories import NOON, ActivationCodeFactory, GuardianFactory

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_every_category_has_a_period_and_every_period_a_category():
    assert retention.problems() == []


def test_every_category_names_a_function_that_exists():
    for category in retention.all_categories():
        assert callable(category.purge()), category.slug


@pytest.mark.parametrize(
    "setting, at, before, words",
    [
        ({"years": 2}, datetime(2026, 11, 19, 12, 6), datetime(2024, 11, 19, 12, 6), "2\u00a0ans"),
        ({"years": 1}, datetime(2028, 2, 29), datetime(2027, 2, 28), "1\u00a0an"),
        ({"months": 12}, datetime(2026, 11, 19), datetime(2025, 11, 19), "12\u00a0mois"),
        ({"months": 1}, datetime(2026, 3, 31), datetime(2026, 2, 28), "1\u00a0mois"),
        ({"months": 1}, datetime(2027, 1, 15), datetime(2026, 12, 15), "1\u00a0mois"),
        ({"days": 7}, datetime(2026, 3, 31, 8), datetime(2026, 3, 24, 8), "7\u00a0jours"),
    ],
)
def test_a_period_is_counted_on_the_calendar(settings, setting, at, before, words):
    settings.RETENTION = {**settings.RETENTION, "codes": setting}
    assert retention.limit("codes", at.replace(tzinfo=PARIS)) == before.replace(tzinfo=PARIS)
    assert next(row for row in retention.all_categories() if row.slug == "codes").duration == words


@pytest.mark.parametrize(
    "change, said",
    [
        ({"inconnu": {"days": 3}}, "ne correspond à aucune donnée"),
        ({"codes": {"weeks": 3}}, "illisible"),
        ({"codes": {"days": 0}}, "illisible"),
        ({"codes": {"days": 3, "years": 1}}, "illisible"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_at_start(settings, change, said):
    settings.RETENTION = {**settings.RETENTION, **change}
    assert any(said in problem for problem in retention.problems())


@pytest.mark.django_db
def test_the_page_says_each_category_as_it_is_applied(client, settings):
    settings.RETENTION = {**settings.RETENTION, "codes": {"months": 5}}
    page = client.get(reverse("families:personal_data")).content.decode()
    for category in retention.all_categories():
        assert category.label in page
        assert f"<strong>{category.duration}</strong> {category.starts}" in page
    assert "5\u00a0mois" in page
    for said in ("CNIL", "dpo@example.org", "démonstration"):
        assert said in page


# --- Effects ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_old_codes_old_journals_and_old_mails_go_and_the_others_stay():
    ActivationCodeFactory(expires_at=NOON - 366 * DAY, created_at=NOON - 400 * DAY, used=True)
    kept = ActivationCodeFactory(clear="BCDEFGHJKM", expires_at=NOON - 364 * DAY, created_at=NOON - 400 * DAY)
    for days in (366, 364):
        mail = queue_mail(
            "families/mail/already_registered", f"{days}@example.org", {"guardian": kept.guardian, "attach_url": "/"}
        )
        Email.objects.filter(pk=mail.pk).update(created=NOON - days * DAY, status=STATUS.sent)
    waiting = queue_mail(
        "families/mail/already_registered", "x@example.org", {"guardian": kept.guardian, "attach_url": "/"}
    )
    Email.objects.filter(pk=waiting.pk).update(created=NOON - 400 * DAY)
    LogEntry.objects.update(timestamp=NOON - 366 * DAY)

    rehearsal = purging.run_purges(at=NOON, dry_run=True)
    assert ActivationCode.objects.count() == 2
    assert Email.objects.count() == 3
    run = purging.run_purges(at=NOON, dry_run=False)

    assert {line["slug"]: line["count"] for line in rehearsal.lines} == {
        line["slug"]: line["count"] for line in run.lines
    }
    assert list(ActivationCode.objects.all()) == [kept]
    assert {email.to[0] for email in Email.objects.all()} == {"364@example.org", "x@example.org"}
    assert not LogEntry.objects.filter(timestamp__lt=NOON - 365 * DAY).exists()


@pytest.mark.django_db
def test_answered_requests_about_data_go_after_six_years():
    from uuid import uuid4

    guardian = GuardianFactory()
    old, new, waiting = (
        asking.ask_right(guardian=guardian, right="acces", body="Oui", submission=uuid4(), at=NOON) for _ in range(3)
    )
    FamilyRequest.objects.filter(pk=old.pk).update(status="traitee", decided_at=NOON.replace(year=2020) - DAY)
    FamilyRequest.objects.filter(pk=new.pk).update(status="traitee", decided_at=NOON.replace(year=2020) + DAY)
    assert purging.purge_rights(NOON, False) == 1
    assert set(FamilyRequest.objects.all()) == {new, waiting}


@pytest.mark.django_db
def test_a_purge_that_fails_is_said_and_the_others_go_on(monkeypatch):
    def fails(at, dry_run):
        raise RuntimeError("panne")

    monkeypatch.setattr("families.services.privacy.purging.purge_codes", fails)
    LogEntry.objects.all().delete()
    run = purging.run_purges(at=NOON, dry_run=True)
    assert {line["slug"] for line in run.lines if line["failed"]} == {"codes"}
    assert len(run.lines) == len([category for category in retention.all_categories() if category.nightly])


@pytest.mark.django_db
def test_the_command_rehearses_and_says_what_it_found():
    ActivationCodeFactory(expires_at=NOON - 366 * DAY, created_at=NOON - 400 * DAY)
    said = StringIO()
    call_command("purge_personal_data", "--dry-run", stdout=said)
    assert "Simulation" in said.getvalue()
    assert "Codes d’activation : 1" in said.getvalue()
    assert ActivationCode.objects.count() == 1
    assert RetentionRun.objects.get().dry_run


@pytest.mark.django_db
def test_an_agent_reads_what_the_purges_found(client):
    run = purging.run_purges(at=NOON, dry_run=True)
    client.force_login(UserFactory(administrator=True))
    page = client.get(f"/admin/families/retentionrun/{run.pk}/change/").content.decode()
    assert "Codes d’activation : 0" in page


# --- Accounts that nobody uses ----------------------------------------------------------------------------------------


def unused(days: int) -> Guardian:
    """Make a parent whose last sign-in was so many days before NOON."""
    guardian = GuardianFactory(with_space=True)
    User.objects.filter(pk=guardian.user_id).update(signed_in_at=NOON - days * DAY, date_joined=NOON - 2000 * DAY)
    return guardian


@pytest.mark.django_db
def test_an_unused_account_is_told_a_month_before_once_and_then_closed():
    sleeper, recent = unused(731 - 30), unused(600)
    assert inactivity.tell_inactive_accounts(at=NOON) == 1
    assert inactivity.tell_inactive_accounts(at=NOON + DAY) == 0
    mail = Email.objects.get()
    assert mail.to == [sleeper.user.email]
    assert "19/12/2026" in mail.subject
    assert inactivity.close_inactive_accounts(NOON + 29 * DAY, False) == 0
    assert inactivity.close_inactive_accounts(NOON + 31 * DAY, True) == 1
    assert inactivity.close_inactive_accounts(NOON + 31 * DAY, False) == 1
    sleeper.refresh_from_db()
    assert sleeper.user is None
    assert sleeper.last_name == "Martin"  # the household's file stays, a new code opens it again
    assert not User.objects.filter(is_active=False, email__startswith="parent").exists()
    recent.user.refresh_from_db()
    assert recent.user.is_active


@pytest.mark.django_db
def test_who_comes_back_after_the_notice_keeps_her_account():
    sleeper = unused(720)
    inactivity.tell_inactive_accounts(at=NOON)
    User.objects.filter(pk=sleeper.user_id).update(signed_in_at=NOON + DAY)
    assert inactivity.close_inactive_accounts(NOON + 60 * DAY, False) == 0
    # Two years later she is told again.
    assert inactivity.tell_inactive_accounts(at=NOON + 720 * DAY) == 1


@pytest.mark.django_db
def test_nobody_is_closed_without_having_been_told():
    unused(1500)
    assert inactivity.close_inactive_accounts(NOON, False) == 0
    assert not InactivityNotice.objects.exists()


@pytest.mark.django_db
def test_agents_accounts_are_left_to_the_administrators():
    User.objects.filter(pk=UserFactory(agent=True).pk).update(signed_in_at=NOON - 1500 * DAY)
    assert inactivity.tell_inactive_accounts(at=NOON) == 0
