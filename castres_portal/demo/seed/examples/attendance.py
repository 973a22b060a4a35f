"""Attendance sheets of one school: yesterday's complete (one child missing, one who came unannounced), today's begun.

« Yesterday » is the last day with a booking before the town's; in the holidays there is none today, and nothing is begun.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Q, QuerySet

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import ANIMATEUR, MARTIN
from families.models import Guardian, School
from reservations.models import AbsenceDay, Activity, ActivitySite, AttendancePost, Booking, Site
from reservations.queries.attendance.sheet import expected_children
from reservations.rules.attendance import ABSENT, PRESENT, UNBOOKED, Touch
from reservations.services.attendance import read_alerts, take_attendance

BEFORE = timedelta(days=21)
HOURS = {"garderie-matin": "arrivee", "garderie-soir": "depart", "mercredis": "deux", "vacances": "deux"}
BEGUN = 3  # children touched today
SLOW = timedelta(minutes=2)  # of the second tablet, which sends later than it touches


def add_attendance(today: date) -> None:
    """Give the animatrice her school and a centre, and touch its sheets as she did."""
    animator = User.objects.get(email=ANIMATEUR.email)
    for slug, hours in HOURS.items():
        Activity.objects.filter(slug=slug).update(attendance_hours=hours)
    school, venue = _school(), Site.objects.filter(activity_sites__isnull=False).order_by("pk").first()
    AttendancePost.objects.create(user=animator, school=school)
    if venue:  # on Wednesdays and in the holidays
        AttendancePost.objects.create(user=animator, venue=venue)
    mine = ActivitySite.objects.filter(Q(school=school) | (Q(venue=venue) if venue else Q()))
    for site in mine.select_related("activity").order_by("activity__position", "pk"):
        days = _days(site, today)
        if days.filter(day__lt=today).exists():
            _complete(site, days.filter(day__lt=today).latest("day").day, animator)
        if days.filter(day=today).exists():
            _begin(site, today, animator)


def _school() -> School:
    """Where the eldest child of the parent whom everybody tries eats."""
    family = Guardian.objects.select_related("family").get(user__email=MARTIN.email, pays=True).family
    found = School.objects.filter(children__families=family, has_canteen=True).order_by("children__birth_date").first()
    return found or School.objects.filter(has_canteen=True).order_by("uai")[0]


def _days(site: ActivitySite, today: date) -> QuerySet[Booking]:
    rows = Booking.objects.filter(site=site, status=Booking.Status.ACTIVE, day__range=(today - BEFORE, today))
    return rows.select_related("child").order_by("child__last_name", "child__first_name", "pk")


def _complete(site: ActivitySite, day: date, animator: User) -> None:
    bookings = list(_days(site, day).filter(day=day))
    excused = set(
        AbsenceDay.objects.filter(booking__in=bookings, outcome__in=AbsenceDay.STANDING).values_list(
            "booking__child_id", flat=True
        )
    )
    at = _hour(site, day)
    children = [row.child for row in bookings]
    read_alerts(user=animator, site=site, children=children, at=at - timedelta(hours=2))
    # The last of the list did not come, and nobody had said so; the named families were there.
    missing = {children[-1].pk} if len(children) > 1 else set()
    touches = [
        _touch(site, day, child.pk, ABSENT if child.pk in missing | excused else PRESENT, at) for child in children
    ]
    unbooked = expected_children(site).exclude(pk__in=[child.pk for child in children]).order_by("last_name", "pk")
    if extra := unbooked.first():
        touches.append(_touch(site, day, extra.pk, UNBOOKED, at))
    _take(animator, touches, at)


def _begin(site: ActivitySite, today: date, animator: User) -> None:
    """Touch the first children of the list just after midnight, so that the sheet is begun whatever the hour of the visit."""
    at = datetime.combine(today, time(0, 1), PARIS)
    children = [row.child for row in _days(site, today).filter(day=today)]
    read_alerts(user=animator, site=site, children=children, at=at)
    _take(animator, [_touch(site, today, child.pk, PRESENT, at) for child in children[:BEGUN]], at)


def _take(user: User, touches: Iterable[Touch], at: datetime) -> None:
    sent = at + SLOW
    take_attendance(user=user, touches=list(touches), tablet_now=sent, at=sent)


def _touch(site: ActivitySite, day: date, child: int, state: str, at: datetime) -> Touch:
    return Touch(key=_key(site, day, child), site=site.pk, day=day, child=child, state=state, at=at)


def _key(site: ActivitySite, day: date, child: int) -> UUID:
    """Same arguments, same town."""
    return uuid5(NAMESPACE_URL, f"pointage/{site.pk}/{day}/{child}")


def _hour(site: ActivitySite, day: date) -> datetime:
    return datetime.combine(day, site.opens_at, PARIS) + timedelta(minutes=10)
