"""The reservations in the agents' back office: what can be changed, what is only read, what is refused."""

import re
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from documents.tests.factories import RegulationAcceptanceFactory, RegulationVersionFactory
from families.tests.factories import FamilyFactory
from reservations.models import (
    Activity,
    ActivityFormula,
    ClosedPeriod,
    Enrolment,
    Residence,
    SiteDay,
    Tariff,
    TariffBand,
    TariffRule,
)
from reservations.rules.bands import problem_of
from reservations.tests.factories import (
    ActivityFactory,
    ActivitySiteFactory,
    BookingFactory,
    BookingReceiptFactory,
    SchoolYearFactory,
    TariffBandFactory,
    TariffFactory,
    a_child_at_the_canteen,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 19, 12, 6, tzinfo=PARIS))
    user = UserFactory(agent=True, role=AGENTS)
    client.force_login(user)
    return user


def rows(prefix, *data, initial=0):
    """Return the POST of an inline: its rows and its bookkeeping."""
    posted = {f"{prefix}-TOTAL_FORMS": len(data), f"{prefix}-INITIAL_FORMS": initial}
    for place, row in enumerate(data):
        posted |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return posted


def plain(response):
    return response.content.decode().replace("\u00a0", " ")


def change(model, row):
    return reverse(f"admin:{model}_change", args=[row.pk])


@pytest.mark.parametrize(
    "model",
    ["schoolyear", "activity", "activitysite", "siteday", "tariff", "enrolment", "booking", "bookingreceipt"],
)
def test_each_list_opens_and_costs_the_same_with_many_rows(client, agent, model, django_assert_max_num_queries):
    SchoolYearFactory(label="2027-2028")
    for _ in range(4):
        _, enrolment = a_child_at_the_canteen(FamilyFactory())
        booking = BookingFactory(enrolment=enrolment, booked_by=agent, receipt=BookingReceiptFactory())
        SiteDay.objects.create(site=booking.site, day=booking.day)
        TariffBandFactory(tariff=TariffFactory(starts_on=date(2020 + enrolment.pk % 5, 9, 1)), label=str(enrolment.pk))
    with django_assert_max_num_queries(20):
        assert client.get(reverse(f"admin:reservations_{model}_changelist")).status_code == 200


def test_an_activity_says_what_its_rule_means_for_next_monday(client, agent):
    SchoolYearFactory()
    ActivitySiteFactory()
    page = client.get(change("reservations_activity", Activity.objects.get())).content.decode()
    assert "Le lundi 23 novembre 2026 se réserve et s’annule jusqu’au lundi 16 novembre 2026." in page


# --- School years -----------------------------------------------------------------------------------------------------

YEAR = {"label": "2028-2029", "starts_on": "01/09/2028", "ends_on": "06/07/2029", "enrolment_opens_on": "01/05/2028"}


def period(label, first, last):
    return {"kind": "vacances", "label": label, "starts_on": first, "ends_on": last}


@pytest.mark.parametrize(
    "periods, problem",
    [
        ([period("Toussaint", "21/10/2028", "05/11/2028"), period("Noël", "23/12/2028", "07/01/2029")], None),
        ([period("Été", "07/07/2029", "31/08/2029")], "sort de l’année scolaire"),
        (
            [period("Toussaint", "21/10/2028", "05/11/2028"), period("Armistice", "05/11/2028", "11/11/2028")],
            "se chevauchent",
        ),
    ],
)
def test_periods_stay_inside_their_year_and_apart(client, agent, periods, problem):
    response = client.post(reverse("admin:reservations_schoolyear_add"), YEAR | rows("closed_periods", *periods))
    if problem:
        assert problem in response.content.decode()
        assert not ClosedPeriod.objects.exists()
    else:
        assert response.status_code == 302
        assert ClosedPeriod.objects.count() == len(periods)


# --- Tariffs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bands, problem",
    [
        ([(0, 400), (400, 800), (800, None)], None),
        ([(800, None), (0, 400), (400, 800)], None),
        ([(0, None)], None),
        ([], "au moins une tranche"),
        ([(100, None)], "doit commencer à 0"),
        ([(0, 400), (450, None)], "Aucune tranche ne couvre les quotients de 400 à 449"),
        ([(0, 400), (350, None)], "Deux tranches couvrent le quotient 350"),
        ([(0, None), (400, None)], "sans limite haute"),
        ([(0, 400), (400, 800)], "laissez la dernière sans limite haute"),
    ],
)
def test_bands_leave_no_quotient_without_a_price_and_give_none_two(bands, problem):
    found = problem_of(bands)
    assert found is None if problem is None else problem in found


def tariff(activity, *bands, **fields):
    data = [
        {"label": chr(65 + n), "quotient_from": low, "quotient_below": below or "", "care_part": "1", "food_part": "2"}
        for n, (low, below) in enumerate(bands)
    ]
    plain = {
        "activity": activity.pk,
        "starts_on": "01/09/2026",
        "ends_on": "",
        "number": "D 1",
        "voted_on": "24/06/2026",
    }
    return plain | {"ranks_by": "activite"} | fields | rows("bands", *data) | rows("rules")


def test_a_tariff_with_a_gap_is_refused_where_one_without_is_saved(client, agent):
    canteen, add = ActivityFactory(), reverse("admin:reservations_tariff_add")
    response = client.post(add, tariff(canteen, (0, 400), (500, None)))
    assert "Aucune tranche ne couvre" in response.content.decode()
    assert not Tariff.objects.exists()
    assert client.post(add, tariff(canteen, (0, 400), (400, None))).status_code == 302
    assert TariffBand.objects.count() == 2


def test_two_tariffs_do_not_cover_one_day(client, agent):
    canteen, add = ActivityFactory(), reverse("admin:reservations_tariff_add")
    TariffFactory(activity=canteen, starts_on=date(2025, 9, 1), ends_on=date(2026, 9, 1))
    assert "couvre déjà" in client.post(add, tariff(canteen, (0, None))).content.decode()
    assert client.post(add, tariff(canteen, (0, None), starts_on="02/09/2026")).status_code == 302


def test_a_tariff_above_the_cost_per_user_is_refused_by_its_law_and_nothing_typed_is_lost(client, agent):
    canteen, add = ActivityFactory(is_meal=True), reverse("admin:reservations_tariff_add")
    late = {"when": "hors-delai", "rank_from": "", "effect": "repas", "amount": "7.77"}
    dear = tariff(canteen, (0, 400), (400, None)) | {"bands-0-cost": "2.90"}
    assert "Ce prix dépasse le coût par usager (code de l’éducation, article R531-53" in plain(client.post(add, dear))
    dear |= {"bands-0-cost": "3.00", "bands-1-care_part": "1.01"}
    assert "la tranche B dépasse le coût par usager (3,01 € pour 3,00 €)" in plain(client.post(add, dear))
    with_rule = tariff(canteen, (0, 400), (400, None)) | {"bands-0-cost": "9.80"} | rows("rules", late)
    said = plain(client.post(add, with_rule))
    assert "le prix peut atteindre 10,77 € (Réservation hors délai : + 7,77 €)" in said
    assert "code de l’éducation, article R531-53" in said
    assert 'value="7.77"' in said
    Activity.objects.update(is_meal=False)
    assert "loi n° 98-657 du 29 juillet 1998, article 147" in plain(client.post(add, with_rule))
    assert not Tariff.objects.exists()
    assert client.post(add, with_rule | {"rules-0-amount": "2.00"}).status_code == 302
    assert set(TariffBand.objects.values_list("cost", flat=True)) == {Decimal("9.80")}  # typed once


def test_each_formula_has_its_bands_and_a_vote_comes_before_its_first_day(client, agent):
    centre, add = ActivityFactory(), reverse("admin:reservations_tariff_add")
    for formula in ("journee", "matin"):
        ActivityFormula.objects.create(activity=centre, formula=formula, opens_at=time(8), closes_at=time(18))
    typed = tariff(centre, (0, 400), (400, None)) | {"bands-0-formula": "journee", "bands-1-formula": "apres-midi"}
    said = plain(client.post(add, typed | {"voted_on": "02/09/2026"}))
    assert "Un tarif ne s’applique pas avant d’être voté" in said
    assert "Journée sans repas : Aucune tranche ne couvre les quotients à partir de 400" in said
    assert "Cette activité ne propose pas : Après-midi sans repas." in said
    assert "Il manque les tranches de : Matin sans repas." in said


def test_a_tariff_says_in_french_what_typical_families_pay(client, agent):
    band = TariffBandFactory(tariff__activity=ActivityFactory(is_meal=True))
    for when, effect, amount in (
        ("hors-commune", "garde", 2),
        ("panier", "repas-fixe", 0),
        ("imprevu", "prix-fixe", 10),
    ):
        TariffRule.objects.create(tariff=band.tariff, when=when, effect=effect, amount=amount)
    said = re.sub(r"<[^>]+>", " ", plain(client.get(change("reservations_tariff", band.tariff))))
    said = re.sub(r"\s+", " ", said)
    assert "Panier repas : la part alimentaire n’est pas facturée, la part garde reste due" in said
    assert "Famille Cas général Foyer hors commune Panier repas Venu sans réservation" in said
    assert "Tranche A, quotient 500 3,00 € 5,00 € 1,00 € 10,00 €" in said


def test_a_tariff_that_priced_invoices_is_only_read_and_another_vote_follows_it(client, agent):
    frozen = TariffBandFactory().tariff
    Tariff.objects.update(frozen_at=datetime(2026, 11, 8, 6, tzinfo=PARIS))
    address = change("reservations_tariff", frozen)
    assert "il a servi à des factures, il ne change plus" in plain(client.get(address))
    assert client.post(address, tariff(frozen.activity, (0, None))).status_code == 403
    assert client.get(reverse("admin:reservations_tariff_delete", args=[frozen.pk])).status_code == 403
    page = reverse("admin:reservations_tariff_version_page", args=[frozen.pk])
    assert client.get(page).status_code == 200
    said = plain(client.post(page, {"starts_on": "01/01/2026", "number": "DEL-7", "voted_on": "15/12/2025"}))
    assert "Le nouveau tarif commence pendant celui-ci" in said
    assert 'value="DEL-7"' in said


def test_where_a_household_counts_as_living_is_decided_once_a_day_and_signed(client, agent):
    family, add = FamilyFactory(), reverse("admin:reservations_residence_add")
    typed = {"family": family.pk, "starts_on": "01/09/2026", "ends_on": "", "reason": "A déménagé"}
    assert client.post(add, typed).status_code == 302
    row = Residence.objects.get()
    assert (row.is_resident, row.decided_by, row.decided_at is not None) == (False, agent, True)
    assert "Une décision couvre déjà ces jours" in plain(client.post(add, typed | {"starts_on": "01/10/2026"}))
    assert (
        client.post(add, typed | {"starts_on": "01/08/2026", "ends_on": "31/08/2026", "reason": ""}).status_code == 200
    )
    assert Residence.objects.count() == 1


# --- What is only read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["booking", "bookingreceipt"])
def test_bookings_and_receipts_are_only_read(client, agent, model):
    _, enrolment = a_child_at_the_canteen(FamilyFactory())
    receipt = BookingReceiptFactory()
    row = {"booking": BookingFactory(enrolment=enrolment, receipt=receipt), "bookingreceipt": receipt}[model]
    assert client.get(change(f"reservations_{model}", row)).status_code == 200
    assert client.post(change(f"reservations_{model}", row), {"day": "08/12/2026"}).status_code == 403
    assert client.get(reverse(f"admin:reservations_{model}_add")).status_code == 403
    assert client.get(reverse(f"admin:reservations_{model}_delete", args=[row.pk])).status_code == 403


def test_the_first_day_of_an_enrolment_stays_inside_it(client, agent):
    _, enrolment = a_child_at_the_canteen(FamilyFactory())
    address = change("reservations_enrolment", enrolment)
    outside = client.post(address, {"starts_on": "31/07/2026"})
    assert "entre le 1er septembre 2026 et le 2 juillet 2027" in outside.content.decode()
    assert client.post(address, {"starts_on": "05/10/2026"}).status_code == 302
    assert Enrolment.objects.get().starts_on == date(2026, 10, 5)


def test_a_version_that_was_accepted_is_only_read(client, agent):
    version = RegulationVersionFactory()
    address = change("documents_regulationversion", version)
    posted = {
        "regulation": version.regulation_id,
        "number": 1,
        "in_force_on": "01/07/2025",
        "body": "Un autre texte.",
    }
    assert client.post(address, posted).status_code == 302
    RegulationAcceptanceFactory(version=version)
    assert client.get(address).status_code == 200
    assert client.post(address, posted | {"body": "Encore un autre."}).status_code == 403
    version.refresh_from_db()
    assert version.body == "Un autre texte."
    for model in ("regulation", "regulationversion", "regulationacceptance"):
        assert client.get(reverse(f"admin:documents_{model}_changelist")).status_code == 200
