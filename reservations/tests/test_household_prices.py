"""What prices look at of a household and its children: where it lives, ranks, baskets; and a tariff that is frozen."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.models import HealthPlan
from families.tests.factories import ChildFactory, FamilyFactory, FamilyRequestFactory, QuotientRecordFactory
from reservations.models import Residence, Tariff, TariffBand, TariffRule
from reservations.pricing import HouseholdPrices, NoTariff, PriceList, QuotientBook, WantedDay
from reservations.pricing.baskets import BasketBook
from reservations.pricing.residences import ResidenceBook
from reservations.pricing.siblings import SiblingBook
from reservations.rules.tariffs import Situation
from reservations.services.tariffs import CannotVersion, freeze_tariffs, new_version
from reservations.tests.factories import (
    ActivityFactory,
    BookingFactory,
    EnrolmentFactory,
    TariffBandFactory,
    TariffFactory,
)

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


def test_what_touches_a_period_by_a_day_is_read(django_assert_num_queries):
    first, last = OCTOBER
    before, after = first - timedelta(days=1), last + timedelta(days=1)
    away, gone, to_come = (FamilyFactory(city="Albi", postcode="81000") for _ in range(3))
    decide(away, True, date(2026, 9, 1), first)
    decide(gone, True, date(2026, 9, 1), before)
    decide(to_come, True, after)
    homes = ResidenceBook.load([away.pk, gone.pk, to_come.pk], first, last)
    assert [homes.on(away.pk, day) for day in (first, first + timedelta(days=1))] == [True, False]
    assert [homes.on(gone.pk, first), homes.on(to_come.pk, last)] == [False, False]
    assert homes.on(-1, first), "un foyer que personne n’a lu est d’ici"

    for family, starts_on, ends_on in ((away, before, first), (gone, date(2026, 9, 1), before), (to_come, last, None)):
        QuotientRecordFactory(family=family, value=500, starts_on=starts_on, ends_on=ends_on)
    quotients = QuotientBook.load([away.pk, gone.pk, to_come.pk], first, last)
    assert [quotients.on(family.pk, first) for family in (away, gone, to_come)] == [500, None, None]
    assert [quotients.on(to_come.pk, day) for day in (last, date(2030, 1, 1))] == [500, 500]
    assert quotients.on(gone.pk, before) is None, "ce qui finit avant la période n’est pas lu"


def test_the_last_decision_and_the_last_quotient_hold():
    family = FamilyFactory()
    decide(family, False, date(2026, 9, 1), date(2026, 10, 9))
    decide(family, True, date(2026, 10, 10))
    book = ResidenceBook.load([family.pk], *OCTOBER)
    assert [book.on(family.pk, date(2026, 10, day)) for day in (9, 10)] == [False, True]


def test_a_child_who_is_not_enrolled_comes_after_the_others_and_twins_go_by_number():
    family, canteen = FamilyFactory(), ActivityFactory()
    first, second, third = (ChildFactory(at_home=family, birth_date=date(2018, 5, 1)) for _ in range(3))
    for child in (second, first):
        EnrolmentFactory(child=child, family=family, activity=canteen, ends_on=OCTOBER[0])
    book = SiblingBook.load([family.pk], *OCTOBER)
    ranks = [book.rank(family.pk, child.pk, canteen.pk, OCTOBER[0], "activite") for child in (first, second, third)]
    assert ranks == [1, 2, 3]
    assert book.rank(family.pk, third.pk, canteen.pk, OCTOBER[1], "activite") == 1
    assert (
        SiblingBook.load([family.pk], date(2026, 10, 2), OCTOBER[1]).rank(
            family.pk, third.pk, canteen.pk, OCTOBER[0], "activite"
        )
        == 1
    ), "une inscription qui finit avant la période n’est pas lue"


def test_siblings_are_counted_among_all_activities_or_in_one_and_once_each():
    family, canteen, evening = FamilyFactory(), ActivityFactory(), ActivityFactory(slug="garderie")
    tom, lea = (ChildFactory(at_home=family, birth_date=date(year, 5, 1)) for year in (2015, 2017))
    for activity in (canteen, evening):
        EnrolmentFactory(child=tom, family=family, activity=activity)
    EnrolmentFactory(child=lea, family=family, activity=canteen)
    book = SiblingBook.load([family.pk], *OCTOBER)
    assert book.rank(family.pk, lea.pk, evening.pk, OCTOBER[0], "toutes") == 2
    assert book.rank(family.pk, lea.pk, evening.pk, OCTOBER[0], "activite") == 2
    assert book.rank(family.pk, lea.pk, canteen.pk, OCTOBER[0], "activite") == 2
    assert book.rank(family.pk, tom.pk, canteen.pk, OCTOBER[0], "toutes") == 1


@pytest.mark.parametrize(
    "rule, changed, total",
    [
        (("hors-commune", None, "garde", "2"), {"home": "Albi"}, "5.00"),
        (("fratrie", 2, "garde", "-0.50"), {"elder": True}, "2.50"),
        (("panier", None, "repas-fixe", "0"), {"basket": True}, "1.00"),
        (("hors-delai", None, "garde", "1"), {"late": True}, "4.00"),
        (("imprevu", None, "prix-fixe", "10"), {"unannounced": True}, "10.00"),
    ],
)
def test_each_case_changes_the_price_of_its_day_and_of_no_other(rule, changed, total):
    band = TariffBandFactory()
    when, rank_from, effect, amount = rule
    TariffRule.objects.create(tariff=band.tariff, when=when, rank_from=rank_from, effect=effect, amount=amount)
    canteen = band.tariff.activity
    family = FamilyFactory(city=changed.get("home", "Castres"), postcode="81000" if "home" in changed else "81100")
    lea = ChildFactory(at_home=family, birth_date=date(2018, 5, 1))
    EnrolmentFactory(child=lea, family=family, activity=canteen)
    if "elder" in changed:
        tom = ChildFactory(at_home=family, birth_date=date(2015, 5, 1))
        EnrolmentFactory(child=tom, family=family, activity=canteen)
    if "basket" in changed:
        plan(lea, on=date(2026, 9, 1))
    prices = HouseholdPrices.load([family.pk], [lea.pk], [canteen.pk], *OCTOBER)
    taken = {name: True for name in ("late", "unannounced") if name in changed}
    assert prices.price(family.pk, WantedDay(lea.pk, canteen.pk, OCTOBER[0], **taken)).price.total == Decimal(total)
    assert prices.price(family.pk, WantedDay(lea.pk, canteen.pk, OCTOBER[0], **taken), excused=True).price.total == 0
    if taken:
        assert prices.price(family.pk, WantedDay(lea.pk, canteen.pk, OCTOBER[0])).price.total == Decimal("3.00")
        other = {"late": True} if "unannounced" in taken else {"unannounced": True}
        assert prices.price(family.pk, WantedDay(lea.pk, canteen.pk, OCTOBER[0], **other)).price.total == Decimal(
            "3.00"
        )


def test_what_is_priced_is_what_was_booked():
    booking = BookingFactory(formula="matin", late_reason="Dépannage")
    assert WantedDay.of(booking) == WantedDay(
        booking.child_id, booking.activity_id, booking.day, "matin", late=True, unannounced=False
    )
    assert not WantedDay.of(BookingFactory(late_reason="")).late


def test_a_priced_day_says_what_its_tariff_looked_at():
    band = TariffBandFactory(tariff__is_demo=True)
    canteen, day = band.tariff.activity_id, OCTOBER[0]
    plain = PriceList.load([canteen], *OCTOBER).price(canteen, day, 612, situation=Situation(False, 3))
    assert (plain.quotient, plain.resident, plain.rank, plain.tariff) == (612, None, None, band.tariff_id)
    assert plain.is_demo
    assert plain.explanation.replace("\u00a0", " ") == f"Quotient 612, tranche {band.label} : 3,00 €"
    TariffRule.objects.create(tariff=band.tariff, when="hors-commune", effect="garde", amount=2)
    TariffRule.objects.create(tariff=band.tariff, when="fratrie", rank_from=2, effect="pourcent", amount=-10)
    prices = PriceList.load([canteen], *OCTOBER)
    told = prices.price(canteen, day, 612, situation=Situation(False, 3))
    assert (told.resident, told.rank) == (False, 3)
    assert prices.cases == {"hors-commune", "fratrie"}
    assert prices.ranks_by(canteen, day) == band.tariff.ranks_by
    assert [rule.when for rule in prices.rules(canteen, day)] == ["hors-commune", "fratrie"]
    assert (list(prices.rules(canteen + 1, day)), prices.ranks_by(canteen + 1, day)) == ([], None)


def test_a_rank_is_not_counted_where_no_rule_looks_at_it():
    band = TariffBandFactory()
    TariffRule.objects.create(tariff=band.tariff, when="hors-delai", effect="garde", amount=2)
    canteen = band.tariff.activity_id
    prices = PriceList.load([canteen], *OCTOBER)
    assert prices.ranks_by(canteen, OCTOBER[0]) is None
    late = prices.price(canteen, OCTOBER[0], 612, situation=Situation(late=True))
    assert late.explanation.splitlines() == list(late.price.steps)
    assert len(late.price.steps) == 2
    other = TariffBandFactory(tariff=TariffFactory(activity=ActivityFactory(slug="etude"))).tariff.activity_id
    assert list(PriceList.load([other], *OCTOBER).rules(other, OCTOBER[0])) == []


def test_a_child_who_came_without_a_choice_pays_the_whole_day():
    tariff = TariffFactory()
    for formula, care in (("matin", "4.00"), ("journee-repas", "9.00"), ("journee", "7.00")):
        TariffBandFactory(
            tariff=tariff, formula=formula, care_part=care, food_part="1.00" if "repas" in formula else "0.00"
        )
    prices = PriceList.load([tariff.activity_id], *OCTOBER)
    came = Situation(unannounced=True)
    assert prices.price(tariff.activity_id, OCTOBER[0], 100, situation=came).price.total == Decimal("10.00")
    assert prices.price(tariff.activity_id, OCTOBER[0], 100, formula="matin", situation=came).price.total == 4
    with pytest.raises(NoTariff) as told:
        prices.price(tariff.activity_id, OCTOBER[0], 100)
    assert (told.value.activity_id, told.value.day) == (tariff.activity_id, OCTOBER[0])


def test_a_tariff_is_read_when_it_touches_the_period_by_a_day():
    first, last = OCTOBER
    ended, begun, gone, to_come = (
        TariffBandFactory(
            tariff=TariffFactory(
                activity=ActivityFactory(slug=f"cantine-{place}"), starts_on=starts_on, ends_on=ends_on
            )
        ).tariff
        for place, (starts_on, ends_on) in enumerate(
            (
                (date(2026, 9, 1), first),
                (last, None),
                (date(2026, 9, 1), first - timedelta(days=1)),
                (last + timedelta(days=1), None),
            )
        )
    )
    prices = PriceList.load([tariff.activity_id for tariff in (ended, begun, gone, to_come)], first, last)
    assert prices.price(ended.activity_id, first, 100).tariff == ended.pk
    assert prices.price(begun.activity_id, last, 100).tariff == begun.pk
    for tariff, day in ((gone, first - timedelta(days=1)), (to_come, last + timedelta(days=1))):
        with pytest.raises(NoTariff):
            prices.price(tariff.activity_id, day, 100)


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
