"""The waiting lists as agents see them: the days on which somebody waits, and one day's list with its places."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Prefetch, Q

from reservations.models import ActivitySite, Booking, SiteDay, WaitingEntry, WaitingMove
from reservations.queries.planning import places_left

Status = WaitingEntry.Status


@dataclass(frozen=True)
class Filling:
    """The places of one site and day: held by bookings, by running offers, left; None where places are not counted."""

    places: int | None
    booked: int
    offered: int
    given_back: int

    @property
    def left(self) -> int | None:
        """What is free for who waits; below nothing when places were taken away."""
        return None if self.places is None else self.places - self.booked - self.offered


@dataclass(frozen=True)
class WaitingDay:
    """A site and day with somebody on its list."""

    site: ActivitySite
    day: date
    waiting: int
    offered: int
    left: int | None


@dataclass(frozen=True)
class Standing:
    """An entry that stands, at its rank."""

    entry: WaitingEntry
    rank: int

    @property
    def may_move(self) -> bool:
        """Whether it can go up."""
        return self.rank > 1 and self.entry.status == Status.WAITING


@dataclass(frozen=True)
class DayList:
    """The whole list of a site and day."""

    site: ActivitySite
    day: date
    filling: Filling
    standing: list[Standing]
    ended: list[WaitingEntry]
    moves: list[WaitingMove]


def waiting_days(*, at: datetime) -> list[WaitingDay]:
    """Return the days on which somebody waits, the nearest first; five queries."""
    rows = list(
        WaitingEntry.objects.filter(status__in=WaitingEntry.STANDING)
        .order_by("day", "site_id")
        .values("site_id", "day")
        .annotate(
            waiting=Count("pk", filter=Q(status=Status.WAITING)), offered=Count("pk", filter=Q(status=Status.OFFERED))
        )
    )
    if not rows:
        return []
    related = ("activity", "school", "venue")
    sites = ActivitySite.objects.select_related(*related).in_bulk({row["site_id"] for row in rows})
    left = places_left(list(sites.values()), rows[0]["day"], rows[-1]["day"], at).left
    return [
        WaitingDay(
            site := sites[row["site_id"]],
            row["day"],
            row["waiting"],
            row["offered"],
            left.get((site.pk, row["day"]), site.places),
        )
        for row in rows
    ]


def day_list(site: ActivitySite, day: date, *, at: datetime) -> DayList:
    """Return the list of a site and day, what stands in its order, then what is over; five queries."""
    moves = WaitingMove.objects.select_related("by")
    rows = (
        WaitingEntry.objects.filter(site=site, day=day)
        .select_related("child", "family", "activity", "request", "ended_by", "booking")
        .prefetch_related(Prefetch("moves", queryset=moves))
        .order_by(*WaitingEntry.ORDER)
    )
    entries = list(rows)
    standing = [entry for entry in entries if entry.is_standing]
    ended = [entry for entry in entries if not entry.is_standing]
    return DayList(
        site=site,
        day=day,
        filling=_filling(site, day, standing, at),
        standing=[Standing(entry, rank) for rank, entry in enumerate(standing, 1)],
        ended=sorted(ended, key=lambda entry: (entry.ended_at or entry.joined_at, entry.pk), reverse=True),
        moves=sorted((m for e in entries for m in e.moves.all()), key=lambda move: (move.at, move.pk), reverse=True),
    )


def _filling(site: ActivitySite, day: date, standing: Iterable[WaitingEntry], at: datetime) -> Filling:
    own = SiteDay.objects.filter(site=site, day=day).values_list("places", flat=True).first()
    active = Booking.objects.filter(site=site, day=day, status=Booking.Status.ACTIVE)
    counts = active.aggregate(all=Count("pk"), back=Count("pk", filter=Q(given_back_at__isnull=False)))
    running = [e for e in standing if e.status == Status.OFFERED and e.offered_until and e.offered_until > at]
    places = None if site.places is None else site.places if own is None else own
    return Filling(places, counts["all"] - counts["back"], len(running), counts["back"])
