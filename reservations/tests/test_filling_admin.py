"""« Remplissage » as agents open it: the grid, a day, the change of places; what readers and the cook see of it."""

import re
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from accounts.roles import AGENTS, CUISINE, REGISSEURS
from accounts.tests.factories import UserFactory
from reservations.models import ActivitySite, Closure, PlacesChange, SiteDay
from reservations.tests.factories import ActivityFactory, ActivitySiteFactory, SiteFactory
from reservations.tests.homes import NOON, Home

pytestmark = pytest.mark.django_db

ROWS = "/admin/reservations/siteday/"
MONDAY, TUESDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 11)


@pytest.fixture(autouse=True)
def clock(settings):
    settings.PORTAL_CLOCK = "2026-11-19T12:06"


@pytest.fixture
def agent(client):
    user = UserFactory(agent=True, role=AGENTS)
    client.force_login(user)
    return user


@pytest.fixture
def homes():
    """Two places, both taken on Monday, one on Tuesday, where a third household waits on Monday."""
    first = Home()
    ActivitySite.objects.update(places=2)
    second, third = (Home(first.child.school) for _ in range(2))
    first.book(MONDAY, TUESDAY)
    second.book(MONDAY)
    third.join(MONDAY)
    return [first, second, third]


def text(response):
    """The words of a page, as they are read one after the other."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\xa0", " ").split())


def grid(client, **query):
    activity = ActivityFactory().pk
    return client.get(f"{ROWS}remplissage/", {"activite": activity, "mois": "2026-12", **query})


def posted(homes, **fields):
    return {
        "activity": homes[0].enrolment.activity_id,
        "site": homes[0].enrolment.site_id,
        "starts_on": "07/12/2026",
        "ends_on": "11/12/2026",
        "deed": "fixer",
        "number": "3",
        "reason": "Un animateur de plus",
        "submission": "0f7cf0f8-98a2-4d8f-a6bb-0f6e9c7e8f10",
        **fields,
    }


def test_the_grid_says_who_is_where_in_figures_words_and_shapes(client, agent, homes):
    Closure.objects.create(
        kind="greve", label="Grève", starts_on=FRIDAY, ends_on=FRIDAY, decided_at=NOON, decided_by=agent
    )
    response = grid(client)
    words, html = text(response), response.content.decode()
    assert "● 2 / sur 2 complet 1 en attente" in words
    assert "◐ 1 / sur 2 reste 1" in words
    assert "✕ 0 fermé : Grève" in words
    assert "3 / sur" in words  # the sum of the month
    assert f'href="{ROWS}jour/{homes[0].enrolment.site_id}/2026-12-07/"' in html
    assert '<th scope="row" class="filling__site">' in html
    # No column on a Wednesday, a Saturday, in the holidays.
    for never in ("mercredi 9 décembre", "samedi 12 décembre", "lundi 21 décembre"):
        assert never not in html
    assert "lundi 7 décembre 2026" in html
    assert 'class="plot__drawing"' in html


def test_places_that_are_not_counted_are_said_to_be_without_limit(client, agent, homes):
    ActivitySite.objects.update(places=None)
    assert "∞ 2 sans limite" in text(grid(client))


@pytest.mark.parametrize(
    "query",
    [{"activite": "x"}, {"activite": "99999"}, {"mois": "2026-13"}, {"lieu": "7'"}, {"periode": "0"}, {"mois": ""}],
)
def test_what_cannot_be_read_in_the_address_is_left_out(client, agent, homes, query):
    assert grid(client, **query).status_code == 200


def test_all_activities_have_a_table_each_and_one_site_is_one_row(client, agent, homes):
    other = ActivitySiteFactory(activity=ActivityFactory(slug="etudes", name="Études"), places=5)
    html = grid(client, activite="").content.decode()
    assert html.count('<table class="filling__table"') == 2
    html = grid(client, lieu=homes[0].enrolment.site_id).content.decode()
    assert other.place_name not in html.partition("<table")[2]


def test_the_files_hold_the_figures_of_the_page_and_no_name(client, agent, homes):
    lines = grid(client, fichier="csv").content.decode("utf-8-sig").splitlines()
    monday = next(line for line in lines if "07/12/2026" in line)
    assert monday.split(";")[3:] == ["2", "2", "0", "0", "1", "0", "Complet", ""]
    book = load_workbook(BytesIO(grid(client, fichier="xlsx", activite="").content))
    assert book.sheetnames == ["Restauration scolaire", "Détail"]
    found = "".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert homes[0].child.last_name not in found


def test_a_day_says_who_is_booked_where_to_go_and_what_was_changed(client, agent, homes):
    site = homes[0].enrolment.site
    page = f"{ROWS}jour/{site.pk}/2026-12-07/"
    assert "changer-de-lieu" not in client.get(page).content.decode()  # where to?
    ActivitySiteFactory(activity=site.activity, school=None, venue=SiteFactory(), places=9)
    words, html = text(client.get(page)), client.get(page).content.decode()
    for home in homes[:2]:
        assert str(home.child) in words
        assert f"/admin/reservations/enrolment/{home.enrolment.pk}/changer-de-lieu" in html
    assert str(homes[2].child) not in words
    assert f"/admin/reservations/waitingentry/jour/{homes[0].enrolment.site_id}/2026-12-07/" in html
    # The page of closures begins with what it was asked for.
    address = re.search(r'href="(/admin/reservations/closure/fermer/[^"]*)"', html)
    closing = client.get(address[1].replace("&amp;", "&")).content.decode()
    assert closing.count('value="07/12/2026"') == 2
    assert f'<option value="{homes[0].child.school_id}" selected>' in closing


def test_a_less_full_centre_is_suggested(client, agent, homes):
    site = homes[0].enrolment.site
    ActivitySiteFactory(activity=site.activity, school=None, venue=SiteFactory(name="Centre du Lac"), places=9)
    words = text(client.get(f"{ROWS}jour/{site.pk}/2026-12-07/"))
    assert "Centre du Lac (reste 9)" in words


def test_what_is_previewed_is_done_and_kept(client, agent, homes):
    page = f"{ROWS}places/"
    preview = client.post(page, posted(homes, etape="relire"))
    words = text(preview)
    assert "4 jours changent" in words
    assert "1 place au plus sera proposée" in words
    assert "2 → 3 2 1 1 place proposée à la liste d’attente" in words
    assert not PlacesChange.objects.exists()
    done = client.post(page, posted(homes, etape="valider", excess_read="0"), follow=True)
    assert "Places changées : 4 jours." in text(done)
    assert set(SiteDay.objects.exclude(places=None).values_list("places", flat=True)) == {3}
    day = client.get(f"{ROWS}jour/{homes[0].enrolment.site_id}/2026-12-07/")
    assert "De 2 à 3 places , le 19/11/2026 à " in text(day)
    assert "Un animateur de plus" in text(day)


def test_going_below_what_is_booked_is_said_before_it_is_done(client, agent, homes):
    page, asked = f"{ROWS}places/", posted(homes, number="1")
    words = text(client.post(page, {**asked, "etape": "relire"}))
    assert "Il y aura plus d’enfants que de places un jour : 1 en trop." in words
    # Whoever validates without having read it reads it now.
    unread = client.post(page, {**asked, "etape": "valider", "excess_read": "0"})
    assert "relisez l’aperçu" in text(unread)
    assert 'name="excess_read" value="1"' in unread.content.decode()
    assert not PlacesChange.objects.exists()
    done = client.post(page, {**asked, "etape": "valider", "excess_read": "1"}, follow=True)
    assert "leurs réservations restent" in text(done)
    assert "▲ 2 / sur 1 * (places changées) 1 en trop" in text(grid(client))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ends_on": "01/12/2026"}, "La fin précède le début"),
        ({"number": ""}, "Écrivez combien de places"),
        ({"deed": "ajouter", "number": "0"}, "1 au moins"),
        ({"reason": ""}, "Ce champ est obligatoire"),
        ({"activity": ""}, "Ce champ est obligatoire"),
    ],
)
def test_a_mistake_is_said_and_nothing_typed_is_lost(client, agent, homes, fields, words):
    response = client.post(f"{ROWS}places/", posted(homes, etape="relire", **fields))
    assert words in text(response)
    assert 'value="11/12/2026"' in response.content.decode() or "ends_on" in fields
    assert not PlacesChange.objects.exists()


@pytest.mark.parametrize("role", [CUISINE, REGISSEURS])
def test_readers_read_the_figures_and_change_nothing(client, homes, role):
    client.force_login(UserFactory(agent=True, role=role))
    assert "complet 1 en attente" in text(grid(client))
    assert "Changer des places" not in text(grid(client))
    day = client.get(f"{ROWS}jour/{homes[0].enrolment.site_id}/2026-12-07/")
    assert (str(homes[0].child) in text(day)) == (role == REGISSEURS)
    assert "Ce qui a été changé" not in text(day)
    assert "Changer les places" not in text(day)
    assert client.get(f"{ROWS}places/").status_code == 403
    assert client.post(f"{ROWS}places/", posted(homes, etape="valider")).status_code == 403
    assert not PlacesChange.objects.exists()


@pytest.mark.parametrize("where", ["jour/0/2026-12-07/", "jour/{}/demain/", "jour/{}/0001-01-01/"])
def test_a_day_that_is_none_is_not_found(client, agent, homes, where):
    assert client.get(ROWS + where.format(homes[0].enrolment.site_id)).status_code == 404


def test_the_pages_cost_the_same_with_one_and_with_many(client, agent, homes, django_assert_max_num_queries):
    pages = (
        f"{ROWS}remplissage/?activite=&mois=2026-12",
        f"{ROWS}jour/{homes[0].enrolment.site_id}/2026-12-07/",
    )
    costs = []
    for page in pages:
        client.get(page)
        with django_assert_max_num_queries(40) as spent:
            client.get(page)
        costs.append(len(spent))
    for number in range(6):
        Home(homes[0].child.school).join(MONDAY)
        ActivitySiteFactory(activity=ActivityFactory(slug=f"a-{number}", name=f"Activité {number}"), places=3)
        ActivitySiteFactory(places=4)
    for page, cost in zip(pages, costs, strict=True):
        with django_assert_max_num_queries(cost):
            client.get(page)
