"""What prices look at of a household and its children: where it lives, ranks, baskets; and a tariff that is frozen."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.models import HealthPlan
from families.tests.factories import ChildFactory, FamilyFactory, FamilyRequestFactory
from reservations.models import Residence, Tariff, TariffBand, TariffRule
from reservations.pricing import HouseholdPrices, WantedDay
from reservations.pricing.baskets import BasketBook
from reservations.pricing.residences import ResidenceBook
from reservations.pricing.siblings import SiblingBook
from reservations.services.tariffs import CannotVersion, freeze_tariffs, new_version
from reservations.tests.factories import ActivityFactory, EnrolmentFactory, TariffBandFactory, TariffFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, tzinfo=PARIS)
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


def decide(family, is_resident, starts_on, ends_on=None):
    return Residence.objects.create(
        family=family, is_resident=is_resident, starts_on=starts_on, ends_on=ends_on, reason="Essai", decided_at=NOON
    )


def test_a_household_lives_where_its_address_says_unless_an_agent_decided_otherwise():
    here, away, moved = FamilyFactory(), FamilyFactory(city="Albi", postcode="81000"), FamilyFactory()
    decide(away, True, date(2026, 10, 10), date(2026, 10, 20))
    decide(moved, False, date(2026, 10, 15))

    book = ResidenceBook.load([here.pk, away.pk, moved.pk], *OCTOBER)

    def on(family):
        return [book.on(family.pk, date(2026, 10, day)) for day in (9, 10, 15, 20, 21)]

    assert on(here) == [True] * 5
    assert on(away) == [False, True, True, True, False]
    assert on(moved) == [True, True, False, False, False]


def test_ranks_go_from_the_eldest_to_the_youngest_among_those_enrolled_that_day():
    family, canteen = FamilyFactory(), ActivityFactory()
    evening = ActivityFactory(slug="garderie")
    tom, lea, zoe = (ChildFactory(at_home=family, birth_date=date(year, 5, 1)) for year in (2015, 2017, 2019))
    EnrolmentFactory(child=zoe, family=family, activity=canteen)
    EnrolmentFactory(child=lea, family=family, activity=canteen, ends_on=date(2026, 10, 15))
    EnrolmentFactory(child=tom, family=family, activity=evening)

    book = SiblingBook.load([family.pk], *OCTOBER)

    def rank(child, day, ranks_by="activite", activity=canteen):
        return book.rank(family.pk, child.pk, activity.pk, date(2026, 10, day), ranks_by)

    assert (rank(lea, 15), rank(zoe, 15)) == (1, 2)
    assert rank(zoe, 16) == 1
    assert (rank(lea, 15, "toutes"), rank(zoe, 15, "toutes"), rank(tom, 15, "toutes", evening)) == (2, 3, 1)


def plan(child, *, on, basket=True, until=None, state="valide"):
    content = {"needs": "Secret.", "basket_meal": basket, "valid_until": until and until.isoformat()}
    return HealthPlan.objects.create(
        child=child, request=FamilyRequestFactory(family=child.families.get(), kind="pai"), content=content, state=state,
        proposed_at=NOON, decided_at=datetime.combine(on, datetime.min.time(), PARIS), decided_by=UserFactory(),
    )  # fmt: skip


def test_a_basket_holds_while_the_plan_that_says_so_does():
    lea, tom, zoe = (ChildFactory(at_home=FamilyFactory()) for _ in range(3))
    plan(lea, on=date(2026, 9, 1), until=date(2026, 10, 12))
    plan(tom, on=date(2026, 9, 1), state="termine")
    plan(tom, on=date(2026, 10, 15), basket=False)
    plan(zoe, on=date(2026, 9, 1), state="refuse")

    book = BasketBook.load([lea.pk, tom.pk, zoe.pk], *OCTOBER)

    assert [book.has(lea.pk, date(2026, 10, day)) for day in (1, 12, 13)] == [True, True, False]
    assert [book.has(tom.pk, date(2026, 10, day)) for day in (1, 14, 15)] == [True, True, False]
    assert not book.has(zoe.pk, date(2026, 10, 1))


def test_nothing_is_read_that_no_tariff_looks_at(django_assert_num_queries):
    band = TariffBandFactory()
    family, wanted = FamilyFactory(), WantedDay(1, band.tariff.activity_id, date(2026, 10, 5))
    with django_assert_num_queries(3):
        prices = HouseholdPrices.load([family.pk], [1], [wanted.activity], *OCTOBER)
    for when, rank in (("hors-commune", None), ("fratrie", 2), ("panier", None)):
        TariffRule.objects.create(tariff=band.tariff, when=when, rank_from=rank, effect="pourcent", amount=1)
    with django_assert_num_queries(6):
        again = HouseholdPrices.load([family.pk], [1], [wanted.activity], *OCTOBER)
    assert prices.price(family.pk, wanted).price.total == again.price(family.pk, wanted).price.total == Decimal("3.00")
    assert (prices.price(family.pk, wanted).rank, again.price(family.pk, wanted).rank) == (None, 1)


# --- A tariff that priced an invoice ----------------------------------------------------------------------------------


@pytest.fixture
def frozen():
    tariff = TariffFactory(number="", ends_on=date(2027, 8, 31))
    TariffBandFactory(tariff=tariff, label="A", quotient_below=900)
    TariffBandFactory(tariff=tariff, label="B", quotient_from=900)
    TariffRule.objects.create(tariff=tariff, when="hors-delai", effect="garde", amount=2)
    freeze_tariffs(tariffs=[tariff.pk], at=NOON)
    return Tariff.objects.get()


@pytest.mark.parametrize(
    "change",
    [
        lambda tariff: Tariff.objects.update(number="AUTRE", voted_on=date(2026, 6, 24)),
        lambda tariff: Tariff.objects.update(starts_on=date(2026, 9, 2)),
        lambda tariff: Tariff.objects.update(frozen_at=None),
        lambda tariff: TariffBand.objects.filter(label="A").update(food_part=9),
        lambda tariff: TariffRule.objects.update(amount=9),
    ],
)
def test_the_database_itself_keeps_what_was_invoiced(frozen, change):
    with pytest.raises(IntegrityError, match="ne change plus"), transaction.atomic():
        change(frozen)
    assert Tariff.objects.filter(pk=frozen.pk).update(ends_on=date(2026, 12, 31)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda tariff: tariff.save(),
        lambda tariff: tariff.delete(),
        lambda tariff: tariff.bands.first().delete(),
        lambda tariff: tariff.rules.first().save(),
        lambda tariff: TariffBandFactory(tariff=tariff, label="C"),
    ],
)
def test_so_do_its_rows(frozen, change):
    with pytest.raises(Tariff.Frozen):
        change(frozen)
    assert (frozen.bands.count(), frozen.rules.count()) == (2, 1)


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["tariff", "tariffband", "tariffrule"])
def test_postgresql_keeps_them_from_being_removed(frozen, table):
    with pytest.raises(IntegrityError, match="ne change plus"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM reservations_{table}")


@pytest.mark.postgres
def test_postgresql_refuses_two_decisions_about_one_day(transactional_db):
    family = FamilyFactory()
    decide(family, True, date(2026, 10, 1))
    with pytest.raises(IntegrityError):
        decide(family, False, date(2026, 10, 15))


@pytest.mark.django_db(transaction=True)
def test_another_vote_begins_where_the_first_ends_and_may_be_changed():
    tariff = TariffFactory(ends_on=date(2027, 8, 31))
    TariffBandFactory(tariff=tariff)
    TariffRule.objects.create(tariff=tariff, when="hors-delai", effect="garde", amount=2)
    freeze_tariffs(tariffs=[tariff.pk], at=NOON)
    vote = {"number": "2026-12-07", "voted_on": date(2026, 12, 15)}
    for day in (date(2026, 9, 1), date(2027, 9, 1), date(2026, 8, 31)):
        with pytest.raises(CannotVersion, match="commence pendant celui-ci"):
            new_version(tariff=tariff, starts_on=day, **vote)

    after = new_version(tariff=tariff, starts_on=date(2027, 1, 1), **vote)

    tariff.refresh_from_db()
    assert (tariff.ends_on, after.starts_on, after.ends_on) == (date(2026, 12, 31), date(2027, 1, 1), date(2027, 8, 31))
    assert after.vote.replace("\u00a0", " ") == "Délibération n° 2026-12-07 du 15 décembre 2026"
    assert (after.bands.count(), after.rules.get().amount, after.frozen_at) == (1, 2, None)
    assert (tariff.bands.count(), tariff.rules.count()) == (1, 1)
    after.bands.update(care_part=Decimal("1.10"))
