"""Whatever families, agents and the clock do: never more places held than places, never an earlier one passed over."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from reservations.models import Activity, ActivitySite, Booking, WaitingEntry
from reservations.services import waiting
from reservations.tests.homes import Home, answers

MONDAY = date(2026, 12, 7)
START = datetime(2026, 11, 26, 12, 0, tzinfo=PARIS)
HOMES = 4
someone = st.integers(0, HOMES - 1)


class FullDay(RuleBasedStateMachine):
    """Four households, one or two places, one day; it can be cancelled until 30 November, booked until 5 December."""

    def __init__(self):
        super().__init__()
        self.at = START
        first = Home()
        self.homes = [first, *(Home(first.child.school) for _ in range(HOMES - 1))]
        Activity.objects.update(resells_late_days=True, add_days=2, offer_hours=5)
        ActivitySite.objects.update(places=1)
        self.places = 1
        # The day is full and two wait: what follows begins where it matters.
        first.book(MONDAY, at=START)
        for home in self.homes[1:3]:
            home.join(MONDAY, at=START)

    # --- What people do ---

    @rule(who=someone)
    def book(self, who):
        home, before = self.homes[who], self.queue()
        free = self.places - self.held()
        offered = self.offered_to(home)
        receipt = self._try(home.book, MONDAY)
        if receipt and answers(receipt)[MONDAY][0] == "reserve" and not offered:
            ahead = before.index(home.child.pk) if home.child.pk in before else len(before)
            assert free > ahead, "somebody who waited before had a right to this place"

    @rule(who=someone)
    def cancel(self, who):
        self._try(self.homes[who].cancel, MONDAY)

    @rule(who=someone)
    def join(self, who):
        home = self.homes[who]
        free_for_all = self.places - self.held() - len(self.queue())
        receipt = self._try(home.join, MONDAY)
        if receipt and answers(receipt)[MONDAY][0] == "attente":
            assert free_for_all <= 0, "there was a place to book"

    @rule(who=someone)
    def leave(self, who):
        home = self.homes[who]
        if WaitingEntry.objects.filter(family=home.family).exists():
            self._try(home.leave)

    @rule(who=someone)
    def accept(self, who):
        home = self.homes[who]
        if not WaitingEntry.objects.filter(family=home.family).exists():
            return
        offered = self.offered_to(home)
        receipt = self._try(home.accept)
        if offered and self.held() <= self.places:
            assert receipt is not None
            assert answers(receipt)[MONDAY][0] == "reserve"

    @rule(who=someone)
    def give_back(self, who):
        if self.at > START + timedelta(days=4):
            self._try(self.homes[who].give_back, MONDAY)

    @rule(who=someone)
    def take_back(self, who):
        self._try(self.homes[who].take_back, MONDAY)

    @rule(hours=st.sampled_from([1, 4, 5, 30]))
    def wait(self, hours):
        self.at += timedelta(hours=hours)

    @precondition(lambda self: self.places < 2)
    @rule()
    def add_a_place(self):
        self.places += 1
        ActivitySite.objects.update(places=self.places)

    @rule()
    def sweep(self):
        before, free = self.queue(), self.places - self.held()
        made = waiting.offer_places(at=self.at)
        if self.at < datetime(2026, 12, 6, tzinfo=PARIS):
            assert made == min(max(free, 0), len(before)), "every free place is offered, no more"
            offered = WaitingEntry.objects.filter(status="proposee", offered_at=self.at, child__in=before)
            assert set(offered.values_list("child_id", flat=True)) >= set(before[:made])
        else:
            assert not self.queue()

    # --- What always holds ---

    @invariant()
    def no_place_is_held_twice(self):
        assert self.held() <= self.places

    @invariant()
    def nobody_waits_for_what_she_has(self):
        for home in self.homes:
            active = Booking.objects.filter(child=home.child, status="active", given_back_at=None).exists()
            standing = WaitingEntry.objects.filter(child=home.child, status__in=WaitingEntry.STANDING).exists()
            assert not (active and standing)

    # --- Counted here again, apart from the code under test ---

    def held(self):
        booked = Booking.objects.filter(day=MONDAY, status="active", given_back_at=None).count()
        running = WaitingEntry.objects.filter(day=MONDAY, status="proposee", offered_until__gt=self.at).count()
        return booked + running

    def queue(self):
        rows = WaitingEntry.objects.filter(day=MONDAY, status="attente").order_by("position", "joined_at", "pk")
        return list(rows.values_list("child_id", flat=True))

    def offered_to(self, home):
        return WaitingEntry.objects.filter(child=home.child, status="proposee", offered_until__gt=self.at).exists()

    def _try(self, deed, *args):
        try:
            return deed(*args, at=self.at)
        except Refusal:
            return None


class TestFullDay(TestCase):
    """One database transaction for each sequence, undone after it."""

    def test_any_sequence(self):
        case = self

        class Undone(FullDay):
            def __init__(self):
                case.setup_example()
                super().__init__()

            def teardown(self):
                case.teardown_example(None)

        run_state_machine_as_test(
            Undone,
            settings=settings(
                max_examples=10,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                # A step is a dozen queries: a failure is told as it was found.
                phases=(Phase.explicit, Phase.reuse, Phase.generate),
            ),
        )


pytestmark = pytest.mark.django_db
