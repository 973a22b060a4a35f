"""Writing the bookings, by far the most numerous rows, and the few days on which a restaurant is full."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count

from castres_portal.demo.seed.agenda import Agenda
from castres_portal.demo.seed.diary import BookedMonth, Diary, Joining
from castres_portal.demo.seed.ground import LIMITED_SCHOOL
from castres_portal.demo.seed.paperwork import Paperwork
from castres_portal.demo.seed.people import People
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.rows import stored_day, stored_instant, write_plain
from reservations.models import Activity, Booking, SiteDay

SPARE_PLACES = 2
FULL_DAYS = 3
FRIDAY = 4
CHANGED_MIND_AFTER = timedelta(hours=2)

OF_ENROLMENT = ("enrolment_id", "child_id", "family_id", "activity_id", "site_id")
OF_SUBMIT = ("booked_at", "booked_by_id", "receipt_id")
OF_DAY = ("day", "status", "cancelled_at", "cancelled_by_id")
COLUMNS = (*OF_ENROLMENT, *OF_SUBMIT, *OF_DAY)
ACTIVE, CANCELLED = Booking.Status.ACTIVE.value, Booking.Status.CANCELLED.value


def write_bookings(
    joinings: Sequence[Joining], *, diary: Diary, people: People, paperwork: Paperwork, progress: Progress
) -> None:
    """Create every booking, past and to come, cancelled ones included."""
    with progress.phase("Réservations", len(joinings)) as bar:

        def rows() -> Iterator[tuple[Any, ...]]:
            for joining in joinings:
                yield from _bookings_of(joining, diary, people, paperwork)
                bar.update(1)

        write_plain(Booking, COLUMNS, rows())


def _bookings_of(joining: Joining, diary: Diary, people: People, paperwork: Paperwork) -> Iterator[tuple[Any, ...]]:
    enrolment = paperwork.enrolments[joining]
    account = (people.account[joining.home] or people.agent).pk
    common = (
        enrolment.pk,
        enrolment.child_id,
        enrolment.family_id,
        enrolment.activity_id,
        enrolment.site_id,
    )
    for booked in diary.booked_months(joining):
        receipt = paperwork.receipts.get((joining.home, booked.booked_at, booked.month))
        submit = (stored_instant(booked.booked_at), account, receipt.pk if receipt else None)
        for day in booked.days:
            yield (*common, *submit, stored_day(day), *_state(booked, day in booked.cancelled, account))


def _state(booked: BookedMonth, is_cancelled: bool, account: int) -> tuple[Any, ...]:
    if is_cancelled:
        return CANCELLED, stored_instant(booked.booked_at + CHANGED_MIND_AFTER), account
    return ACTIVE, None, None


def limit_places(canteen: Activity, agenda: Agenda) -> None:
    """Count the places of one restaurant: enough for what is booked, and none left on some days that can still be booked.

    These are Fridays (every other one, so that a child who books them finds some): fewer agents, fewer places.
    """
    site = canteen.sites.get(school__uai=LIMITED_SCHOOL)
    rows = Booking.objects.filter(site=site, status=Booking.Status.ACTIVE).order_by().values("day")
    taken = {row["day"]: row["number"] for row in rows.annotate(number=Count("pk"))}
    site.places = max(taken.values(), default=0) + SPARE_PLACES
    site.save(update_fields=["places"])
    fridays = [day for day in agenda.still_changeable(agenda.canteen_days) if day.weekday() == FRIDAY]
    SiteDay.objects.bulk_create(
        SiteDay(site=site, day=day, places=taken.get(day, 0)) for day in fridays[1 : 2 * FULL_DAYS : 2]
    )
