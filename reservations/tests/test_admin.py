"""The reservations in the agents' back office: what can be changed, what is only read, what is refused."""

from datetime import date, datetime

import pytest
from django.urls import reverse

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from documents.tests.factories import RegulationAcceptanceFactory, RegulationVersionFactory
from families.tests.factories import FamilyFactory
from reservations.models import Activity, ClosedPeriod, Enrolment, SiteDay, Tariff, TariffBand
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
    plain = {"activity": activity.pk, "starts_on": "01/09/2026", "ends_on": "", "deliberation": "D 1"}
    return plain | fields | rows("bands", *data)


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
