"""Once a year a family reads its file in one page and says that it is right."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families import certification, school_years, tasks
from families.models import Certification, CertificationReminder, Family, Guardian
from families.queries.certification import file_state, uncertified
from families.services.certification import certify_file, remind_uncertified
from families.tests.factories import NOON, ChildFactory, FamilyFactory, GuardianFactory, QuotientRecordFactory
from families.tests.health_words import tell

pytestmark = pytest.mark.django_db
PAGE = reverse("families:certification")
TODAY = NOON.date()
YEARS = [
    school_years.SchoolYearSpan("2026-2027", date(2026, 9, 1), date(2027, 7, 2)),
    school_years.SchoolYearSpan("2027-2028", date(2027, 9, 1), date(2028, 7, 4)),
]


@pytest.fixture(autouse=True)
def _years(monkeypatch):
    monkeypatch.setattr(school_years, "_providers", [lambda: YEARS])


@pytest.fixture
def claire(db):
    guardian = GuardianFactory(with_space=True, phone="0611223344", family__name="Martin")
    ChildFactory(first_name="Léa", at_home=guardian.family)
    QuotientRecordFactory(family=guardian.family)
    return guardian


def certify(guardian, at=NOON, seal=None):
    shown = file_state(guardian.family, today=at.date())
    return certify_file(family=guardian.family, guardian=guardian, user=guardian.user, seal=seal or shown.seal, at=at)


def test_the_page_shows_the_whole_file_and_what_is_missing(client, claire):
    client.force_login(claire.user)
    html = client.get(PAGE).content.decode()
    for said in (
        "12 rue des Tanneurs, 81100 Castres",
        "06\u00a011\u00a022\u00a033\u00a044",
        "Léa MARTIN",
        "612 €",
        "Fiche à remplir ou à confirmer : Léa.",
        "Elle était attendue avant le 30 septembre 2026.",
        "Je certifie que ces renseignements sont exacts et complets.",
    ):
        assert said in html


def test_a_class_is_read_with_the_child(client, claire):
    claire.family.children.update(class_name="CE2 de M. Puech")
    client.force_login(claire.user)
    assert "classe : CE2 de M. Puech" in client.get(PAGE).content.decode()


def test_the_other_guardian_s_address_is_not_shown_and_an_excluded_one_is_not_asked_a_telephone(client, claire):
    family = claire.family
    GuardianFactory(
        family=family, other_parent=True, with_space=True, user__email="paul@exemple.fr", phone="0611223355"
    )
    GuardianFactory(family=family, other_parent=True, phone="", rights=Guardian.Rights.EXCLUDED)
    client.force_login(claire.user)
    html = client.get(PAGE).content.decode()
    assert "adresse électronique connue" in html
    assert "paul@exemple.fr" not in html
    assert "Il manque un téléphone" not in html


def test_certifying_gives_an_acknowledgement_at_once(client, claire):
    client.force_login(claire.user)
    seal = client.get(PAGE).context["state"].seal
    response = client.post(PAGE, {"seal": seal, "certified": "on"})
    row = Certification.objects.get()
    assert response["Location"] == reverse("families:request", args=[row.request.number])
    assert (row.school_year, row.guardian) == ("2026-2027", claire)
    assert "2026-2027" in client.get(response["Location"]).content.decode()
    assert row.request.number in Email.objects.get().subject
    html = client.get(PAGE).content.decode()
    assert "Dossier certifié" in html
    assert "Je certifie que" not in html
    client.post(PAGE, {"seal": seal, "certified": "on"})  # again
    assert claire.family.requests.count() == 1


def test_the_box_must_be_ticked(client, claire):
    client.force_login(claire.user)
    seal = client.get(PAGE).context["state"].seal
    assert "Cochez cette case pour certifier" in client.post(PAGE, {"seal": seal}).content.decode()
    assert not Certification.objects.exists()


def test_a_file_that_changed_while_it_was_read_is_read_again(claire):
    seal = file_state(claire.family, today=TODAY).seal
    Family.objects.filter(pk=claire.family.pk).update(street="3 quai du Carras")
    claire.family.refresh_from_db()
    with pytest.raises(Refusal, match="relisez-le"):
        certify(claire, seal=seal)
    assert not Certification.objects.exists()


def test_what_changed_since_is_named_and_may_be_certified_again(client, claire):
    certify(claire)
    assert file_state(claire.family, today=TODAY).changed == []
    tell(claire.family.children.get(), claire)
    claire.family.street = "3 quai du Carras"
    claire.family.save()
    client.force_login(claire.user)
    html = client.get(PAGE).content.decode()
    assert "Modifié depuis&nbsp;: Foyer et adresse, Fiches sanitaires." in html
    assert "Je certifie que" in html
    certify(claire, NOON + timedelta(days=1))
    assert Certification.objects.get().certified_at == NOON + timedelta(days=1)
    assert claire.family.requests.count() == 2


def test_a_delay_that_runs_out_is_no_change_of_the_file(claire):
    """What is only « à confirmer » next spring was not touched by anybody."""
    tell(claire.family.children.get(), claire)
    certify(claire)
    assert file_state(claire.family, today=date(2027, 4, 30)).changed == []


def test_next_spring_asks_again(claire):
    certify(claire)
    state = file_state(claire.family, today=date(2027, 5, 1))
    assert (state.campaign.year, state.certification, state.is_late) == ("2027-2028", None, False)


def test_a_household_certifies_once_a_year(claire):
    row = certify(claire)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certification.objects.create(
            family=claire.family, school_year="2026-2027", certified_at=NOON, digests={}, request=row.request
        )


def test_without_a_school_year_nothing_is_asked(client, claire, monkeypatch):
    monkeypatch.setattr(school_years, "_providers", [])
    client.force_login(claire.user)
    assert "Aucune certification en ce moment" in client.get(PAGE).content.decode()
    with pytest.raises(Refusal):
        certify_file(family=claire.family, guardian=claire, user=claire.user, seal="x", at=NOON)


def test_another_household_s_certification_is_not_hers(client, claire):
    certify(claire)
    other = GuardianFactory(with_space=True)
    client.force_login(other.user)
    assert "12 rue des Tanneurs" in client.get(PAGE).content.decode()
    assert "Dossier certifié" not in client.get(PAGE).content.decode()


def test_the_page_costs_the_same_with_one_child_and_with_six(client, claire, django_assert_num_queries):
    client.force_login(claire.user)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _ in range(5):
        ChildFactory(at_home=claire.family)
    with django_assert_num_queries(len(one)):
        client.get(PAGE)


def test_two_sections_cannot_bear_one_name():
    known = certification.sections()[0]
    certification.register(known)  # the same again is nothing new
    with pytest.raises(ValueError, match="twice"):
        certification.register(certification.Section(known.slug, "Autre", "home", known.load))


# --- Agents and reminders ---------------------------------------------------------------------------------------------


def test_agents_see_who_has_not_certified(client, claire):
    late, childless = FamilyFactory(name="Durand"), FamilyFactory(name="Sansenfant")
    ChildFactory(at_home=late)
    certify(claire)
    client.force_login(UserFactory(agent=True, role=AGENTS))
    path = reverse("admin:families_family_changelist")
    awaited = client.get(path, {"certification": "afaire"}).content.decode()
    done = client.get(path, {"certification": "faite"}).content.decode()
    assert late.number in awaited
    assert claire.family.number not in awaited
    assert childless.number not in awaited
    assert claire.family.number in done
    assert late.number not in done
    assert claire.family.number in client.get(reverse("admin:families_certification_changelist")).content.decode()


REMINDING = datetime(2026, 9, 2, 8, 10, tzinfo=PARIS)


def test_who_has_not_certified_is_reminded_once(claire):
    paul = GuardianFactory(family__name="Durand", with_space=True)
    ChildFactory(at_home=paul.family)
    certify(claire, datetime(2026, 8, 20, tzinfo=PARIS))
    Email.objects.all().delete()
    assert remind_uncertified(today=REMINDING.date(), at=REMINDING) == 1
    assert remind_uncertified(today=REMINDING.date(), at=REMINDING) == 0
    mail = Email.objects.get()
    assert mail.to == [paul.mail_address]
    assert mail.subject == "Votre dossier est à certifier avant le 30 septembre 2026"


@pytest.mark.parametrize("day, count", [(date(2026, 8, 30), 0), (date(2026, 8, 31), 1), (date(2026, 9, 30), 1)])
def test_the_reminder_leaves_in_the_last_thirty_days(claire, day, count):
    assert remind_uncertified(today=day, at=NOON) == count
    assert remind_uncertified(today=date(2026, 10, 1), at=NOON) == 0


def test_reminding_many_goes_by_batches_and_goes_on_after_a_kill(claire, monkeypatch):
    from families.services import certification as service

    monkeypatch.setattr(service, "BATCH", 2)
    for _ in range(4):
        guardian = GuardianFactory(with_space=True)
        ChildFactory(at_home=guardian.family)
    real, sent = service.queue_reminders, []

    def killed_at_the_second(*args):
        if sent:
            raise KeyboardInterrupt
        sent.append(real(*args))

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(service, "queue_reminders", killed_at_the_second)
        remind_uncertified(today=REMINDING.date(), at=REMINDING)
    assert CertificationReminder.objects.count() == Email.objects.count() == 2
    remind_uncertified(today=REMINDING.date(), at=REMINDING)
    assert CertificationReminder.objects.count() == Email.objects.count() == 5


def test_the_night_reminds(claire, settings):
    settings.PORTAL_CLOCK = "2026-09-02T08:10"
    tasks.remind_certification()
    assert Email.objects.count() == 1
    campaign = file_state(claire.family, today=REMINDING.date()).campaign
    assert uncertified(campaign, today=REMINDING.date()).count() == 1
