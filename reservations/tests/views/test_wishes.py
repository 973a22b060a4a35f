"""The page of wishes, and the agents' side of an allocation."""

import re
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group

from accounts import roles
from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, CustodyFactory
from reservations.models import ActivitySite, AllocationCriterion, Booking, HolidayPeriod, Wish, WishList
from reservations.tests.factories import (
    HolidayPeriodFactory,
    SiteFactory,
    a_child_in_the_holidays,
    holiday_centre,
)
from reservations.tests.views.conftest import NOON

pytestmark = pytest.mark.django_db

NINE = time(9)
CLOSED = datetime(2026, 12, 4, 12, tzinfo=PARIS)
FIRST, SECOND = date(2026, 12, 21), date(2026, 12, 28)


@pytest.fixture
def lea(mother):
    return a_child_in_the_holidays(mother.family, first_name="Léa")[0]


@pytest.fixture
def period():
    found = HolidayPeriodFactory(wishes=True, activity=holiday_centre(places=1))
    AllocationCriterion.objects.create(period=found, kind="ecole", points=3)
    return found


def text_of(response):
    return response.content.decode().replace("\u00a0", " ")


def send(client, period, child, *ranked, **more):
    page = client.get(f"/vacances/{period.pk}/").content.decode()
    submission = re.search(r'name="envoi" value="([^"]+)"', page)[1]
    fields = {"envoi": submission, f"semaines-{child.pk}": "1", f"formule-{child.pk}": "journee"}
    fields |= {f"rang-{child.pk}-{monday}": str(rank) for rank, monday in enumerate(ranked, 1)}
    return client.post(f"/vacances/{period.pk}/", fields | more)


def test_the_page_publishes_criteria_draw_and_ranks(signed_in, mother, lea, period):
    page = text_of(signed_in.get(f"/vacances/{period.pk}/"))
    assert "Enfant scolarisé dans une école publique de Castres : 3 points" in page
    assert "Tirage du 2 novembre 2026|numéro de dossier" in page
    assert f'name="rang-{lea.pk}-2026-12-21"' in page


def test_wishes_are_sent_then_shown_again_and_in_the_request(signed_in, lea, period):
    answer = send(signed_in, period, lea, SECOND, FIRST)
    row = WishList.objects.get()
    assert answer["Location"] == f"/demandes/{row.request.number}/"
    assert "1. Semaine du 28 au 31 décembre" in text_of(signed_in.get(answer["Location"]))
    page = text_of(signed_in.get(f"/vacances/{period.pk}/"))
    selected = re.findall(rf'name="rang-{lea.pk}-([\d-]+)">.*?<option value="(\d)" selected', page, re.S)
    assert selected == [("2026-12-21", "2"), ("2026-12-28", "1")]


def test_a_site_may_be_chosen_with_another_behind_it(signed_in, lea, period):
    home = period.activity.sites.get()
    other = ActivitySite.objects.create(
        activity=period.activity,
        venue=SiteFactory(name="Centre du Lac"),
        opens_at=home.opens_at,
        closes_at=home.closes_at,
    )
    send(signed_in, period, lea, FIRST, **{f"lieu-{lea.pk}-{FIRST}": f"{other.pk}-{home.pk}"})
    assert list(Wish.objects.order_by("rank").values_list("site_id", flat=True)) == [other.pk, home.pk]
    assert f'<option value="{other.pk}-{home.pk}" selected>' in text_of(signed_in.get(f"/vacances/{period.pk}/"))


def test_what_was_typed_survives_a_refusal(signed_in, lea, period):
    page = text_of(send(signed_in, period, lea, FIRST, **{f"rang-{lea.pk}-{SECOND}": "1"}))
    assert "deux semaines ont le même rang" in page
    assert page.count('<option value="1" selected>1</option>') == 2
    assert not WishList.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"envoi": "x"}, {"rang-x-2026-12-21": "1"}, {"rang-1-hier": "1"}])
def test_a_garbled_form_is_a_bad_request(signed_in, lea, period, fields):
    assert signed_in.post(f"/vacances/{period.pk}/", fields).status_code == 400


def test_weeks_of_the_other_household_are_not_offered(signed_in, mother, period):
    child = ChildFactory(first_name="Inès")
    CustodyFactory(child=child, family=mother.family, odd_weeks=True)
    a_child_in_the_holidays(mother.family, child=child)
    page = text_of(signed_in.get(f"/vacances/{period.pk}/"))
    # The week of the 21st is the 52nd, that of the 28th the 53rd.
    assert f'name="rang-{child.pk}-2026-12-28"' in page
    assert f'name="rang-{child.pk}-2026-12-21"' not in page
    assert "L’enfant n’habite pas chez vous cette semaine-là" in page


# --- Agents -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(client_of):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=roles.AGENTS))
    return client_of(user)


def test_an_agent_sees_what_would_be_given_then_validates_it(signed_in, agent, at, mother, lea, period):
    send(signed_in, period, lea, FIRST)
    address = f"/admin/reservations/holidayperiod/{period.pk}/attribution/"
    assert "l’attribution se valide ensuite" in text_of(agent.get(address))
    at(CLOSED)
    page = text_of(agent.get(address))
    assert "avec 3 points" in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]

    assert agent.post(address, {"seen": "autre chose"}).status_code == 302
    assert not Booking.objects.exists()
    agent.post(address, {"seen": seen})
    assert Booking.objects.count() == 4
    result = text_of(signed_in.get(f"/vacances/{period.pk}/"))
    assert "Ce que vous avez obtenu" in result
    assert "avec 3 points" in result
    assert "1 semaine obtenue sur 1 vœu" in text_of(signed_in.get("/vacances/")).lower()


def test_what_is_left_opens_to_who_comes_first(signed_in, at, lea, period):
    opens = CLOSED + timedelta(days=2)
    HolidayPeriod.objects.update(allocated_at=CLOSED, second_opens_at=opens, second_closes_at=opens + timedelta(days=3))
    at(opens - timedelta(seconds=1))
    assert "Les places restantes se réservent" in text_of(signed_in.get(f"/vacances/{period.pk}/"))
    at(opens)
    page = text_of(signed_in.get(f"/vacances/{period.pk}/"))
    assert f'name="jour" value="{lea.pk}_2026-12-21"' in page


def fields_of(period, **changes):
    def split(name, value):
        return {f"{name}_0": f"{value:%Y-%m-%d}", f"{name}_1": f"{value:%H:%M:%S}"} if value else {}

    said = {
        "activity": period.activity_id,
        "label": "Vacances d’hiver",
        "mode": "premier-arrive",
        "starts_on": "2027-02-22",
        "ends_on": "2027-03-05",
        "most_weeks": "2",
        "tie_break": "tirage",
        "seed": "",
        **split("opens_at", NOON + timedelta(days=10)),
        **split("closes_at", NOON + timedelta(days=30)),
        "criteria-TOTAL_FORMS": "0",
        "criteria-INITIAL_FORMS": "0",
    }
    return said | changes


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"starts_on": "2026-12-30"}, "tient déjà une partie de ces jours"),
        ({"mode": "voeux"}, "Les vœux demandent une graine"),
        ({"mode": "voeux", "seed": "Une phrase"}, "Les vœux demandent au moins un critère"),
        ({"ends_on": "2027-02-01"}, "La fin précède le début"),
    ],
)
def test_a_period_that_cannot_be_is_refused_with_a_sentence(agent, period, changes, sentence):
    page = text_of(agent.post("/admin/reservations/holidayperiod/add/", fields_of(period, **changes)))
    assert sentence in page
    assert HolidayPeriod.objects.count() == 1


def test_days_of_class_are_told_and_not_refused(agent, period, lea):
    answer = agent.post("/admin/reservations/holidayperiod/add/", fields_of(period), follow=True)
    assert HolidayPeriod.objects.count() == 2
    assert "Attention" in text_of(answer) and "de classe au calendrier scolaire" in text_of(answer)


def test_rules_are_fixed_once_families_wish(agent, period):
    page = text_of(agent.get(f"/admin/reservations/holidayperiod/{period.pk}/change/"))
    assert 'name="seed"' not in page
    assert 'name="second_opens_at_0"' in page


def test_the_list_says_the_state_in_words(agent, signed_in, lea, period):
    send(signed_in, period, lea, FIRST)
    page = text_of(agent.get("/admin/reservations/holidayperiod/?" + urlencode({"q": "Noël"})))
    assert "Ouverte : vœux jusqu’au 4 décembre 2026 à 12 h" in page
    assert "1 foyer, 1 enfant" in page
    assert agent.get(f"/admin/reservations/wishlist/{WishList.objects.get().pk}/change/").status_code == 200
