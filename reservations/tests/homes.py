"""Households of the tests of full days, who book, wait, give back: ``Home(school).join(MONDAY)``."""

from datetime import datetime
from uuid import uuid4

from castres_portal.base.clock import PARIS
from families.tests.factories import GuardianFactory
from reservations import services
from reservations.models import Booking, WaitingEntry
from reservations.rules.changes import DayChanges
from reservations.services import waiting
from reservations.tests.factories import a_child_at_the_canteen

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


class Home:
    """A household: its guardian and her child, enrolled in the canteen of the small school."""

    def __init__(self, school=None):
        self.guardian = GuardianFactory(with_space=True)
        self.family = self.guardian.family
        self.child, self.enrolment = a_child_at_the_canteen(self.family, **({"school": school} if school else {}))

    @property
    def who(self):
        return {"family": self.family, "guardian": self.guardian, "user": self.guardian.user}

    def book(self, *days, at=NOON):
        return self._submit(DayChanges(additions=frozenset(days)), at)

    def cancel(self, *days, at=NOON):
        return self._submit(DayChanges(removals=frozenset(days)), at)

    def _submit(self, asked, at):
        changes = {(self.child.pk, "restauration"): asked}
        return services.book_days(**self.who, changes=changes, submission=uuid4(), at=at)

    def join(self, *days, at=NOON, submission=None, child=None):
        return waiting.join(
            **self.who,
            child=(child or self.child).pk,
            activity="restauration",
            days=dict.fromkeys(days, ""),
            submission=submission or uuid4(),
            at=at,
        )

    def accept(self, *, at=NOON):
        return waiting.accept_offer(**self.who, entry=self.entry.pk, at=at)

    def leave(self, *, at=NOON):
        return waiting.leave(**self.who, entry=self.entry.pk, at=at)

    @property
    def entry(self):
        return WaitingEntry.objects.filter(family=self.family).latest("pk")

    @property
    def days(self):
        return set(Booking.objects.filter(child=self.child, status="active").values_list("day", flat=True))

    def give_back(self, *days, at):
        return self._late(services.give_back_late_days, days, at)

    def take_back(self, *days, at):
        return self._late(services.take_back_late_days, days, at)

    def _late(self, deed, days, at):
        rows = Booking.objects.filter(child=self.child, family=self.family, day__in=days)
        return deed(**self.who, bookings=list(rows.values_list("pk", flat=True)), submission=uuid4(), at=at)


def answers(receipt):
    """What a receipt says of each day, with ordinary blanks."""
    return {line.day: (line.outcome, line.reason.replace("\xa0", " ")) for line in receipt.lines.all()}
