"""What a change of a child's school or residence does to her enrolments and bookings (see ``families.child_changes``).

Places are never taken here: where a site counts them, bookings do not follow by themselves.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name, plain_day, short_day
from families.child_changes import Effects
from families.models import Child, Family, Guardian, School
from reservations.models import ActivitySite, Booking, Enrolment
from reservations.queries.planning import policy_of
from reservations.services.enrolling.ending import end_for_departure

LISTED = 8  # days named before « … »


@dataclass(frozen=True)
class Move:
    """An enrolment that follows a child, to which site, with which bookings."""

    enrolment: Enrolment
    site: ActivitySite | None
    bookings: list[Booking]

    @property
    def words(self) -> str:
        """« Restauration scolaire 2026-2027 (dossier F000012) »."""
        row = self.enrolment
        return f"{row.activity.name} {row.school_year.label} (dossier {row.family.number})"

    def refusal(self, school: School) -> str:
        """Say why it cannot follow, or nothing."""
        if self.site is None:
            return (
                f"« {self.enrolment.activity.name} » n’est pas proposé à l’école {school.name} : l’inscription "
                f"{self.words} ne peut pas suivre l’enfant. Choisissez « Restent où elles sont », puis terminez-la."
            )
        if self.site.places is not None and self.bookings:
            return (
                f"Les places de « {self.enrolment.activity.name} » sont comptées à l’école {school.name} : "
                f"{_count(self.bookings)} ne peuvent pas y être déplacées d’office. Choisissez « Restent où elles sont », "
                "puis revoyez-les avec la famille."
            )
        return ""


@dataclass(frozen=True)
class EnrolmentsFollow:
    """The listener that reservations register."""

    def school_effects(self, *, child: Child, school: School, on: date) -> Effects:
        """Say which enrolments and bookings follow a child to another school from a day; four queries."""
        moves = _moves(child, school, on)
        return Effects(
            will_do=[
                f"L’inscription {move.words} suit l’enfant à l’école {school.name} à partir du {plain_day(on)}, avec "
                f"{_count(move.bookings)}."
                for move in moves
                if not move.refusal(school)
            ],
            to_review=[f"L’inscription {move.words} est à revoir." for move in moves if move.refusal(school)],
            refusal=next((why for move in moves if (why := move.refusal(school))), ""),
        )

    def move_school(self, *, child: Child, school: School, on: date, by: User | None, at: datetime) -> list[str]:
        """Move enrolments and the bookings of a day and after; part of the caller's transaction. Raises Refusal.

        The child's row is locked first, as a submit of the calendar does. What the kitchen has ordered already is told.
        """
        list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk=child.pk))
        moves = _moves(child, school, on)
        if why := next((why for move in moves if (why := move.refusal(school))), ""):
            raise Refusal(why)
        ordered: list[Booking] = []
        for move in moves:
            assert move.site is not None  # refused above
            policy = policy_of(move.enrolment.activity)
            ordered += [row for row in move.bookings if at >= policy.cancel.until(row.day)]
            Enrolment.objects.filter(pk=move.enrolment.pk).update(site=move.site)
            Booking.objects.filter(pk__in=[row.pk for row in move.bookings]).update(site=move.site)
        if not ordered:
            return []
        return [f"Jours déjà commandés pour l’ancienne école, à signaler à la cuisine : {_days(ordered)}."]

    def days_lost(self, *, child: Child, family: Family, days: Collection[date]) -> list[str]:
        """Say what a household has reserved on some days, by activity; one query."""
        rows = list(_active(child).filter(family=family, day__in=list(days)).select_related("activity").order_by("day"))
        by_activity: dict[str, list[Booking]] = {}
        for row in rows:
            by_activity.setdefault(row.activity.name, []).append(row)
        return [
            f"{_count(bookings)} sur ces jours ({name} : {_days(bookings)}). Elles restent au foyer qui les a faites, et lui "
            "sont facturées, tant qu’il ne les annule pas dans les délais."
            for name, bookings in by_activity.items()
        ]

    def departure_effects(self, *, child: Child, family: Family, after: date) -> list[str]:
        """Say which enrolments end when a child leaves a household after a day, with their bookings; two queries."""
        rows = Enrolment.objects.filter(child=child, family=family, ended_at=None, ends_on__gt=after)
        bookings = list(_active(child).filter(family=family, day__gt=after))
        return [
            f"Inscription {of_name(child.first_name)} qui prend fin\u00a0: {row.activity.name} {row.school_year.label}, avec "
            f"{_count([b for b in bookings if b.enrolment_id == row.pk])} après le {plain_day(after)}."
            for row in rows.select_related("activity", "school_year")
        ]

    def depart(
        self, *, child: Child, family: Family, after: date, by: User | None, guardian: Guardian | None, at: datetime
    ) -> list[str]:
        """End a child's enrolments in a household that she leaves after a day, free her days to come, tell the household.

        Part of the caller's transaction. Return the days that the kitchen has ordered already.
        """
        ending = end_for_departure(child=child, family=family, last_day=after, by=by, guardian=guardian, at=at)
        if ending is None:
            return []
        policies = {row.activity_id: policy_of(row.activity) for row in ending.enrolments if row.activity.is_meal}
        ordered = [
            line.day
            for line in ending.freed
            if line.activity_id in policies and at >= policies[line.activity_id].cancel.until(line.day)
        ]
        if not ordered:
            return []
        return [f"Repas déjà commandés, à signaler à la cuisine\u00a0: {_named(ordered)}."]


def _active(child: Child) -> QuerySet[Booking]:
    return Booking.objects.filter(child=child, status=Booking.Status.ACTIVE)


def _moves(child: Child, school: School, on: date) -> list[Move]:
    """Return the enrolments of a child, in any household, that are not over on a day and stand on another school's site."""
    rows = (
        Enrolment.objects.filter(child=child, ends_on__gte=on).exclude(site__school=None).exclude(site__school=school)
    )
    enrolments = list(rows.select_related("activity", "school_year", "family").order_by("pk"))
    sites = {site.activity_id: site for site in ActivitySite.objects.filter(school=school)}
    bookings = list(_active(child).filter(day__gte=on, enrolment__in=enrolments).order_by("day"))
    return [
        Move(row, sites.get(row.activity_id), [b for b in bookings if b.enrolment_id == row.pk]) for row in enrolments
    ]


def _count(bookings: Collection[Booking]) -> str:
    number = len(bookings)
    return f"{number} réservation{'s' if number > 1 else ''}" if number else "aucune réservation"


def _days(bookings: Iterable[Booking]) -> str:
    return _named([row.day for row in bookings])


def _named(when: Iterable[date]) -> str:
    days = [short_day(day) for day in sorted(when)]
    more = len(days) - LISTED
    return ", ".join(days[:LISTED]) + (f" et {more} autres" if more > 0 else "")
