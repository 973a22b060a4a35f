"""A quotient declared, accepted, refused; and told of before it ends."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base.errors import Refusal
from families import quotient_changes
from families.models import QuotientRecord, QuotientReminder
from families.services.quotients import declare_quotient, tell_households_of_endings
from families.services.requests import accept_request, refuse_request, withdraw_request
from families.tests.factories import NOON, FamilyFactory, GuardianFactory, QuotientRecordFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOVEMBER = date(2026, 11, 1)
GIVEN = {
    "value": 845, "month": NOVEMBER, "source": "caf", "starts_on": NOVEMBER, "ends_on": date(2027, 10, 31),
}  # fmt: skip


@pytest.fixture
def claire(db):
    return GuardianFactory(with_space=True)


@pytest.fixture
def agent(db):
    return UserFactory(agent=True, role=AGENTS)


@pytest.fixture
def changes(monkeypatch):
    heard = []
    monkeypatch.setattr(quotient_changes, "_listeners", [heard.append])
    return heard


def declare(claire, value=845):
    return declare_quotient(
        family=claire.family, guardian=claire, by=claire.user, value=value, month=NOVEMBER, source="caf", at=NOON
    )


def accept(request, agent, words="", **changes):
    return accept_request(request=request, by=agent, words=words, at=NOON, answers=GIVEN | changes)


def test_a_declaration_changes_nothing_before_an_agent_reads_it(claire):
    request = declare(claire)
    assert (request.status, request.silence) == ("recue", "rejet")
    assert request.summary == "Quotient familial de 845 € (novembre 2026)"
    assert not QuotientRecord.objects.exists()


def test_accepted_it_holds_and_the_one_before_ends(claire, agent, changes):
    before = QuotientRecordFactory(family=claire.family, value=612)
    request = declare(claire)
    accept(request, agent)
    before.refresh_from_db()
    record = QuotientRecord.objects.get(value=845)
    assert before.ends_on == date(2026, 10, 31)
    assert (record.starts_on, record.ends_on, record.request, record.obtained_at) == (
        NOVEMBER, date(2027, 10, 31), request, NOON,
    )  # fmt: skip
    assert request.number in record.proof
    assert [(change.family, change.from_day) for change in changes] == [(claire.family, NOVEMBER)]


def test_an_agent_who_changes_the_value_says_why(claire, agent):
    request = declare(claire)
    with pytest.raises(Refusal, match="dites-lui pourquoi"):
        accept(request, agent, value=945)
    assert not QuotientRecord.objects.exists()
    accept(request, agent, words="L’attestation dit 945.", value=945)
    assert QuotientRecord.objects.get().value == 945


def test_a_period_that_runs_into_a_later_one_is_refused_whole(claire, agent):
    QuotientRecordFactory(family=claire.family, starts_on=date(2027, 1, 1))
    request = declare(claire)
    with pytest.raises(Refusal, match="1er janvier 2027"):
        accept(request, agent)
    request.refresh_from_db()
    assert request.status == "recue"
    accept(request, agent, ends_on=date(2026, 12, 31))
    assert QuotientRecord.objects.count() == 2


def test_refused_it_changes_nothing(claire, agent, changes):
    request = declare(claire)
    refuse_request(request=request, by=agent, words="L’attestation manque.", at=NOON)
    assert not QuotientRecord.objects.exists()
    assert changes == []


def test_one_declaration_waits_at_a_time(claire, agent):
    first = declare(claire)
    with pytest.raises(Refusal, match="attend déjà"):
        declare(claire, 900)
    withdraw_request(request=first, by=claire.user, at=NOON)
    declare(claire, 900)


def test_another_household_s_declaration_is_no_hindrance(claire):
    declare(claire)
    declare(GuardianFactory(with_space=True))


def test_the_database_itself_refuses_two_quotients_for_one_day(claire):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no exclusion: the services hold the line there")
    QuotientRecordFactory(family=claire.family, starts_on=date(2026, 9, 1), ends_on=date(2026, 11, 1))
    QuotientRecordFactory(family=FamilyFactory(), starts_on=NOVEMBER)
    with pytest.raises(IntegrityError, match="quotients_never_overlap"), transaction.atomic():
        QuotientRecordFactory(family=claire.family, starts_on=NOVEMBER)
    QuotientRecordFactory(family=claire.family, starts_on=date(2026, 11, 2))


# --- Each night -------------------------------------------------------------------------------------------------------

END = date(2026, 12, 30)


def night(day):
    return tell_households_of_endings(today=day, at=NOON)


@pytest.fixture
def ending(claire):
    return QuotientRecordFactory(family=claire.family, ends_on=END)


def test_a_household_is_told_30_15_and_1_days_before_once_each(ending, claire):
    told = [day for day in (END - timedelta(days=left) for left in range(40, -10, -1)) if night(day)]
    assert told == [END - timedelta(days=left) for left in (30, 15, 1)]
    assert [mail.to for mail in Email.objects.all()] == [[claire.mail_address]] * 3
    assert "30 décembre 2026" in Email.objects.first().message
    assert "tarif le plus élevé" in Email.objects.first().message


def test_running_twice_says_it_once(ending):
    assert [night(END - timedelta(days=30)) for _ in range(3)] == [1, 0, 0]


def test_nights_that_were_skipped_miss_nobody(ending):
    assert night(END - timedelta(days=12)) == 1
    assert set(QuotientReminder.objects.values_list("days", flat=True)) == {30, 15}
    assert night(END + timedelta(days=3)) == 1
    assert "n’est plus à jour" in Email.objects.order_by("pk").last().subject


def test_an_end_that_an_agent_moves_is_told_again(ending):
    night(END - timedelta(days=1))
    ending.ends_on = END + timedelta(days=60)
    ending.save()
    assert night(END + timedelta(days=30)) == 1


def test_a_quotient_that_another_follows_is_not_an_end(ending, claire):
    QuotientRecordFactory(family=claire.family, starts_on=END + timedelta(days=1))
    assert night(END - timedelta(days=1)) == 0


def test_a_quotient_that_another_follows_later_is_one(ending, claire):
    QuotientRecordFactory(family=claire.family, starts_on=END + timedelta(days=5))
    assert night(END - timedelta(days=1)) == 1


def test_a_quotient_without_end_is_never_announced(claire):
    QuotientRecordFactory(family=claire.family)
    assert night(END) == 0


def test_both_guardians_are_told_and_another_household_is_not(ending, claire):
    paul = GuardianFactory(family=claire.family, other_parent=True, with_space=True)
    GuardianFactory(with_space=True)
    night(END - timedelta(days=1))
    assert {mail.to[0] for mail in Email.objects.all()} == {claire.mail_address, paul.mail_address}


def test_a_declaration_that_waits_is_said_in_the_mail(ending, claire):
    request = declare(claire)
    night(END - timedelta(days=1))
    assert request.number in Email.objects.order_by("pk").last().message
