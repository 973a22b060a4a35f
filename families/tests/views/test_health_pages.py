"""« Fiche sanitaire » as parents and agents meet it."""

import subprocess
from datetime import datetime

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import CUISINE, REGISSEURS
from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.models import FamilyContact, HealthRecord, Reading
from families.queries.health import sheet_of
from families.services import health
from families.services.access_log import record_reading
from families.tests.factories import NOON, ChildFactory, GuardianFactory, HealthRecordFactory
from families.tests.health_words import NO, TODAY, TOLD, WORDS, YES, propose, tell
from families.views import health as views

pytestmark = pytest.mark.django_db
TYPED = {"version": "0", "food": ["arachides"], "drug": "pénicilline", "doctor_name": "Docteur Mercier"}


@pytest.fixture
def hers(client, anne):
    """Anne, signed in."""
    client.force_login(anne.user)
    return client


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page_of(child, name="health"):
    return reverse(f"families:{name}", args=[child.pk])


def text_of(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_a_parent_fills_the_sheet_in_and_reads_it(hers, zoe, hugo):
    assert "Non renseigné" in text_of(hers.get(page_of(zoe)))
    response = hers.post(page_of(zoe, "health_edit"), TYPED)
    assert response["Location"] == page_of(zoe)
    for html in (text_of(hers.get(page_of(zoe))), text_of(signed_in(hugo.user).get(page_of(zoe)))):
        assert "Arachides" in html
        assert "Docteur Mercier" in html
        assert "par Anne PETIT" in html


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"food_other": "viande halal"}, "la Ville n’enregistre aucune religion"),
        ({"support": "régime casher"}, "la Ville n’enregistre aucune religion"),
        ({"doctor_phone": "12"}, "Ce numéro n’est pas complet"),
        ({"insured_until": "demain"}, "Écrivez la date comme ceci"),
        ({"vaccines_until": "01/01/0027"}, "Écrivez la date comme ceci"),
        ({"diet": ["halal"]}, "Choisissez dans la liste"),
    ],
)
def test_what_cannot_be_kept_is_explained_and_nothing_typed_is_lost(hers, zoe, typed, said):
    html = text_of(hers.post(page_of(zoe, "health_edit"), {**TYPED, **typed}))
    assert said in html
    assert "Docteur Mercier" in html
    assert not HealthRecord.objects.filter(version__gt=0).exists()


def test_no_known_allergy_is_not_the_same_as_no_answer(hers, zoe):
    edit, sheet = reverse("families:health_edit", args=[zoe.pk]), reverse("families:health", args=[zoe.pk])
    assert "Aucune allergie connue" not in hers.get(sheet).content.decode()
    hers.post(edit, {"version": 0, "no_allergy": "on"})
    page = hers.get(sheet).content.decode()
    assert "Aucune allergie connue" in page


def test_an_allergy_beside_no_known_allergy_is_refused(hers, zoe):
    typed = {"version": 0, "no_allergy": "on", "drug": "pénicilline"}
    page = hers.post(reverse("families:health_edit", args=[zoe.pk]), typed).content.decode()
    assert "Vous nommez une allergie" in page
    assert "pénicilline" in page


def test_a_sheet_changed_meanwhile_is_shown_beside_what_was_typed(hers, zoe, anne, hugo):
    tell(zoe, hugo)
    html = text_of(hers.post(page_of(zoe, "health_edit"), {"version": "0", "drug": "latex"}))
    assert "La fiche a changé entre-temps" in html
    assert "Hugo BERNARD" in html
    assert "enregistré : pénicilline – votre saisie, gardée ci-dessous : latex" in html
    assert "Repris de la fiche, car vous n’y aviez pas touché : Allergies alimentaires, Médecin traitant." in html
    assert 'value="latex"' in html
    assert 'name="version" value="1"' in html


def test_no_diet_tells_a_religion_and_no_handicap_is_asked(hers, zoe):
    html = text_of(hers.get(page_of(zoe, "health_edit"))).lower()
    assert "sans porc" in html
    assert "halal" not in html
    assert "casher" not in html
    assert "besoin d’accompagnement" in html
    assert "ne nommez ni maladie ni handicap" in html


def test_a_sheet_of_before_the_spring_is_to_be_confirmed_in_one_click(hers, zoe, monkeypatch):
    from families.rules.certification import Campaign

    campaign = Campaign("2026-2027", datetime(2026, 5, 1).date(), datetime(2026, 9, 30).date())
    monkeypatch.setattr(views, "campaign_on", lambda today: campaign)
    HealthRecordFactory(child=zoe, before_the_spring=True)
    assert "À confirmer" in text_of(hers.get(reverse("families:health_sheets")))
    assert "Rien n’a changé, je confirme" in text_of(hers.get(page_of(zoe)))
    hers.post(page_of(zoe, "health_confirm"), {"version": "1"})
    assert "je confirme" not in text_of(hers.get(page_of(zoe)))
    assert "À jour" in text_of(hers.get(reverse("families:health_sheets")))


def test_the_sheet_shows_the_people_to_call_of_one_s_own_household(hers, zoe, anne, hugo):
    FamilyContact.objects.create(
        family=anne.family, first_name="Odette", last_name="Salvy", phone="0611223344", link="grand-mère"
    )
    other = ChildFactory(at_home=anne.family)
    FamilyContact.objects.create(
        family=anne.family, child=other, first_name="Luc", last_name="Roux", phone="0655667788"
    )
    html = text_of(hers.get(page_of(zoe)))
    assert "1. Odette SALVY" in html
    assert "Luc" not in html  # for another child
    his = signed_in(hugo.user)
    for name in ("health", "health_paper"):
        assert b"Odette" not in his.get(page_of(zoe, name)).content


def test_each_parent_answers_and_the_page_says_that_they_disagree(hers, zoe, anne, hugo):
    typed = {"image": "oui", "hospital": "oui", "alone": "oui", "alone_age": "9", "alone_from": "17:30"}
    assert hers.post(page_of(zoe, "health_authorisations"), typed).status_code == 302
    assert "l’accord de l’autre responsable est attendu" in text_of(hers.get(page_of(zoe)))
    health.answer_authorisations(child=zoe, guardian=hugo, answers=NO, at=NOON)
    html = text_of(hers.get(page_of(zoe)))
    assert "la réponse la plus protectrice pour l’enfant s’applique" in html
    assert html.count("Avis différents") == 2
    assert 'value="9"' in text_of(hers.get(page_of(zoe, "health_authorisations")))


@pytest.mark.parametrize(
    "typed, said",
    [
        ({}, "Répondez par oui ou par non."),
        ({"image": "oui", "hospital": "oui", "alone": "oui"}, "Indiquez un âge d’au moins 8 ans."),
        ({"image": "oui", "hospital": "oui", "alone": "oui", "alone_age": "5"}, "Indiquez un âge d’au moins 8 ans."),
        ({"alone": "oui", "alone_age": "9", "alone_from": "25:99"}, "Écrivez l’heure comme ceci : 17:30."),
    ],
)
def test_an_answer_that_is_missing_is_asked_for(hers, zoe, typed, said):
    assert said in text_of(hers.post(page_of(zoe, "health_authorisations"), typed))


def test_a_plan_is_asked_for_and_its_words_are_read_in_the_sheet_only(hers, zoe, anne, hugo):
    typed = {"needs": "Stylo d’adrénaline", "basket_meal": "on", "valid_until": "02/07/2027"}
    response = hers.post(page_of(zoe, "health_plan"), typed)
    assert "adrénaline" not in text_of(hers.get(response["Location"]))
    assert "adrénaline" in text_of(hers.get(page_of(zoe)))
    other = text_of(signed_in(hugo.user).get(page_of(zoe)))
    assert "adrénaline" in other
    assert "Suivre la demande" not in other  # the request is the other household's
    html = text_of(signed_in(hugo.user).post(page_of(zoe, "health_plan"), typed))
    assert "Une demande attend déjà" in html
    assert "Stylo d’adrénaline" in html


@pytest.mark.parametrize(
    "typed, said",
    [({"needs": ""}, "Dites ce qu’il faut faire."), ({"valid_until": "01/01/2026"}, "Cette date est passée.")],
)
def test_a_plan_that_lacks_something_says_what(hers, zoe, typed, said):
    whole = {"needs": "Stylo", "valid_until": "02/07/2027"}
    assert said in text_of(hers.post(page_of(zoe, "health_plan"), {**whole, **typed}))


def test_the_paper_is_tagged_and_says_what_it_is_for(hers, zoe, anne):
    tell(zoe, anne)
    response = hers.get(page_of(zoe, "health_paper"))
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    facts = subprocess.run(["pdfinfo", "-"], input=response.content, capture_output=True, check=True).stdout.decode()
    assert "Tagged:          yes" in facts
    text = subprocess.run(["pdftotext", "-", "-"], input=response.content, capture_output=True, check=True).stdout
    assert "sert à accueillir l’enfant en sécurité" in text.decode()
    assert "Arachides" in text.decode()


@pytest.mark.parametrize(
    "name",
    [
        "health",
        "health_edit",
        "health_authorisations",
        "health_plan",
        "health_paper",
        "health_confirm",
    ],
)
def test_the_child_of_another_family_does_not_exist(zoe, anne, name):
    tell(zoe, anne)
    stranger = signed_in(GuardianFactory(with_space=True).user)
    assert stranger.get(page_of(zoe, name)).status_code in (404, 405)
    assert stranger.post(page_of(zoe, name), TYPED).status_code in (404, 405)
    assert sheet_of(zoe, today=TODAY).content == TOLD


def test_a_sheet_is_never_kept_by_a_browser_and_says_nothing_in_its_title(hers, zoe, anne):
    tell(zoe, anne)
    for name in ("health", "health_edit"):
        response = hers.get(page_of(zoe, name))
        assert "no-store" in response["Cache-Control"]
        title = text_of(response).split("<title>")[1].split("</title>")[0]
        assert not WORDS.search(title + page_of(zoe, name))


# --- Agents -----------------------------------------------------------------------------------------------------------


def opening(child):
    return reverse("admin:families_healthrecord_sheet", args=[child.pk])


def test_an_agent_reads_a_sheet_by_a_click_and_the_family_knows(hers, zoe, anne, hugo, helene):
    tell(zoe, anne)
    desk = signed_in(helene)
    closed = text_of(desk.get(opening(zoe)))
    assert not WORDS.search(closed)
    assert not Reading.objects.exists()  # a link that is followed shows nothing and leaves nothing
    opened = text_of(desk.post(opening(zoe)))
    assert "Arachides" in opened
    assert Reading.objects.count() == 1
    html = text_of(hers.get(reverse("families:readings")))
    assert "Fiche sanitaire de Zoé" in html
    assert "Espace Famille – agent, H. F." in html
    assert "19/11/2026 à 12:" in html
    assert "Fabre" not in html


def test_without_the_trace_the_page_shows_nothing(zoe, anne, helene, monkeypatch):
    tell(zoe, anne)

    def full(*args, **kwargs):
        raise RuntimeError("le journal est plein")

    monkeypatch.setattr(LogEntry.objects, "log_create", full)
    desk = signed_in(helene)
    desk.raise_request_exception = False
    response = desk.post(opening(zoe))
    assert response.status_code == 500
    assert not WORDS.search(response.content.decode())
    assert not Reading.objects.exists()


def test_lists_and_requests_of_the_back_office_hold_no_health(zoe, anne, helene):
    tell(zoe, anne)
    asked = propose(zoe, anne)
    desk = signed_in(helene)
    record = HealthRecord.objects.get()
    for path in (
        reverse("admin:families_healthrecord_changelist"),
        reverse("admin:families_child_change", args=[zoe.pk]),
        reverse("admin:families_familyrequest_change", args=[asked.pk]),
        reverse("admin:auditlog_logentry_changelist"),
    ):
        html = text_of(desk.get(path, follow=True))
        assert not WORDS.search(html), path
        assert "adrénaline" not in html, path
    for name in ("change", "history"):
        response = desk.get(reverse(f"admin:families_healthrecord_{name}", args=[record.pk]))
        assert response["Location"] == opening(zoe)
    assert not Reading.objects.exists()


@pytest.mark.parametrize("role", [CUISINE, REGISSEURS])
def test_who_has_no_right_cannot_open_a_sheet(zoe, anne, role):
    tell(zoe, anne)
    desk = signed_in(UserFactory(agent=True, role=role))
    for response in (desk.get(opening(zoe)), desk.post(opening(zoe))):
        assert response.status_code == 403
    assert desk.get(reverse("admin:families_healthrecord_changelist")).status_code == 403
    assert not Reading.objects.exists()


def test_the_child_s_page_leads_to_the_sheet(zoe, helene):
    desk = signed_in(helene)
    assert "Fiche sanitaire" in text_of(desk.get(reverse("admin:families_child_change", args=[zoe.pk])))


def test_an_agent_sees_both_households_people_and_the_plan_that_waits(zoe, anne, hugo, helene):
    for guardian, name in ((anne, "Odette"), (hugo, "Marcel")):
        FamilyContact.objects.create(family=guardian.family, first_name=name, last_name="Salvy", phone="0611223344")
    propose(zoe, anne)
    health.answer_authorisations(child=zoe, guardian=anne, answers=YES, at=NOON)
    html = text_of(signed_in(helene).post(opening(zoe)))
    for said in ("Odette", "Marcel", "PAI à valider", "adrénaline", "Anne PETIT a répondu"):
        assert said in html


# --- Lists ------------------------------------------------------------------------------------------------------------


def test_thirty_readings_cost_no_more_queries_than_one(hers, zoe, anne, helene, django_assert_num_queries):
    record_reading(by=helene, subject="Fiche sanitaire de Zoé", child=zoe, at=NOON)
    path = reverse("families:readings")
    hers.get(path)
    with CaptureQueriesContext(connection) as one:
        hers.get(path)
    for _ in range(29):
        record_reading(by=helene, subject="Attestation CAF", family=anne.family, at=NOON)
    with django_assert_num_queries(len(one)):
        page = hers.get(path)
    assert page.context["page_obj"].paginator.num_pages == 2


def test_nobody_has_read_it_yet_is_said(hers):
    assert "Aucune consultation" in text_of(hers.get(reverse("families:readings")))


def test_a_long_history_costs_no_more_queries(hers, zoe, anne, hugo, django_assert_num_queries):
    from families.rules.health import HealthSheet

    tell(zoe, anne)
    hers.get(page_of(zoe))
    with CaptureQueriesContext(connection) as one:
        hers.get(page_of(zoe))
    for number in range(1, 20):
        tell(zoe, hugo, HealthSheet(drug=f"n° {number}"), version=number)
    with django_assert_num_queries(len(one)):
        hers.get(page_of(zoe))


def test_the_agents_list_costs_the_same_with_thirty_sheets(helene, django_assert_num_queries):
    desk, path = signed_in(helene), reverse("admin:families_healthrecord_changelist")
    HealthRecordFactory()
    desk.get(path)
    with CaptureQueriesContext(connection) as one:
        desk.get(path)
    HealthRecordFactory.create_batch(20)
    with django_assert_num_queries(len(one)):
        desk.get(path)


def test_the_clock_of_the_tests_is_the_portal_s():
    assert datetime(2026, 11, 19, 12, 6, tzinfo=PARIS) == NOON
