"""What a submit asks for, and what is gathered before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from castres_portal.base.errors import Refusal
from families.models import Family, FamilyRequest, Guardian
from reservations.models import Booking, Enrolment, ReceiptLine
from reservations.queries.planning import SiteAndDay, Slot
from reservations.rules.changes import DayChanges

Outcome = ReceiptLine.Outcome
Wanted = tuple[int, str]  # a child (id) and an activity (slug)
MOST_DAYS = 5000  # of one submit: a school year of six children in four activities


class NothingToChange(Refusal):
    """The form was sent as it was shown."""


class UnknownChild(Refusal):
    """A child that this household has not enrolled in the activity."""


class LateReasonNeeded(Refusal):
    """An agent goes past a deadline and does not say why; ``days`` are those."""

    def __init__(self, days: list[date]) -> None:
        super().__init__(
            "Le délai est passé pour une partie des jours : dites pourquoi vous les enregistrez quand même."
        )
        self.days = days


@dataclass(frozen=True)
class Order:
    """Who asks for what; ``at_desk`` when an agent does it for the family, ``late_reason`` says why past a deadline.

    ``only_looks``: nothing will be written (see foreseeing), so nothing is locked.
    """

    family: Family
    guardian: Guardian | None
    user: User | None
    changes: Mapping[Wanted, DayChanges]
    submission: UUID
    at: datetime
    at_desk: bool = False
    late_reason: str = ""
    only_looks: bool = False

    @property
    def days(self) -> list[date]:
        """Every day that is asked for or looked at again, in order."""
        return sorted({day for changes in self.changes.values() for day in changes.days})

    @property
    def children(self) -> list[int]:
        """The children (ids) whose days are asked for."""
        return sorted({child for child, _ in self.changes})


@dataclass(frozen=True)
class Candidate:
    """A day that can be added, its place still to be found. ``late``: an agent goes past the deadline; ``week``: the Monday of
    the week with which it stands or falls, where only whole weeks are booked."""

    enrolment: Enrolment
    day: date
    formula: str = ""
    late: bool = False
    week: date | None = None

    @property
    def slot(self) -> Slot:
        """The child and the activity."""
        return self.enrolment.child_id, self.enrolment.activity_id

    @property
    def key(self) -> SiteAndDay:
        """The site and the day whose places it would take."""
        return self.enrolment.site_id, self.day


@dataclass
class Answers:
    """What is to be written, gathered before anything is. ``resold``: days that other households gave back, now taken."""

    lines: list[ReceiptLine] = field(default_factory=list)
    to_book: list[Booking] = field(default_factory=list)
    to_cancel: list[Booking] = field(default_factory=list)
    resold: list[Booking] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The state of the request: done, partly, refused."""
        refused = sum(line.outcome == Outcome.REFUSED for line in self.lines)
        if not refused:
            return FamilyRequest.Status.DONE
        return FamilyRequest.Status.PARTLY if self.to_book or self.to_cancel else FamilyRequest.Status.REFUSED
