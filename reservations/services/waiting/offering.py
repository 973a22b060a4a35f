"""Offering the places that come free, in the order of the list: what a sweep does each minute, and at once when it is woken."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Min, QuerySet

from castres_portal.base.clock import in_paris
from reservations import emails
from reservations.models import ActivitySite, Booking, WaitingEntry
from reservations.queries.planning import (
    SiteAndDay,
    enrolments_of,
    holiday_spans,
    load_planning,
    places_left,
    policy_of,
)
from reservations.rules.decide import Decision, decide
from reservations.rules.holidays import holiday_on
from reservations.services.booking.places import places_under_lock

log = logging.getLogger(__name__)
Status = WaitingEntry.Status
ELSEWHERE = "l’inscription n’est plus dans ce lieu"


def offer_places(*, at: datetime) -> int:
    """Offer every place that is free to who waits for it first, end the offers that are over and the waits of days that can no
    longer be booked; return how many offers were made.

    Each site and day has its own transaction, its row locked: safe to run twice and at once. One that fails is logged, left for
    the next minute, and stops no other.
    """
    offers = 0
    for site, day in _worth_a_look(at):
        try:
            offers += offer_day(site, day, at=at)
        except Exception:
            log.exception("Liste d’attente du lieu %s, le %s : les places n’ont pas pu être proposées", site, day)
    return offers


def _worth_a_look(at: datetime) -> list[SiteAndDay]:
    """Return the sites and days with a place for who waits, an offer that is over, or a day too late to book; in id order."""
    waits = list(
        WaitingEntry.objects.filter(status__in=WaitingEntry.STANDING)
        .order_by()
        .values("site_id", "day")
        .annotate(first_end=Min("offered_until"))
    )
    if not waits:
        return []
    days = [row["day"] for row in waits]
    rows = ActivitySite.objects.filter(pk__in={row["site_id"] for row in waits}).select_related("activity")
    sites = {site.pk: site for site in rows}
    left = places_left(list(sites.values()), min(days), max(days), at).left
    ends = _Ends(sites.values(), days)
    found = []
    for row in waits:
        site, day, end = sites[row["site_id"]], row["day"], row["first_end"]
        free = left.get((site.pk, day), site.places)
        if (free is None or free > 0) or (end and end <= at) or at >= ends.of(site, day):
            found.append((site.pk, day))
    return sorted(found)


class _Ends:
    """The first instant at which a day of a site can no longer be booked."""

    def __init__(self, sites: Iterable[ActivitySite], days: Iterable[date]) -> None:
        seasonal = {site.activity_id for site in sites if site.activity.in_holidays}
        days = list(days)
        self.spans = holiday_spans(seasonal, min(days), max(days)) if seasonal else {}

    def of(self, site: ActivitySite, day: date) -> datetime:
        """Return the deadline to add, or the closing of the holiday period when it comes first."""
        until = policy_of(site.activity).add.until(day)
        span = holiday_on(self.spans.get(site.activity_id, ()), day)
        return min(until, span.closes_at) if span else until


@transaction.atomic(durable=True)
def offer_day(site_id: int, day: date, *, at: datetime) -> int:
    """Settle the list of one site (id) and day at an instant; return how many offers were made."""
    site = ActivitySite.objects.select_related("activity").get(pk=site_id)
    key = (site.pk, day)
    left = places_under_lock({key: site.places or 0}, at).left[key]
    entries = list(_standing(site, day))
    _end_booked(entries, at)
    _end_offers(entries, at)
    waiting = [entry for entry in entries if entry.status == Status.WAITING]
    if at >= _Ends([site], [day]).of(site, day):
        _end(waiting, Status.PASSED, at)
        return 0
    offers = 0
    for entry in waiting:
        if site.places is not None and offers >= left:
            break
        offers += _offer_or_pass_on(entry, at)
    return offers


def _standing(site: ActivitySite, day: date) -> QuerySet[WaitingEntry]:
    rows = WaitingEntry.objects.filter(site=site, day=day, status__in=WaitingEntry.STANDING)
    related = ("child", "family", "activity", "site__school", "site__venue", "request__guardian__user")
    return rows.select_related(*related).order_by(*WaitingEntry.ORDER)


def _end_booked(entries: Iterable[WaitingEntry], at: datetime) -> None:
    """End the waits of who has the day already: booked while the site did not count its places, for example."""
    waits = {(entry.child_id, entry.activity_id): entry for entry in entries}
    if not waits:
        return
    day = next(iter(waits.values())).day
    rows = Booking.objects.filter(child__in={child for child, _ in waits}, day=day, status=Booking.Status.ACTIVE)
    for booking in rows.order_by():
        wait = waits.get((booking.child_id, booking.activity_id))
        if wait and wait.family_id == booking.family_id:
            _update(wait, status=Status.TAKEN, ended_at=at, booking=booking)


def _end_offers(entries: Iterable[WaitingEntry], at: datetime) -> None:
    over = [e for e in entries if e.status == Status.OFFERED and e.offered_until and e.offered_until <= at]
    _end(over, Status.LAPSED, at)


def _end(entries: Iterable[WaitingEntry], status: Status, at: datetime) -> None:
    """End waits by themselves and tell their families; one that has just ended otherwise stays as it is."""
    for entry in entries:
        if _update(entry, status=status, ended_at=at):
            emails.queue_wait_ended(entry)


def _offer_or_pass_on(entry: WaitingEntry, at: datetime) -> bool:
    """Offer a place to an entry, or keep why its child cannot take it; return whether it is offered."""
    turn = turn_of(entry, at)
    if turn.until is None:
        if entry.blocked_by != turn.blocked_by:
            _update(entry, blocked_by=turn.blocked_by)
        return False
    # In hours that pass, not on the wall clock: the night when clocks change has one more or one less.
    usual = at.astimezone(UTC) + timedelta(hours=entry.activity.offer_hours)
    until = min(in_paris(usual), turn.until)
    offered = _update(entry, status=Status.OFFERED, offered_at=at, offered_until=until, blocked_by="")
    if offered:
        emails.queue_offer(entry)
    return offered


def _update(entry: WaitingEntry, **values: object) -> bool:
    """Write an entry unless somebody has just ended it; no lock is needed to leave the list."""
    written = WaitingEntry.objects.filter(pk=entry.pk, status=entry.status).update(**values)
    if written:
        for name, value in values.items():
            setattr(entry, name, value)
    return bool(written)


@dataclass(frozen=True)
class Turn:
    """What an entry whose turn has come may have: a place until an instant, or nothing and why."""

    until: datetime | None = None
    blocked_by: str = ""


def turn_of(entry: WaitingEntry, at: datetime) -> Turn:
    """Say whether the child of an entry can take a place of its day, by the one function of law 1, places aside."""
    rows = list(enrolments_of(entry.family).filter(child=entry.child_id, activity=entry.activity_id))
    planning = load_planning(entry.family, rows, entry.day, entry.day, at=at)
    slot = (entry.child_id, entry.activity_id)
    decision: Decision = decide(replace(planning.context(slot, entry.day), places_left=None), at)
    if decision.reason:
        return Turn(blocked_by=decision.reason.sentence)
    enrolment = planning.enrolment(slot, entry.day)
    if enrolment is None or enrolment.site_id != entry.site_id:
        return Turn(blocked_by=ELSEWHERE)
    return Turn(until=decision.until)
