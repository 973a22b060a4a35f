"""What everybody may read: services, schools, calendar, démarches, the règlement in force."""

import time
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import UserFactory
from documents.tests.factories import RegulationVersionFactory
from families import demarches
from families.demarches import Demarche, Section
from families.reference import fill_schools
from families.tests.factories import GuardianFactory, SchoolFactory
from reservations.models import Tariff
from reservations.reference import fill_school_years
from reservations.tests.factories import ActivityFactory, ActivitySiteFactory, TariffBandFactory, TariffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = f"2026-11-19T12:06@{time.time()}"


def text_of(client, path):
    return client.get(path).content.decode()


# --- Services ---------------------------------------------------------------------------------------------------------


def test_a_service_says_where_when_until_when_and_for_how_much(client):
    fill_school_years()
    activity = ActivityFactory(add_days=7, cancel_days=7)
    ActivitySiteFactory(activity=activity, school=SchoolFactory(name="Lambert"), places=40)
    TariffBandFactory(tariff=TariffFactory(activity=activity), care_part="1.20", food_part="2.30")
    version = RegulationVersionFactory(regulation=activity.regulation)
    page = text_of(client, "/activites/")
    for said in (
        "lundi, mardi, jeudi, vendredi",
        "11\u00a0h\u00a030 – 13\u00a0h\u00a030",
        "École primaire Lambert",
        ">40<",
        "3,50\u00a0€",
        "jusqu’à 7 jours avant",
        "Année 2026-2027 : ouvertes, jusqu’au 2 juillet 2027.",
        reverse("documents:regulation", args=[version.regulation.slug, version.number]),
    ):
        assert said in page, said


def test_prices_to_come_are_said_to_be_to_come(client):
    activity = ActivityFactory()
    TariffBandFactory(tariff=TariffFactory(activity=activity, starts_on=date(2027, 1, 4)))
    assert "À partir du 4 janvier 2027." in text_of(client, "/activites/")


def test_prices_that_have_ended_are_not_shown(client):
    TariffBandFactory(tariff=TariffFactory(activity=ActivityFactory(), ends_on=date(2026, 11, 18)))
    assert Tariff.objects.exists()
    assert "Tarifs" not in text_of(client, "/activites/")


def test_ten_services_cost_no_more_queries_than_one(client):
    ActivitySiteFactory(activity=ActivityFactory())
    client.get("/activites/")
    with CaptureQueriesContext(connection) as one:
        client.get("/activites/")
    for number in range(9):
        activity = ActivityFactory(slug=f"autre-{number}")
        ActivitySiteFactory(activity=activity)
        TariffBandFactory(tariff=TariffFactory(activity=activity))
    with CaptureQueriesContext(connection) as ten:
        client.get("/activites/")
    # Bands and rules are asked for once there is a tariff.
    assert len(ten) <= len(one) + 2


def test_the_reglement_in_force_is_everybody_s_and_the_old_ones_ask_to_sign_in(client):
    old = RegulationVersionFactory(number=1, in_force_on=date(2024, 1, 1))
    RegulationVersionFactory(
        regulation=old.regulation, number=2, in_force_on=date(2026, 1, 1), body="# Deux\nTexte neuf."
    )
    RegulationVersionFactory(regulation=old.regulation, number=3, in_force_on=date(2027, 1, 1))

    def page(number, name="regulation"):
        return reverse(f"documents:{name}", args=[old.regulation.slug, number])

    assert "Texte neuf." in text_of(client, page(2))
    assert client.get(page(2, "regulation_pdf")).content[:5] == b"%PDF-"
    assert client.get(page(1))["Location"].startswith(reverse("account_login"))
    assert client.get(page(1, "regulation_pdf"))["Location"].startswith(reverse("account_login"))
    assert client.get(page(3)).status_code == 404


# --- The town ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, found, missing",
    [
        ("", ["Aillot", "Villegoudou"], []),
        ("?type=maternelle", ["Marie Curie"], ["Aillot"]),
        ("?nom=bisseous", ["Bisséous"], ["Marie Curie"]),
        ("?nom=l%27albinque", ["L’Albinque"], ["Marie Curie"]),
        ("?nom=docteur+aribat&type=elementaire", ["Villegoudou"], ["Aillot"]),
        ("?type=inconnu", ["Aillot"], []),
    ],
)
def test_a_school_is_found_by_kind_name_or_street(client, query, found, missing):
    fill_schools()
    table = text_of(client, f"/infos-pratiques/{query}").partition('id="ecoles"')[2]
    for name in found:
        assert name in table
    for name in missing:
        assert name not in table


def test_no_school_found_is_said_and_the_search_is_kept(client):
    fill_schools()
    page = text_of(client, "/infos-pratiques/?nom=poudlard")
    assert "Aucune école ne correspond" in page
    assert 'value="poudlard"' in page


def test_the_calendar_is_said_in_words_and_in_a_table(client):
    fill_school_years()
    ActivityFactory()
    page = text_of(client, "/infos-pratiques/")
    assert "du samedi 19 décembre 2026 au dimanche 3 janvier 2027" in page
    assert "reprise le lundi 4 janvier 2027" in page
    assert "139 dans l’année" in page


def test_the_pages_hold_before_anything_is_entered(client):
    for path in ("/", "/activites/", "/infos-pratiques/", "/demarches/", "/plan-du-site/", "/actualites/"):
        assert client.get(path).status_code == 200


# --- Démarches --------------------------------------------------------------------------------------------------------


def test_a_demarche_that_needs_an_account_leads_through_signing_in(client):
    page = text_of(client, "/demarches/")
    assert f'href="{reverse("account_login")}?next=%2Finscriptions%2F"' in page
    assert f'href="{reverse("families:activate")}"' in page
    client.force_login(GuardianFactory(with_space=True).user)
    page = text_of(client, "/demarches/")
    assert f'href="{reverse("reservations:enrol")}"' in page
    assert "?next=" not in page
    assert "Activer mon espace" not in page


def test_every_demarche_leads_to_a_page_that_opens(client):
    client.force_login(GuardianFactory(with_space=True).user)
    for _, rows in demarches.by_section(signed_in=True):
        for row in rows:
            page = client.get(row.link(signed_in=True))
            asks_password = page.get("Location", "").startswith(reverse("account_reauthenticate"))
            assert page.status_code == 200 or asks_password, row.slug


def test_every_demarche_without_an_account_opens_for_a_stranger(client):
    for _, rows in demarches.by_section(signed_in=False):
        for row in rows:
            if not row.needs_account:
                assert client.get(row.link(signed_in=False)).status_code == 200, row.slug


def test_two_demarches_do_not_share_a_name():
    other = Demarche("contact", Section.CONTACT, "Autre", "Autre chose", "contact", "envelope")
    with pytest.raises(ValueError, match="registered twice"):
        demarches.register(other)


def test_an_agent_reads_the_public_pages_as_well(client):
    client.force_login(UserFactory(agent=True))
    for path in ("/", "/demarches/", "/contact/"):
        assert client.get(path).status_code == 200


def test_an_unknown_address_shows_the_ways_back(client):
    answer = client.get("/nulle-part/")
    assert answer.status_code == 404
    for way in (reverse("site_map"), reverse("new_request"), reverse("contact")):
        assert f'href="{way}"' in answer.content.decode()
