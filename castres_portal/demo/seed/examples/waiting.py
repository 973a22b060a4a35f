"""Waiting lists and days given back, in every state, for the Martins, the Durands and some of the drawn households.

Léa Martin does not eat at school on Fridays, when her restaurant is short of places: each Friday shows another end of a wait.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypedDict
from uuid import uuid4

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, DURAND, MARTIN, PARENTS, Account
from castres_portal.demo.seed.ground import LIMITED_SCHOOL
from castres_portal.demo.seed.services import WEDNESDAYS
from families.models import Family, Guardian
from reservations.models import ActivitySite, Booking, Enrolment, SiteDay, WaitingEntry
from reservations.queries.planning import policy_of, school_calendar
from reservations.rules.changes import DayChanges
from reservations.services import book_days, give_back_late_days, waiting

FRIDAY, WEDNESDAY = 4, 2
LEAVING = 2  # households at least who have a place and might leave it
WEEK = timedelta(days=7)


def add_waiting_lists(today: date) -> None:
    """Wait, be offered a place and answer as families did in the last days; give Wednesdays back after the deadline."""
    lea = _child_of(MARTIN, site__school__uai=LIMITED_SCHOOL, activity__is_meal=True)
    if lea is not None:
        days = _fridays(lea, today)
        for day, story in zip(days, (_waits, _is_offered, _every_end), strict=False):
            story(_Friday(lea, day, today))
        _passed(lea, today)
    _give_wednesdays_back(today)


class _Friday:
    """A Friday made full for Léa: who holds a place and might leave it, who else might wait."""

    def __init__(self, lea: Enrolment, day: date, today: date) -> None:
        self.lea, self.day, self.today = lea, day, today
        active = Booking.objects.filter(site=lea.site, day=day, status=Booking.Status.ACTIVE)
        SiteDay.objects.update_or_create(site=lea.site, day=day, defaults={"places": active.count()})

    def ago(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Return an instant of the last days."""
        return _at(self.today - timedelta(days=days), hour, minute)

    def join(self, row: Enrolment, at: datetime) -> None:
        """Wait for the day."""
        waiting.join(
            **_who(row),
            child=row.child_id,
            activity=row.activity.slug,
            days={self.day: ""},
            submission=uuid4(),
            at=at,
        )

    def others(self) -> Iterator[Enrolment]:
        """Yield children of other households who eat there, but not that day."""
        yield from _free(_enrolled(self.lea.site), self.day)

    def fill(self, at: datetime) -> None:
        """Have some households book the day, when it is too far for anybody to have done it; it stays full for the next ones."""
        active = Booking.objects.filter(site=self.lea.site, day=self.day, status=Booking.Status.ACTIVE)
        missing = LEAVING - active.count()
        if missing <= 0:
            return
        rows = SiteDay.objects.filter(site=self.lea.site, day=self.day)
        rows.update(places=LEAVING)
        for other in list(self.others())[:missing]:
            _submit(other, DayChanges(additions=frozenset([self.day])), at)
        rows.update(places=active.count())

    def free_a_place(self, at: datetime) -> None:
        """Have a household cancel the day, and the place offered at once."""
        held = Booking.objects.filter(site=self.lea.site, day=self.day, status=Booking.Status.ACTIVE)
        row = held.filter(booked_at__lt=at).exclude(family=self.lea.family).order_by("pk").first()
        if row is not None:
            enrolment = _enrolled(self.lea.site).filter(pk=row.enrolment_id).first()
            if enrolment is not None:
                _submit(enrolment, DayChanges(removals=frozenset([self.day])), at)
        self.sweep(at)

    def sweep(self, at: datetime) -> None:
        """Offer what is free, end what is over."""
        waiting.offer_day(self.lea.site_id, self.day, at=at)

    def entry(self, row: Enrolment) -> WaitingEntry | None:
        """Return where a child stands."""
        return WaitingEntry.objects.filter(child=row.child_id, site=row.site_id, day=self.day).order_by("-pk").first()


# --- One Friday each --------------------------------------------------------------------------------------------------


def _waits(friday: _Friday) -> None:
    """Third, having left the list once; an agent moved one of the others up and withdrew another."""
    friday.join(friday.lea, friday.ago(6, 20))
    _leave(friday, friday.ago(5, 7, 45))
    others = [other for _, other in zip(range(3), friday.others(), strict=False)]
    for number, other in enumerate(others):
        friday.join(other, friday.ago(5, 9 + number))
    friday.join(friday.lea, friday.ago(4, 20, 15))
    if len(others) > 1 and (second := friday.entry(others[1])):
        reason = "Rendez-vous médical de la mère ce jour-là, attestation vue à l’accueil."
        waiting.move_up(entry=second.pk, rank=1, reason=reason, by=_agent(), at=friday.ago(2, 10, 30))
    if len(others) > 2 and (third := friday.entry(others[2])):
        waiting.withdraw_entry(
            entry=third.pk, reason="À votre demande, au téléphone.", by=_agent(), at=friday.ago(1, 11)
        )


def _is_offered(friday: _Friday) -> None:
    friday.join(friday.lea, friday.ago(4, 20, 17))
    for other in friday.others():
        friday.join(other, friday.ago(3, 7, 50))
        break
    friday.free_a_place(friday.ago(1, 23, 30))


def _every_end(friday: _Friday) -> None:
    """She lets an offer go by and declines another, which the next ones take; then she takes the place that comes free."""
    steps = (
        (6, _let_it_lapse),
        (4, _decline),
        (2, _take),
    )
    friday.fill(friday.ago(8, 18, 40))
    for days, answer in steps:
        friday.join(friday.lea, friday.ago(days, 7, 20))
        if not _is_waiting(friday):
            return
        other = next(friday.others(), None)
        if other:
            friday.join(other, friday.ago(days, 7, 50))
        friday.free_a_place(friday.ago(days, 9, 30))
        answer(friday, days, other)


def _let_it_lapse(friday: _Friday, days: int, other: Enrolment | None) -> None:
    friday.sweep(friday.ago(days - 1, 9, 30))
    if other:
        _accept(friday, other, friday.ago(days - 1, 18))


def _decline(friday: _Friday, days: int, other: Enrolment | None) -> None:
    _leave(friday, friday.ago(days, 12, 5))
    friday.sweep(friday.ago(days, 12, 6))
    if other:
        _accept(friday, other, friday.ago(days, 18))


def _take(friday: _Friday, days: int, other: Enrolment | None) -> None:
    _accept(friday, friday.lea, friday.ago(days, 12, 20))


def _is_waiting(friday: _Friday) -> bool:
    entry = friday.entry(friday.lea)
    return entry is not None and entry.is_standing


def _passed(lea: Enrolment, today: date) -> None:
    """The last Friday whose deadline is behind: no place came free in time."""
    rule = policy_of(lea.activity).add
    past = [day for day in _school_fridays(lea, today - 5 * WEEK, today + WEEK) if rule.until(day) <= _at(today, 0)]
    for day in reversed(past):
        until = rule.until(day)
        if not Booking.objects.filter(child=lea.child_id, day=day, activity=lea.activity_id).exists():
            friday = _Friday(lea, day, today)
            friday.join(lea, until - timedelta(days=2, hours=4))
            friday.sweep(until)
            return


def _leave(friday: _Friday, at: datetime) -> None:
    if entry := friday.entry(friday.lea):
        waiting.leave(**_who(friday.lea), entry=entry.pk, at=at)


def _accept(friday: _Friday, row: Enrolment, at: datetime) -> None:
    entry = friday.entry(row)
    if entry and entry.status == WaitingEntry.Status.OFFERED:
        waiting.accept_offer(**_who(row), entry=entry.pk, at=at)


# --- Wednesdays given back ----------------------------------------------------------------------------------------------


def _give_wednesdays_back(today: date) -> None:
    """Hugo's is taken by another family; Léa's waits for one. Both are too late to cancel, and others could still book."""
    day = today + timedelta(days=(WEDNESDAY - today.weekday()) % 7)
    hugo, lea = (_child_of(account, activity__slug=WEDNESDAYS) for account in (DURAND, MARTIN))
    at = min(_at(today - timedelta(days=1), 18), _at(day - timedelta(days=2), 18))
    if hugo is None or lea is None or at < policy_of(lea.activity).cancel.until(day):
        return
    _give_back(hugo, day, at)
    for taker in _free(_enrolled(hugo.site), day):
        formula = taker.activity.formulas.order_by("position").values_list("formula", flat=True).first() or ""
        asked = DayChanges(additions=frozenset([day]), formulas={day: formula})
        _submit(taker, asked, at + timedelta(minutes=40))
        break
    _give_back(lea, day, at + timedelta(hours=1))


def _give_back(row: Enrolment, day: date, at: datetime) -> None:
    held = Booking.objects.filter(child=row.child_id, activity=row.activity_id, family=row.family_id, day=day)
    ids = list(held.filter(status=Booking.Status.ACTIVE).values_list("pk", flat=True))
    if ids:
        give_back_late_days(**_who(row), bookings=ids, submission=uuid4(), at=at)


# --- Who and when -------------------------------------------------------------------------------------------------------


def _enrolments() -> QuerySet[Enrolment]:
    return Enrolment.objects.select_related("child", "family", "activity", "site", "request__guardian__user")


def _child_of(account: Account, **where: object) -> Enrolment | None:
    """Return the eldest child of a named household so enrolled, this year."""
    rows = _enrolments().filter(family__guardians__user__email=account.email, family__guardians__pays=True, **where)
    return rows.order_by("-school_year__starts_on", "child__birth_date").first()


def _enrolled(site: ActivitySite) -> QuerySet[Enrolment]:
    """Return the enrolments of the drawn households at a site."""
    emails = [account.email for account in PARENTS]
    return _enrolments().filter(site=site).exclude(family__guardians__user__email__in=emails).order_by("pk")


def _free(rows: QuerySet[Enrolment], day: date) -> Iterator[Enrolment]:
    booked = Booking.objects.filter(child=OuterRef("child"), activity=OuterRef("activity"), day=day)
    yield from rows.filter(~Exists(booked), starts_on__lte=day, ends_on__gte=day)


def _fridays(lea: Enrolment, today: date) -> list[date]:
    """Return the Fridays short of places that can be booked for some days more and that Léa has not booked; the others stay
    free, for who tries the calendar."""
    rule = policy_of(lea.activity).add
    mine = Booking.objects.filter(child=lea.child_id, activity=lea.activity_id).values("day")
    rows = SiteDay.objects.filter(site=lea.site, day__gt=today).exclude(places=None).exclude(day__in=mine)
    days = rows.order_by("day").values_list("day", flat=True)
    return [day for day in days if day.weekday() == FRIDAY and rule.until(day) > _at(today + timedelta(days=2), 0)]


def _school_fridays(lea: Enrolment, first: date, last: date) -> list[date]:
    calendar = school_calendar()
    first, last = max(first, lea.starts_on), min(last, lea.ends_on)
    friday = first + timedelta(days=(FRIDAY - first.weekday()) % 7)
    found = []
    while friday <= last:
        if calendar.is_school_day(friday):
            found.append(friday)
        friday += WEEK
    return found


class _Who(TypedDict):
    family: Family
    guardian: Guardian | None
    user: User | None


def _who(row: Enrolment) -> _Who:
    guardian = row.request.guardian or Guardian.objects.filter(family=row.family, pays=True).first()
    account = guardian.user if guardian else None
    # An agent writes for a household without an account.
    return {"family": row.family, "guardian": guardian, "user": account or _agent()}


def _submit(row: Enrolment, asked: DayChanges, at: datetime) -> None:
    book_days(**_who(row), changes={(row.child_id, row.activity.slug): asked}, submission=uuid4(), at=at)


def _agent() -> User:
    return User.objects.get(email=AGENT.email)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)
