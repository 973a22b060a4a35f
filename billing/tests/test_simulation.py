"""One price: what the simulation shows, what the calendar expects and what the invoice asks, for any tariff and any household."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from unittest import mock

from django.test import Client
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from billing.models import InvoiceLine
from billing.rules.periods import month_of, next_month
from billing.tests.factories import TariffFactory, book, household, issue
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from families.models import Child, Family, HealthPlan
from families.tests.factories import ChildFactory, FamilyRequestFactory
from reservations.models import Activity, TariffBand, TariffRule
from reservations.queries.calendar import Narrowed, Span, calendar_page
from reservations.queries.simulation import market
from reservations.rules.simulation import Wish
from reservations.rules.tariffs import Effect, RanksBy, When
from reservations.tests.factories import EnrolmentFactory, SchoolYearFactory

cents = st.integers(0, 999).map(lambda number: f"{Decimal(number) / 100:.2f}")
days = st.dates(date(2026, 9, 1), date(2027, 7, 2))
ELSEWHERE = {"city": "Albi", "postcode": "81000"}


@st.composite
def bands(draw):
    """Bands from 0, without gap nor overlap, the last one open; each fixed, or a share of the quotient up to its price."""
    cuts = sorted(draw(st.sets(st.integers(1, 2000), max_size=4)))
    ends = list(zip([0, *cuts], [*cuts, None], strict=True))
    return [(chr(65 + rank), low, high, draw(cents), draw(cents)) for rank, (low, high) in enumerate(ends)]


rates = st.one_of(st.none(), st.decimals("0.01", "2", places=4))


@st.composite
def rules(draw):
    """At most one rule of each case."""
    found = []
    for when in draw(st.sets(st.sampled_from([When.OUTSIDE, When.SIBLING, When.BASKET, When.LATE, When.UNANNOUNCED]))):
        effect = draw(st.sampled_from(list(Effect)))
        amount = draw(st.decimals("-5", "20", places=2)) if effect in (Effect.CARE, Effect.FOOD) else None
        if effect == Effect.PERCENT:
            amount = draw(st.decimals("-100", "100", places=2))
        elif effect in (Effect.FOOD_IS, Effect.TOTAL_IS):
            amount = draw(st.decimals("0", "15", places=2))
        rank = draw(st.integers(2, 3)) if when == When.SIBLING else None
        found.append({"when": when, "rank_from": rank, "effect": effect, "amount": amount})
    return found


class OnePrice(TestCase):
    """A child with one booked day, the youngest of her household."""

    @settings(max_examples=30, deadline=None)
    @given(
        bands=bands(),
        rate=rates,
        rules=rules(),
        cost=st.one_of(st.none(), st.decimals("20", "25", places=2)),
        quotient=st.one_of(st.none(), st.integers(0, 2500)),
        day=days,
        resident=st.booleans(),
        elder=st.integers(0, 2),
        basket=st.booleans(),
        ranks_by=st.sampled_from(RanksBy.values),
    )
    def test_the_simulation_and_the_forecast_of_a_day_are_the_invoice_s_line_of_that_day(
        self, bands, rate, rules, cost, quotient, day, resident, elder, basket, ranks_by
    ):
        SchoolYearFactory()
        tariff = TariffFactory(bands=bands, ranks_by=ranks_by)
        if rate is not None:
            TariffBand.objects.update(effort_rate=rate, floor=0)
        TariffBand.objects.update(cost=cost)
        TariffRule.objects.bulk_create(TariffRule(tariff=tariff, **rule) for rule in rules)
        Activity.objects.update(on_wednesday=True)
        offered = market(today=day)
        assume(offered.calendar.is_school_day(day))
        family = household(quotient=quotient)
        if not resident:
            Family.objects.update(**ELSEWHERE)
        for _ in range(elder):
            enrol(family, ChildFactory(birth_date=date(2016, 1, 1), at_home=family))
        book(family, "Léa", [day])
        lea = Child.objects.get(first_name="Léa")
        Child.objects.filter(pk=lea.pk).update(birth_date=date(2019, 5, 12))
        if basket:
            bring_a_basket(lea, family)

        everyday = frozenset({day.weekday()})
        wishes = [Wish(number, tariff.activity_id, everyday) for number in range(1, elder + 1)]
        wishes.append(Wish(elder + 1, tariff.activity_id, everyday, basket=basket))
        *_, line = offered.price(wishes, year=offered.years[0], quotient=quotient, resident=resident).lines
        simulated = line.units[0].priced.price
        at = datetime.combine(day - timedelta(days=20), time(9), PARIS)
        forecast = calendar_page(family, Span.of_month(day), Narrowed(), at=at).totals.amount
        issue(month_of(day), at=datetime.combine(next_month(day) + timedelta(days=7), time(6), PARIS))

        charged = InvoiceLine.objects.first()
        assert forecast == simulated.total
        assert simulated.care_part >= 0 and simulated.food_part >= 0
        assert cost is None or simulated.total <= cost
        if simulated.total == 0:
            assert charged is None
            return
        assert (charged.care_part, charged.food_part) == (simulated.care_part, simulated.food_part)
        assert (charged.amount, charged.band, charged.rule) == (simulated.total, simulated.band, simulated.rule)
        assert (charged.quotient, charged.supplement) == (quotient, 0)
        assert charged.steps == list(simulated.steps)
        assert charged.deliberation == line.units[0].priced.deliberation
        if not elder:
            self._says_so(simulated, day, family)

    def _says_so(self, price, day, family):
        """The page of the family shows that price, from its own file."""
        browser = Client()
        browser.force_login(family.guardians.get().user)
        with mock.patch.object(clock, "now", return_value=datetime.combine(day, time(12), PARIS)):
            page = browser.get("/simulation/").content.decode()
        assert f"{price.total:.2f}".replace(".", ",") in page
        assert f"Tranche {price.band} " in page


def enrol(family, child):
    return EnrolmentFactory(child=child, family=family, activity=Activity.objects.get())


def bring_a_basket(child, family):
    HealthPlan.objects.create(
        child=child,
        request=FamilyRequestFactory(family=family, kind="pai"),
        content={"needs": "Repas sans kiwi.", "basket_meal": True, "valid_until": "2027-08-31"},
        state=HealthPlan.State.ACCEPTED,
        proposed_at=datetime(2026, 8, 20, 12, tzinfo=PARIS),
        decided_at=datetime(2026, 8, 25, 12, tzinfo=PARIS),
    )
