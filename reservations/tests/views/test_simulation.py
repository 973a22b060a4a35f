"""« Simulation des tarifs » as anybody reads it, and as a family that has signed in."""

import re
from datetime import date, datetime, timedelta

import pytest

from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, CustodyFactory, QuotientRecordFactory
from reservations.models import Activity, TariffBand
from reservations.tests.factories import (
    ActivityFactory,
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    TariffBandFactory,
    TariffFactory,
)

pytestmark = pytest.mark.django_db

EVERY_DAY = "&".join(f"jours-1-restauration={day}" for day in ("lundi", "mardi", "jeudi", "vendredi"))


@pytest.fixture(autouse=True)
def canteen(at):
    SchoolYearFactory()
    tariff = TariffFactory()
    TariffBandFactory(tariff=tariff, label="A", quotient_from=0, quotient_below=900, care_part="1.00", food_part="2.00")
    TariffBandFactory(tariff=tariff, label="B", quotient_from=900, care_part="1.50", food_part="3.00")
    return tariff.activity


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " "))


def ask(client, query=""):
    return client.get(f"/simulation/?{query}")


def test_anybody_may_open_it_and_nothing_is_priced_before_she_asks(client):
    page = client.get("/simulation/")
    assert page.status_code == 200
    assert "Ce que cela coûterait" not in text_of(page)
    assert 'value="lundi"' in page.content.decode()


def test_a_quotient_gives_the_price_the_band_and_the_rule(client):
    said = text_of(ask(client, f"quotient=612&enfants=1&vus=1&{EVERY_DAY}"))
    assert "3,00 € par repas" in said
    assert "Tranche A (quotient de 0 à moins de 900)" in said
    assert "garde 1,00 € ; alimentaire 2,00 €" in said
    assert "Délibération de démonstration – tarif de démonstration" in said
    assert "4 jours par semaine : 139 jours dans l’année" in said
    assert "417,00 € , 139 jours réservés" in said
    assert "37,91 € , sur les 11 mois" in said
    assert "Septembre 2026 17 51,00 €" in said


def test_income_and_parts_give_an_estimate_that_is_spelled_out(client):
    said = text_of(ask(client, f"revenu=24+000%2C00&parts=2%2C5&enfants=1&vus=1&{EVERY_DAY}"))
    assert "24 000,00 € ÷ 12 ÷ 2,5 parts = 800 . Indicatif" in said
    assert "Tranche A" in said


def test_without_a_quotient_the_highest_band_is_stated(client):
    said = text_of(ask(client, f"enfants=1&vus=1&{EVERY_DAY}"))
    assert "La tranche la plus élevée s’applique" in said
    assert "Tranche B (quotient de 900 et plus), la plus élevée, faute de quotient" in said
    assert "4,50 € par repas" in said


def test_a_gap_is_said_and_no_number_invented(client):
    TariffBand.objects.filter(label="A").update(quotient_below=500)
    said = text_of(ask(client, f"quotient=612&enfants=1&vus=1&{EVERY_DAY}"))
    assert "Le quotient 612 n’entre dans aucune tranche du tarif voté" in said
    assert "€" not in said.partition("Ce que cela coûterait")[2].partition("Vos ressources")[0]


def test_children_added_take_the_days_of_the_first(client):
    page = ask(client, "quotient=612&enfants=3&vus=1&jours-1-restauration=lundi")
    said = text_of(page)
    assert said.count("1 jour par semaine") == 3
    assert page.content.decode().count('value="lundi"') == 3
    again = text_of(ask(client, "quotient=612&enfants=2&vus=2&jours-1-restauration=lundi"))
    assert again.count("1 jour par semaine") == 1  # the second was unticked on purpose


@pytest.mark.parametrize(
    "query, words",
    [
        ("quotient=beaucoup&enfants=1", "Écrivez le quotient en chiffres."),
        ("quotient=-5&enfants=1", "Ce nombre est trop petit"),
        ("quotient=612.5&enfants=1", "Écrivez le quotient sans centimes."),
        ("revenu=24000&enfants=1", "Indiquez aussi le nombre de parts."),
        ("parts=2&enfants=1", "Indiquez aussi le revenu"),
        ("revenu=24000&parts=0&enfants=1", "Ce nombre est trop petit : 1 au moins."),
        ("quotient=612&enfants=0", "Indiquez au moins un enfant."),
        ("quotient=612&enfants=99", "La simulation va jusqu’à 8 enfants."),
        ("quotient=612&enfants=deux", "Écrivez le nombre d’enfants en chiffres."),
        ("quotient=612&enfants=1&annee=1999-2000", "Cette année scolaire n’est pas proposée."),
        ("quotient=612&enfants=1&jours-1-restauration=dimanche", "Ce service ne fonctionne pas ce jour-là."),
        ("quotient=612&enfants=1&vus=1&jours-1-restauration=lundi&semaines-1=bissextiles", "Choisissez les semaines"),
        ("quotient=NaN&enfants=1", "Écrivez le quotient en chiffres."),
        ("quotient=1e400&enfants=1", "Ce nombre est trop grand."),
    ],
)
def test_bad_input_is_a_sentence_and_what_was_typed_stays(client, query, words):
    page = ask(client, query)
    assert page.status_code == 200
    assert words in text_of(page)
    assert "Ce que cela coûterait" not in text_of(page)
    if query.startswith("quotient=beaucoup"):
        assert 'value="beaucoup"' in page.content.decode()
        assert 'aria-describedby="id_quotient-error' in page.content.decode()


def test_no_day_ticked(client):
    assert "Cochez au moins un jour d’un service." in text_of(ask(client, "quotient=612&enfants=1&vus=1"))


def test_before_any_service_is_open(client):
    Activity.objects.update(is_open=False)
    assert "Pas encore de tarif à simuler" in text_of(client.get("/simulation/"))


def test_in_summer_the_coming_year_is_priced_or_said_not_to_be_voted(client, at):
    at(datetime(2027, 7, 20, 9, tzinfo=PARIS))
    assert "Pas encore de tarif" in text_of(client.get("/simulation/"))
    SchoolYearFactory(label="2027-2028")
    said = text_of(ask(client, f"quotient=612&enfants=1&vus=1&{EVERY_DAY}"))
    assert "Ce que cela coûterait, 2027-2028" in said


# --- Signed in --------------------------------------------------------------------------------------------------------


@pytest.fixture
def zoe(mother):
    child = ChildFactory(first_name="Zoé", at_home=mother.family)
    enrolment = EnrolmentFactory(child=child, family=mother.family)
    for week in range(5):
        for offset in (0, 3):  # Mondays and Thursdays
            BookingFactory(enrolment=enrolment, day=date(2026, 11, 9) + timedelta(days=7 * week + offset))
    BookingFactory(enrolment=enrolment, day=date(2026, 11, 10))  # one Tuesday, by exception
    return child


def test_a_family_starts_from_its_own_file(signed_in, mother, zoe):
    QuotientRecordFactory(family=mother.family, value=950)
    said = text_of(signed_in.get("/simulation/"))
    assert "Votre dossier porte aujourd’hui le quotient 950" in said
    assert "Tranche B (quotient de 900 et plus) ;" in said
    assert "Zoé , Restauration scolaire 2 jours par semaine" in said


def test_a_family_without_a_quotient_reads_what_applies(signed_in, zoe):
    said = text_of(signed_in.get("/simulation/"))
    assert "Votre dossier ne porte aucun quotient en cours" in said
    assert "la plus élevée, faute de quotient" in said


def test_a_shared_child_is_counted_in_her_own_weeks(signed_in, mother, zoe):
    zoe.custodies.all().delete()
    CustodyFactory(child=zoe, family=mother.family, even_weeks=True)
    assert "semaines paires" in text_of(signed_in.get("/simulation/"))


def test_nothing_of_another_household_is_shown(client, mother, zoe):
    assert "Zoé" not in text_of(client.get("/simulation/"))


def test_the_page_costs_the_same_with_one_child_and_with_four(signed_in, mother, zoe, django_assert_num_queries):
    signed_in.get("/simulation/")
    with django_assert_num_queries(12):
        signed_in.get("/simulation/")
    for _ in range(3):
        child = ChildFactory(at_home=mother.family)
        BookingFactory(enrolment=EnrolmentFactory(child=child, family=mother.family))
    evening = ActivityFactory(slug="garderie", name="Garderie", unit="soirée")
    TariffBandFactory(tariff=TariffFactory(activity=evening))
    with django_assert_num_queries(12):
        signed_in.get("/simulation/")
