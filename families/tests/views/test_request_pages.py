"""« Mes dernières demandes » and the acknowledgement of each."""

from datetime import timedelta

import pytest
from django.urls import reverse

from families.models import FamilyRequest
from families.tests.factories import NOON, FamilyRequestFactory, GuardianFactory

pytestmark = pytest.mark.django_db
LIST = reverse("families:requests")


@pytest.fixture
def claire(client):
    guardian = GuardianFactory(with_space=True)
    client.force_login(guardian.user)
    return guardian


def page_of(asked):
    return reverse("families:request", args=[asked.number])


def test_requests_are_listed_the_latest_first(client, claire, trial_kind):
    old = FamilyRequestFactory(family=claire.family, received_at=NOON - timedelta(days=3), summary="La première")
    new = FamilyRequestFactory(family=claire.family, guardian=claire, summary="La dernière")
    page = client.get(LIST).content.decode()
    assert page.index("La dernière") < page.index("La première")
    assert page_of(old) in page
    assert page_of(new) in page
    assert "19/11/2026 à 12:06" in page


def test_nothing_asked_yet_is_said_kindly(client, claire):
    assert "Aucune demande pour l’instant" in client.get(LIST).content.decode()


def test_the_acknowledgement_says_number_day_service_address_and_telephones(client, claire, trial_kind):
    asked = FamilyRequestFactory(family=claire.family, guardian=claire)
    page = client.get(page_of(asked)).content.decode()
    for said in (
        asked.number,
        "19/11/2026 à 12:06",
        "Espace Famille",
        "110 boulevard Maréchal Joffre",
        "05\u00a063\u00a062\u00a043\u00a044",
        "Traitée",
        f"le détail de {asked.number}",
    ):
        assert said in page


@pytest.mark.parametrize("status", FamilyRequest.Status.values)
def test_each_state_has_its_word(client, claire, trial_kind, status):
    asked = FamilyRequestFactory(family=claire.family, status=status, decided_at=None)
    assert asked.get_status_display() in client.get(page_of(asked)).content.decode()


def test_another_household_s_request_does_not_exist(client, claire, trial_kind):
    asked = FamilyRequestFactory(summary="Celle des autres")
    assert client.get(page_of(asked)).status_code == 404
    assert "Celle des autres" not in client.get(LIST).content.decode()


def test_thirty_requests_cost_no_more_queries_than_one(client, claire, trial_kind, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    FamilyRequestFactory(family=claire.family, guardian=claire)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(29):
        FamilyRequestFactory(family=claire.family, guardian=claire)
    with django_assert_num_queries(len(one)):
        page = client.get(LIST)
    assert page.context["page_obj"].paginator.num_pages == 2
    assert client.get(LIST, {"page": 2}).status_code == 200
