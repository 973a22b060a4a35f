"""« Mon accueil »: what is to be done, and every page of the space, one click away."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from castres_portal.base import clock
from castres_portal.tests.cast import Cast, assemble
from documents.tests.factories import RegulationVersionFactory, SupportingDocumentFactory
from families.models import Certification, FamilyRequest, QuotientRecord
from families.queries.certification import campaign_on
from families.tests.factories import FamilyRequestFactory
from families.todo import all_reasons

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = "2026-11-19T12:06"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def claire(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.claire)
    return client


def home(client: Client) -> str:
    return client.get("/accueil/").content.decode()


def test_every_way_from_the_first_page_leads_somewhere(claire):
    links = set(re.findall(r'href="(/[^"#]*)"', home(claire)))
    assert {"/pieces/", "/famille/", "/famille/quotient/", "/petite-enfance/", "/absences/", "/simulation/"} <= links
    days = {"/vacances/", "/menus/", "/liste-d-attente/", "/presences/", "/reservations/semaine-type/"}
    assert {*days, "/reservations/2026-11/", "/reservations/semaine/2026-W47/"} <= links
    for link in sorted(links):
        if not link.startswith(("/static/", "/compte/deconnexion/")):
            response = claire.get(link)
            assert response.status_code == 200, link
            assert response.content.decode().count("<h1") == 1, link


SAID = {
    "reponse-attendue": "Le service attend votre réponse",
    "echange-de-semaines": "L’autre parent vous propose",
    "quotient-absent": "Aucun quotient familial",
    "quotient-bientot": "Votre quotient familial arrive à son terme",
    "fiche-sanitaire": "Une fiche sanitaire est à remplir",
    "certification": "Votre dossier est à relire et à certifier",
    "piece-refusee": "Une pièce justificative est refusée",
    "piece-a-renouveler": "Une pièce justificative expire bientôt",
    "reglement": "Un règlement intérieur a changé",
    "justificatif-absence": "justificatif",
    "jours-habituels": "Des jours habituels ne sont pas réservés",
    "place-proposee": "Une place s’est libérée",
}


def test_the_table_of_these_tests_knows_every_reason():
    assert set(SAID) == {reason.slug for reason in all_reasons()}


def shown(client: Client, slug: str) -> bool:
    return SAID[slug] in home(client)


def test_an_answer_that_the_service_awaits_is_to_be_done_until_it_is_given(cast, claire):
    assert not shown(claire, "reponse-attendue")
    asked = FamilyRequestFactory(family=cast.martin, kind="inscription", status="attente", decided_at=None)
    assert shown(claire, "reponse-attendue")
    FamilyRequest.objects.filter(pk=asked.pk).update(status="encours")
    assert not shown(claire, "reponse-attendue")


def test_another_household_s_question_is_none_of_hers(cast, claire):
    FamilyRequestFactory(family=cast.durand, status="attente", decided_at=None)
    assert not shown(claire, "reponse-attendue")


@pytest.mark.parametrize(
    "ends_in, missing, ending",
    [(None, False, False), (31, False, False), (29, False, True), (0, False, True), (-1, True, False)],
)
def test_a_quotient_that_ends_is_said_thirty_days_before_and_missed_afterwards(cast, claire, ends_in, missing, ending):
    ends_on = None if ends_in is None else TODAY + timedelta(days=ends_in)
    QuotientRecord.objects.filter(family=cast.martin).update(ends_on=ends_on)
    assert shown(claire, "quotient-absent") is missing
    assert shown(claire, "quotient-bientot") is ending


def test_a_file_is_to_be_certified_until_it_is(cast, claire):
    assert shown(claire, "certification")
    Certification.objects.create(
        family=cast.martin,
        school_year=campaign_on(TODAY).year,
        certified_at=clock.now(),
        digests={},
        request=FamilyRequestFactory(family=cast.martin),
    )
    assert not shown(claire, "certification")


def test_a_refused_paper_calls_for_another_until_it_comes(cast, claire):
    refused = SupportingDocumentFactory(family=cast.martin, refused=True)
    assert shown(claire, "piece-refusee")
    SupportingDocumentFactory(family=cast.martin, kind=refused.kind, sent_at=refused.sent_at + timedelta(hours=1))
    assert not shown(claire, "piece-refusee")


@pytest.mark.parametrize("days, said", [(31, False), (29, True), (-3, True)])
def test_a_paper_that_ends_is_to_be_renewed(cast, claire, days, said):
    SupportingDocumentFactory(family=cast.martin, accepted=True, valid_until=TODAY + timedelta(days=days))
    assert shown(claire, "piece-a-renouveler") is said


def test_a_new_version_of_a_reglement_is_to_be_accepted(cast, claire):
    assert not shown(claire, "reglement")
    activity = cast.martin.enrolments.first().activity
    RegulationVersionFactory(regulation=activity.regulation, number=2, in_force_on=TODAY)
    assert shown(claire, "reglement")


def test_what_costs_something_to_wait_comes_first(cast, claire):
    SupportingDocumentFactory(family=cast.martin, refused=True)
    page = home(claire)
    assert page.index(SAID["piece-refusee"]) < page.index(SAID["certification"])


def test_what_is_to_be_done_costs_one_query_and_the_page_ten(cast, claire):
    claire.get("/accueil/")
    with CaptureQueriesContext(connection) as queries:
        claire.get("/accueil/")
    assert len(queries) <= 10, "\n".join(query["sql"][:120] for query in queries)
    SupportingDocumentFactory(family=cast.martin, refused=True)
    FamilyRequestFactory(family=cast.martin, kind="inscription", status="attente", decided_at=None)
    with CaptureQueriesContext(connection) as more:
        claire.get("/accueil/")
    assert len(more) <= len(queries) + 1
