"""Accepting a règlement on line, being told that it changed, and knowing who has not accepted."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from documents import concerned, tasks
from documents.models import RegulationAcceptance, RegulationNotice
from documents.queries.regulations import awaited_households, versions_to_accept
from documents.services.regulations import accept_online, announce_new_versions
from documents.tests.factories import RegulationAcceptanceFactory, RegulationFactory, RegulationVersionFactory
from families.certification import sections
from families.models import Family
from families.tests.factories import NOON, GuardianFactory

pytestmark = pytest.mark.django_db
PAGE = "/documents/reglements/"
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def canteen(db):
    """Its first version is old, its second came into force last week, its third comes in January."""
    regulation = RegulationFactory(slug="restauration")
    RegulationVersionFactory(regulation=regulation)
    RegulationVersionFactory(
        regulation=regulation, number=2, in_force_on=TODAY - timedelta(days=7), body="# Délais\nSept jours."
    )
    RegulationVersionFactory(regulation=regulation, number=3, in_force_on=date(2027, 1, 1))
    return regulation


@pytest.fixture
def users(monkeypatch, canteen):
    """The households whose children eat at the canteen; add to the list."""
    found = []
    source = concerned.Source(
        of_family=lambda family, today: {canteen.pk: ["Restauration scolaire (Léa)"]} if family.pk in found else {},
        households=lambda today: pairs(canteen, found),
    )
    monkeypatch.setattr(concerned, "_sources", [source])
    return found


def pairs(regulation, ids):
    from django.db.models import F, IntegerField, Value

    rows = Family.objects.filter(pk__in=ids)
    return rows.annotate(regulation=Value(regulation.pk, IntegerField()), household=F("pk")).values(
        "regulation", "household"
    )


@pytest.fixture
def claire(users):
    guardian = GuardianFactory(with_space=True)
    users.append(guardian.family_id)
    return guardian


@pytest.fixture
def paul(claire):
    return GuardianFactory(family=claire.family, other_parent=True, with_space=True)


def version(canteen, number=2):
    return canteen.versions.get(number=number)


def accept(canteen, guardian):
    return accept_online(version=version(canteen), guardian=guardian, at=NOON)


def test_a_new_version_is_read_and_accepted_on_the_page(client, claire, canteen):
    RegulationAcceptanceFactory(version=version(canteen, 1), guardian=claire)
    client.force_login(claire.user)
    html = client.get(PAGE).content.decode()
    assert "À lire et à accepter" in html
    assert "Concerne : Restauration scolaire (Léa)." in html
    assert "Version 1 acceptée le" in html
    path = f"{PAGE}restauration/2/accepter/"
    assert path in html
    assert "<h2>Délais</h2>" in client.get(path).content.decode()
    assert client.post(path, {"accepted": "on"})["Location"] == PAGE
    html = client.get(PAGE).content.decode()
    assert "Version 2 acceptée le 19/11/2026 à 12:06" in html
    assert "par Madame Claire MARTIN" in html
    assert "À lire et à accepter" not in html


def test_the_box_must_be_ticked(client, claire, canteen):
    client.force_login(claire.user)
    html = client.post(f"{PAGE}restauration/2/accepter/").content.decode()
    assert "Cochez cette case pour accepter le règlement." in html
    assert not RegulationAcceptance.objects.exists()


def test_one_guardian_is_enough_and_the_other_may_accept_too(client, claire, paul, canteen):
    accept(canteen, claire)
    assert versions_to_accept(claire.family, TODAY) == []
    client.force_login(paul.user)
    html = client.get(f"{PAGE}restauration/2/accepter/").content.decode()
    assert "cela suffit pour le foyer" in html
    assert "Vous pouvez l’accepter aussi." in html
    client.post(f"{PAGE}restauration/2/accepter/", {"accepted": "on"})
    client.post(f"{PAGE}restauration/2/accepter/", {"accepted": "on"})  # a double click
    assert RegulationAcceptance.objects.filter(version=version(canteen)).count() == 2
    assert "Accepter le règlement" not in client.get(f"{PAGE}restauration/2/accepter/").content.decode()


@pytest.mark.parametrize("number", [1, 3, 9])
def test_only_the_version_in_force_is_accepted(client, claire, canteen, number):
    client.force_login(claire.user)
    response = client.post(f"{PAGE}restauration/{number}/accepter/", {"accepted": "on"})
    assert response["Location"] == f"{PAGE}restauration/2/accepter/"
    assert not RegulationAcceptance.objects.exists()
    if number != 9:
        with pytest.raises(Refusal, match="a changé"):
            accept_online(version=version(canteen, number), guardian=claire, at=NOON)


def test_a_reglement_that_does_not_concern_the_household_is_not_listed(client, users, canteen):
    stranger = GuardianFactory(with_space=True)
    client.force_login(stranger.user)
    assert "Aucun règlement à accepter" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}restauration/2/accepter/").status_code == 404
    with pytest.raises(Refusal, match="ne concerne pas"):
        accept(canteen, stranger)


def test_the_list_costs_the_same_with_one_acceptance_and_with_six(client, claire, canteen, django_assert_num_queries):
    client.force_login(claire.user)
    accept(canteen, claire)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _ in range(5):
        RegulationAcceptanceFactory(
            version=version(canteen), guardian=GuardianFactory(family=claire.family, pays=False)
        )
    with django_assert_num_queries(len(one)):
        client.get(PAGE)


# --- Told once --------------------------------------------------------------------------------------------------------


def announce():
    return announce_new_versions(today=TODAY, at=NOON)


def test_households_concerned_are_told_once_in_bulk(claire, paul, users, canteen):
    done = GuardianFactory(with_space=True, family__name="Durand")
    users.append(done.family_id)
    accept(canteen, done)
    assert announce() == 1
    assert announce() == 0
    mails = list(Email.objects.all())
    assert {mail.to[0] for mail in mails} == {claire.mail_address, paul.mail_address}
    assert mails[0].subject == "Règlement de la restauration scolaire : une nouvelle version est à lire"
    assert "/documents/reglements/restauration/2/accepter/" in mails[0].message


def test_a_version_to_come_is_not_announced_before_its_day(claire, canteen):
    accept(canteen, claire)
    assert announce() == 0
    assert announce_new_versions(today=date(2027, 1, 1), at=NOON) == 1


def test_an_announcement_that_was_killed_goes_on(claire, users, canteen, monkeypatch):
    from documents.services import regulations as service

    monkeypatch.setattr(service, "BATCH", 2)
    users += [GuardianFactory(with_space=True).family_id for _ in range(4)]
    real, sent = service.queue_new_version, []

    def killed_at_the_second(*args):
        if sent:
            raise KeyboardInterrupt
        sent.append(real(*args))

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(service, "queue_new_version", killed_at_the_second)
        announce()
    assert RegulationNotice.objects.count() == Email.objects.count() == 2
    tasks.announce_regulations()
    assert RegulationNotice.objects.count() == Email.objects.count() == 5


def test_a_household_cannot_be_told_twice(claire, canteen):
    RegulationNotice.objects.create(version=version(canteen), family=claire.family, sent_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegulationNotice.objects.create(version=version(canteen), family=claire.family, sent_at=NOON)


# --- Agents and certification -----------------------------------------------------------------------------------------


def test_agents_see_who_has_not_accepted(client, claire, users, canteen):
    done = GuardianFactory(with_space=True, family__name="Durand")
    users.append(done.family_id)
    accept(canteen, done)
    assert list(awaited_households(version(canteen), TODAY)) == [claire.family]
    client.force_login(UserFactory(agent=True, role=AGENTS))
    path = reverse("admin:documents_regulationversion_change", args=[version(canteen).pk])
    assert "Qui doit encore l’accepter" in client.get(path).content.decode()
    path = reverse("admin:documents_regulationversion_awaited", args=[version(canteen).pk])
    html = client.get(path).content.decode()
    assert claire.family.number in html
    assert done.family.number not in html
    old = reverse("admin:documents_regulationversion_awaited", args=[version(canteen, 1).pk])
    assert "n’est pas en vigueur" in client.get(old).content.decode()


def test_the_yearly_certification_says_what_is_to_be_accepted(claire, canteen):
    section = next(one for one in sections() if one.slug == "reglements")
    before = section.load(claire.family, TODAY)
    assert before.missing == "À lire et à accepter : Règlement de la restauration scolaire."
    accept(canteen, claire)
    after = section.load(claire.family, TODAY)
    assert after.missing == ""
    assert "version 2, acceptée le 19/11/2026 à 12:06" in after.facts[0][1]
    assert before.digest != after.digest
