"""The waiting lists in the back office."""

from datetime import date

import pytest

from accounts.roles import AGENTS, CUISINE
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from reservations.models import ActivitySite, WaitingMove
from reservations.tests.homes import NOON, Home

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)
ROWS = "/admin/reservations/waitingentry/"


@pytest.fixture(autouse=True)
def at(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def agent(client):
    user = UserFactory(agent=True, role=AGENTS)
    client.force_login(user)
    return user


@pytest.fixture
def homes():
    """Who has the only place, and two who wait."""
    has = Home()
    ActivitySite.objects.update(places=1)
    has.book(MONDAY)
    waits = [Home(has.child.school), Home(has.child.school)]
    for home in waits:
        home.join(MONDAY)
    return [has, *waits]


def page_of(home, day=MONDAY):
    return f"{ROWS}jour/{home.enrolment.site_id}/{day.isoformat()}/"


def text_of(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_the_list_of_a_day_shows_its_order_and_its_places(client, agent, homes):
    text = text_of(client.get(page_of(homes[0])))
    assert text.index(str(homes[1].child)) < text.index(str(homes[2].child))
    assert "<dt>Libres</dt><dd>0</dd>" in text
    assert "<dt>Réservées</dt><dd>1</dd>" in text
    days = text_of(client.get(f"{ROWS}jours/"))
    assert "lundi 7 décembre 2026" in days
    assert str(homes[1].child.last_name) in text_of(client.get(ROWS))
    assert client.get(f"{ROWS}{homes[1].entry.pk}/change/").status_code == 200


def test_an_agent_moves_a_family_up(client, agent, homes):
    url, entry = page_of(homes[0]), homes[2].entry
    refused = text_of(client.post(url, {"do": "move", "entry": entry.pk, "rank": "1", "reason": ""}))
    assert "le motif est conservé" in refused
    refused = text_of(client.post(url, {"do": "move", "entry": entry.pk, "rank": "2", "reason": "Fratrie"}))
    assert "choisissez un rang plus petit" in refused
    assert 'value="Fratrie"' in refused  # what was typed stays
    done = text_of(client.post(url, {"do": "move", "entry": entry.pk, "rank": "1", "reason": "Fratrie"}, follow=True))
    assert "passe du rang 2 au rang 1" in done
    assert WaitingMove.objects.get().by == agent
    assert "Changements de rang" in done


def test_an_agent_withdraws_a_family(client, agent, homes):
    form = {"do": "withdraw", "entry": homes[1].entry.pk, "reason": "À sa demande"}
    done = text_of(client.post(page_of(homes[0]), form, follow=True))
    assert "est prévenue par courriel" in done
    assert homes[1].entry.status == "retiree"
    assert "Terminées" in done


def test_an_agent_offers_the_free_places_now(client, agent, homes):
    nothing = text_of(client.post(page_of(homes[0]), {"do": "offer"}))
    assert "Aucune place n’a pu être proposée" in nothing
    homes[0].cancel(MONDAY)
    done = text_of(client.post(page_of(homes[0]), {"do": "offer"}, follow=True))
    assert "Places proposées : 1." in done
    assert homes[1].entry.status == "proposee"
    assert "Place proposée le 19/11/2026 à 12:06" in done


@pytest.mark.parametrize("form", [{"do": "move", "entry": "0"}, {"do": "withdraw", "entry": "x"}, {"do": "rien"}])
def test_what_is_not_on_the_list_is_not_found(client, agent, homes, form):
    assert client.post(page_of(homes[0]), form).status_code == 404
    assert client.post(page_of(homes[0], TUESDAY), {"do": "withdraw", "entry": homes[1].entry.pk}).status_code == 404
    assert client.get(f"{ROWS}jour/{homes[0].enrolment.site_id}/demain/").status_code == 404


def test_the_cook_sees_no_list(client, homes):
    client.force_login(UserFactory(agent=True, role=CUISINE))
    assert client.get(page_of(homes[0])).status_code == 403
    assert client.post(page_of(homes[0]), {"do": "offer"}).status_code == 403
    assert client.get(f"{ROWS}jours/").status_code == 403


def test_the_pages_cost_the_same_with_few_and_with_many(client, agent, homes, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as few:
        client.get(page_of(homes[0]))
    with django_assert_max_num_queries(60) as few_days:
        client.get(f"{ROWS}jours/")
    homes[0].book(TUESDAY)
    for _ in range(6):
        Home(homes[0].child.school).join(MONDAY, TUESDAY)
    with django_assert_max_num_queries(len(few)):
        client.get(page_of(homes[0]))
    with django_assert_max_num_queries(len(few_days)):
        client.get(f"{ROWS}jours/")
