"""What a submit would answer, were it sent now: the same steps as ``book_days``, without a lock and without writing anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from castres_portal.base.errors import Refusal
from families.models import Family
from reservations.models import ReceiptLine
from reservations.queries.planning import Planning
from reservations.rules.changes import DayChanges
from reservations.rules.decide import FULL, Reason, decide
from reservations.services.booking.orders import MOST_DAYS, Answers, Order, Wanted
from reservations.services.booking.places import give_places
from reservations.services.booking.weighing import planning_for, weigh

NOBODY = UUID(int=0)
CHANGED = (ReceiptLine.Outcome.BOOKED, ReceiptLine.Outcome.CANCELLED)


@dataclass(frozen=True)
class Foreseen:
    """The answer of each day, as its receipt would say it (lines that are not saved), and what they were read from."""

    planning: Planning
    lines: Sequence[ReceiptLine]
    at: datetime
    at_desk: bool = False

    def why(self, line: ReceiptLine) -> Reason:
        """Return why a day is refused: what the calendar writes in its cell. Places aside nothing forbids it: it is full."""
        decision = decide(
            self.planning.context((line.child_id, line.activity_id), line.day), self.at, at_desk=self.at_desk
        )
        return decision.reason or FULL

    @property
    def late(self) -> int:
        """How many days would change past their deadline: an agent says why."""
        return sum(self.at_desk and line.outcome in CHANGED and self._is_late(line) for line in self.lines)

    def _is_late(self, line: ReceiptLine) -> bool:
        slot = (line.child_id, line.activity_id)
        return decide(self.planning.context(slot, line.day), self.at).reason is not None


def foresee_days(
    *, family: Family, changes: Mapping[Wanted, DayChanges], at: datetime, at_desk: bool = False
) -> Foreseen | None:
    """Say what ``book_days`` would answer to each day asked for, at this instant; None when nothing is asked for.

    ``at_desk``: an agent acts for the household, deadlines give way. A fixed number of queries. Raises UnknownChild as
    ``book_days`` does, Refusal for more days than one submit holds.
    """
    asked = {wanted: days for wanted, days in changes.items() if days.days}
    if not asked:
        return None
    if sum(len(days.days) for days in asked.values()) > MOST_DAYS:
        raise Refusal(
            "Cela fait trop de jours pour un seul envoi. Choisissez moins d’enfants ou une période plus courte."
        )
    order = Order(family, None, None, asked, NOBODY, at, at_desk, only_looks=True)
    planning, answers = planning_for(order), Answers()
    candidates = [
        candidate for wanted, days in asked.items() for candidate in weigh(planning, order, wanted, days, answers)
    ]
    give_places(planning, order, candidates, answers)
    answers.lines.sort(
        key=lambda line: (line.child.birth_date, line.child_id, line.activity.position, line.activity_id, line.day)
    )
    return Foreseen(planning, answers.lines, at, at_desk)
