"""The calendar feed of a household: which address is good, and what it says."""

from collections import Counter
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery

from families.models import Child, Family, Guardian
from families.rules import codes
from reservations.models import AbsenceDay, ActivityFormula, AgendaFeed, Booking
from reservations.queries.holidays import coming_periods
from reservations.queries.planning import SlotDay, enrolments_of, load_planning, span_of
from reservations.rules.agenda import FeedEvent, Limit, hours_of, limit_of, period_events, short_names, week_limits
from reservations.rules.calendar import days_between
from reservations.rules.formulas import formula_label
from reservations.rules.holidays import monday_of

PAST = timedelta(days=31)
COMING = timedelta(days=366)
WEEKS = 10  # whose last moments are said


def digest_of(token: str) -> str:
    """Return what is kept of the secret of an address; no code of activation has the same."""
    return codes.digest(f"agenda\n{token}", settings.CODE_KEY)


def live_feed(guardian: Guardian) -> AgendaFeed | None:
    """Return the address that a guardian has given to her programs, None when she has none; one query."""
    return open_feeds().filter(guardian=guardian).first()


def feed_named(digest: str) -> AgendaFeed | None:
    """Return the feed whose secret has a digest, with its household, while it opens; one query.

    The digest is keyed: nobody chooses what the database compares, so the time it takes tells nothing of the secrets.
    """
    return open_feeds().filter(digest=digest).select_related("guardian__family").first()


def open_feeds() -> QuerySet[AgendaFeed]:
    """Return the addresses that open: not ended, of guardians whom nobody excluded, made by the account that is theirs today."""
    rows = AgendaFeed.objects.filter(ended_at=None, guardian__user=F("made_by"), guardian__user__is_active=True)
    return rows.exclude(guardian__rights=Guardian.Rights.EXCLUDED)


def events_of(feed: AgendaFeed, *, at: datetime) -> list[FeedEvent]:
    """Return what a feed says at an instant: days booked, last moments, openings. The same number of queries for one child and
    for six."""
    family, today = feed.guardian.family, at.date()
    bookings = _bookings(family, today)
    limits, enrolled = _limits(family, at)
    children = {row.child_id: row.child for row in bookings} | enrolled
    periods = [
        event
        for row in coming_periods(today)
        for event in period_events(span_of(row), f"{row.label} ({row.activity})", at=at, changed_at=feed.made_at)
    ]
    return [*_booked(bookings, _names(children)), *week_limits(limits, changed_at=feed.made_at), *periods]


# --- Days -------------------------------------------------------------------------------------------------------------


def _bookings(family: Family, today: date) -> list[Booking]:
    """Return the household's bookings, cancelled ones too: they count the changes of a day. One query."""
    standing = AbsenceDay.objects.filter(outcome__in=AbsenceDay.STANDING, booking=OuterRef("pk"))
    rows = Booking.objects.filter(family=family, day__range=(today - PAST, today + COMING))
    told = standing.values("absence__request__received_at")
    return list(
        rows.select_related("child", "activity", "site__school", "site__venue")
        .annotate(absent_at=Subquery(told[:1]))
        .order_by("day", "child__birth_date", "child_id", "activity__position", "pk")
    )


def _names(children: dict[int, Child]) -> dict[int, str]:
    eldest_first = sorted(children.values(), key=lambda child: (child.birth_date, child.pk))
    return dict(
        zip(
            (child.pk for child in eldest_first),
            short_names([child.first_name for child in eldest_first]),
            strict=True,
        )
    )


def _booked(bookings: list[Booking], names: dict[int, str]) -> list[FeedEvent]:
    rows = ActivityFormula.objects.filter(activity__in={row.activity_id for row in bookings}).order_by()
    hours = {
        (activity, formula): (opens, closes)
        for activity, formula, opens, closes in rows.values_list("activity_id", "formula", "opens_at", "closes_at")
    }
    before: Counter[SlotDay] = Counter()
    events = []
    for row in bookings:
        key = (row.child_id, row.activity_id, row.day)
        if row.status == Booking.Status.ACTIVE:
            known = hours.get((row.activity_id, row.formula), (row.site.opens_at, row.site.closes_at))
            events.append(_booking_event(row, names[row.child_id], known, before[key]))
        before[key] += 1
    return events


def _booking_event(row: Booking, name: str, hours: tuple[object, object], sequence: int) -> FeedEvent:
    starts, ends = hours_of(row.day, *hours)  # type: ignore[arg-type]
    absent_at: datetime | None = row.absent_at  # type: ignore[attr-defined]
    states = ("absence annoncée" if absent_at else "", "jour rendu" if row.given_back_at else "")
    words = ", ".join(word for word in (formula_label(row.formula), *states) if word)
    said = f" ({words})" if words else ""
    return FeedEvent(
        uid=f"jour-{row.child_id}-{row.activity_id}-{row.day:%Y%m%d}",
        summary=f"{name} {row.activity.name}{said}",
        starts=starts,
        ends=ends,
        changed_at=max(instant for instant in (row.booked_at, absent_at, row.given_back_at) if instant),
        sequence=sequence,
        location=row.site.place_name,
    )


# --- Last moments -----------------------------------------------------------------------------------------------------


def _limits(family: Family, at: datetime) -> tuple[list[Limit], dict[int, Child]]:
    """Return until when each day of the coming weeks can change, and who is enrolled."""
    first = monday_of(at.date())
    last = first + timedelta(weeks=WEEKS) - timedelta(days=1)
    enrolments = list(enrolments_of(family).filter(starts_on__lte=last, ends_on__gte=first))
    planning = load_planning(family, enrolments, first, last, at=at)
    found = [
        limit
        for slot in planning.enrolments
        for day in days_between(first, last)
        if day.weekday() in planning.policies[slot[1]].weekdays
        and (limit := limit_of(planning.context(slot, day), planning.activities[slot[1]].name, at))
    ]
    return found, planning.children
