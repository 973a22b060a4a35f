"""Limited rights: what an agent decides about a guardian, and what follows."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.tests.factories import UserFactory
from castres_portal.base.errors import Refusal
from families.models import ActivationCode, Guardian, RightsChange
from families.queries.households import guardianships_of, mail_recipients, mail_recipients_of_child
from families.services import activation, rights
from families.services.requests import record_request
from families.tests.factories import NOON, ActivationCodeFactory, FamilyFactory, GuardianFactory

pytestmark = pytest.mark.django_db
READ_ONLY, EXCLUDED, FULL = Guardian.Rights.READ_ONLY, Guardian.Rights.EXCLUDED, Guardian.Rights.FULL


@pytest.fixture
def paul(martins):
    """The other parent of the Martins, with his space."""
    return GuardianFactory(family=martins.family, other_parent=True, with_space=True)


def limit(guardian, to, reason="Jugement du 3 novembre 2026", until=None, at=NOON):
    agent = UserFactory(agent=True)
    change = rights.limit_rights(guardian=guardian, rights=to, reason=reason, until=until, by=agent, at=at)
    guardian.refresh_from_db()
    return change


def test_a_decision_keeps_who_when_why_and_until_when(paul):
    change = limit(paul, READ_ONLY, until=date(2027, 6, 30))
    assert (paul.rights, paul.rights_until) == (READ_ONLY, date(2027, 6, 30))
    assert (change.reason, change.until, change.at) == ("Jugement du 3 novembre 2026", date(2027, 6, 30), NOON)
    assert change.by.is_staff


def test_giving_the_rights_back_is_a_decision_too_and_the_history_stays(paul):
    limit(paul, EXCLUDED)
    limit(paul, FULL, reason="Mainlevée", until=date(2027, 6, 30))
    assert (paul.rights, paul.rights_until) == (FULL, None)
    assert [change.reason for change in paul.rights_changes.order_by("pk")] == [
        "Jugement du 3 novembre 2026",
        "Mainlevée",
    ]
    with pytest.raises(ProtectedError):
        paul.delete()


@pytest.mark.parametrize(
    "to, reason, until, words",
    [
        (READ_ONLY, "  ", None, "motif"),
        (READ_ONLY, "Jugement", date(2026, 11, 18), "est passé"),
        (FULL, "Rien", None, "rien n’a changé"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(paul, to, reason, until, words):
    with pytest.raises(Refusal, match=words):
        limit(paul, to, reason, until)
    paul.refresh_from_db()
    assert paul.rights == FULL
    assert not RightsChange.objects.exists()


def test_today_is_the_first_day_that_may_be_the_last(paul):
    assert limit(paul, READ_ONLY, until=NOON.date()).until == NOON.date()


def test_who_receives_the_invoices_is_not_excluded(martins):
    with pytest.raises(Refusal, match="autre responsable payeur"):
        limit(martins.guardian, EXCLUDED)
    assert limit(martins.guardian, READ_ONLY)


@pytest.mark.parametrize(
    "name, break_it",
    [
        ("payer_is_not_excluded", lambda g: Guardian.objects.filter(pk=g.pk).update(pays=True, rights="excluded")),
        ("rights_change_has_reason", lambda g: g.rights_changes.create(rights="excluded", reason="", at=NOON)),
        (
            "full_rights_have_no_end",
            lambda g: g.rights_changes.create(rights="full", reason="x", at=NOON, until=NOON.date()),
        ),
    ],
)
def test_the_database_holds_the_line(name, break_it):
    guardian = GuardianFactory(other_parent=True)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        break_it(guardian)


# --- The end of a limit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days_after, ended", [(0, 0), (1, 1), (2, 1)])
def test_a_limit_holds_on_its_last_day_and_ends_the_next(paul, days_after, ended):
    limit(paul, READ_ONLY, until=date(2026, 12, 1), at=NOON)
    at = NOON.replace(month=12, day=1, hour=0, minute=1) + timedelta(days=days_after)
    assert rights.end_limits(at=at) == ended
    paul.refresh_from_db()
    assert paul.rights == (FULL if ended else READ_ONLY)
    assert rights.end_limits(at=at) == 0
    assert paul.rights_changes.count() == 1 + ended


# --- Excluded ---------------------------------------------------------------------------------------------------------


def test_for_an_excluded_guardian_the_household_is_not_there_and_her_others_are(paul):
    elsewhere = GuardianFactory(family=FamilyFactory(name="Ailleurs"), user=paul.user)
    limit(paul, EXCLUDED)
    assert guardianships_of(paul.user) == [elsewhere]


def test_an_excluded_guardian_is_written_to_about_nothing(martins, paul):
    assert paul in mail_recipients(martins.family)
    assert paul in mail_recipients_of_child(martins.child)
    limit(paul, EXCLUDED)
    assert paul not in mail_recipients(martins.family)
    assert paul not in mail_recipients_of_child(martins.child)
    assert paul.mail_address == ""


def test_who_may_only_read_is_still_told(martins, paul):
    limit(paul, READ_ONLY)
    assert paul in mail_recipients(martins.family)


def test_no_code_opens_a_household_to_who_is_excluded_from_it(martins):
    paul = GuardianFactory(family=martins.family, other_parent=True, email="paul@example.org")
    code = ActivationCodeFactory(guardian=paul)
    limit(paul, EXCLUDED)
    with pytest.raises(activation.CodeRefused):
        activation.check_code(text="ACDEFGHJKM", birth_date=martins.child.birth_date, at=NOON)
    with pytest.raises(Refusal, match="exclu"):
        activation.make_activation_code(guardian=paul, by=None, channel=ActivationCode.Channel.MAIL, at=NOON)
    limit(paul, FULL)
    assert activation.check_code(text="ACDEFGHJKM", birth_date=martins.child.birth_date, at=NOON) == code


# --- The services -----------------------------------------------------------------------------------------------------


def ask(guardian, user, kind):
    return record_request(
        kind=kind.slug, family=guardian.family, guardian=guardian, entered_by=user, summary="x", status="recue", at=NOON
    )


def test_a_guardian_who_may_only_read_asks_for_nothing(paul, trial_kind):
    limit(paul, READ_ONLY)
    with pytest.raises(rights.MayOnlyRead):
        ask(paul, paul.user, trial_kind)
    assert ask(paul, UserFactory(agent=True), trial_kind)  # an agent acts for him
    limit(paul, FULL)
    assert ask(paul, paul.user, trial_kind)


# --- The address of the account ---------------------------------------------------------------------------------------


def test_the_guardian_follows_the_confirmed_address_of_her_account(paul):
    elsewhere = GuardianFactory(user=paul.user, email="vieille@example.org")
    paul.user.email = "nouvelle@example.org"
    paul.user.save()
    assert set(Guardian.objects.filter(user=paul.user).values_list("email", flat=True)) == {"nouvelle@example.org"}
    assert elsewhere.pk != paul.pk


def test_an_address_typed_by_an_agent_stays_until_the_account_changes(paul):
    Guardian.objects.filter(pk=paul.pk).update(email="guichet@example.org")
    paul.user.save(update_fields=["signed_in_at"])
    paul.refresh_from_db()
    assert paul.email == "guichet@example.org"
