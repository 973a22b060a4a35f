"""What a household may read of its own days on the sheets: present, absent, came without a booking. Never who touched them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

from django.db.models import QuerySet

from castres_portal.base.french import clock_time, long_day
from families.models import Family
from reservations.models import Attendance

WORDS = {
    Attendance.State.PRESENT: ("Présent", "booked"),
    Attendance.State.ABSENT: ("Absent", "refused"),
    Attendance.State.UNBOOKED: ("Venu sans réservation", "due"),
}


@dataclass(frozen=True)
class Noted:
    """A day as its sheet says it; ``tone`` names the state for the ``status`` component."""

    child: int
    activity: int
    day: date
    word: str
    tone: str
    arrived_at: time | None
    left_at: time | None
    is_late: bool

    @property
    def sentence(self) -> str:
        """« Venu sans réservation le lundi 7 décembre 2026, parti à 17 h 45 »."""
        hours = [
            f"arrivé à {clock_time(self.arrived_at)}" if self.arrived_at else "",
            f"parti à {clock_time(self.left_at)}" if self.left_at else "",
        ]
        return ", ".join(filter(None, [f"{self.word} le {long_day(self.day)}", *hours]))


def noted(row: Attendance) -> Noted:
    """Return a row in words."""
    word, tone = WORDS[Attendance.State(row.state)]
    return Noted(row.child_id, row.activity_id, row.day, word, tone, row.arrived_at, row.left_at, row.is_late)


def noted_days(
    family: Family, children: Collection[int], first: date, last: date
) -> dict[tuple[int, int, date], Noted]:
    """Return what the sheets say of a household's days between two, by child, activity (ids) and day; one query."""
    rows = household_attendance(family).filter(child__in=children, day__range=(first, last))
    return {(row.child_id, row.activity_id, row.day): noted(row) for row in rows.order_by()}


def household_attendance(family: Family) -> QuerySet[Attendance]:
    """Return the days of a household that were touched, the latest first."""
    rows = Attendance.objects.filter(family=family).exclude(state=Attendance.State.CLEARED)
    return rows.select_related("child", "activity").order_by("-day", "activity__position", "child__birth_date", "pk")
