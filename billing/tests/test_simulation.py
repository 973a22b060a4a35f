"""One price: what the simulation says of a day is what the invoice charges for it."""

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
from reservations.models import Activity
from reservations.queries.simulation import market
from reservations.rules.simulation import Wish
from reservations.tests.factories import SchoolYearFactory

cents = st.integers(0, 999).map(lambda number: f"{Decimal(number) / 100:.2f}")
days = st.dates(date(2026, 9, 1), date(2027, 7, 2))
WEEKDAYS = frozenset(range(5))


@st.composite
def bands(draw):
    """Bands from 0, without gap nor overlap, the last one open."""
    cuts = sorted(draw(st.sets(st.integers(1, 2000), max_size=5)))
    ends = list(zip([0, *cuts], [*cuts, None], strict=True))
    return [(chr(65 + rank), low, high, draw(cents), draw(cents)) for rank, (low, high) in enumerate(ends)]


class OnePrice(TestCase):
    """A child with one booked day."""

    @settings(max_examples=30)
    @given(bands=bands(), quotient=st.one_of(st.none(), st.integers(0, 2500)), day=days)
    def test_the_simulation_of_a_day_is_the_invoice_s_line_of_that_day(self, bands, quotient, day):
        SchoolYearFactory()
        TariffFactory(bands=bands)
        Activity.objects.update(on_wednesday=True)
        offered = market(today=day)
        assume(offered.calendar.is_school_day(day))
        family = household(quotient=quotient)
        book(family, "Léa", [day])

        wish = Wish(1, Activity.objects.get().pk, frozenset({day.weekday()}))
        (line,) = offered.price([wish], year=offered.years[0], quotient=quotient).lines
        issue(month_of(day), at=datetime.combine(next_month(day) + timedelta(days=7), time(6), PARIS))

        price = line.units[0].priced.price
        charged = InvoiceLine.objects.first()
        if price.total == 0:
            assert charged is None
            return
        assert (charged.amount, charged.care_part, charged.food_part) == (price.total, price.care_part, price.food_part)
        assert (charged.band, charged.rule, charged.quotient) == (price.band, price.rule, quotient)
        assert charged.deliberation == line.units[0].priced.deliberation
        self._says_so(price, day, family)

    def _says_so(self, price, day, family):
        """The page of the family shows that price."""
        browser = Client()
        browser.force_login(family.guardians.get().user)
        with mock.patch.object(clock, "now", return_value=datetime.combine(day, time(12), PARIS)):
            page = browser.get("/simulation/").content.decode()
        assert f"{price.total:.2f}".replace(".", ",") in page
        assert f"Tranche {price.band} " in page
