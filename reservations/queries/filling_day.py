"""One day of one site: its places and their history, who is booked, where there is room; and what other places would do."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from castres_portal.base.clock import in_paris
from reservations.models import ActivitySite, Booking, PlacesChange
from reservations.queries.filling import SiteCell, cells_of, sites_of
from reservations.queries.planning import SiteAndDay
from reservations.rules.calendar import days_between
from reservations.rules.filling import MOST_PLACES, Foreseen, PlacesWish, foresee


@dataclass(frozen=True)
class FillingDay:
    """What the page of a day shows; ``roomier`` are the other centres of the activity with room, the most of it first;
    ``may_go_elsewhere`` says whether any other takes children of elsewhere, full or not."""

    cell: SiteCell
    roomier: Sequence[SiteCell]
    may_go_elsewhere: bool
    changes: Sequence[PlacesChange]


def filling_day(site: ActivitySite, day: date, *, at: datetime) -> FillingDay:
    """Return a day of a site; eight queries at most. A school takes its own pupils only: never suggested."""
    cells = cells_of(sites_of(site.activity_id), day, day, at=at)
    others = [cell for cell in cells.values() if cell.site.pk != site.pk and cell.site.venue_id]
    roomier = [cell for cell in others if cell.runs and _room(cell) > 0]
    return FillingDay(
        cell=cells[site.pk, day],
        roomier=sorted(roomier, key=lambda cell: (-_room(cell), cell.site.place_name)),
        may_go_elsewhere=bool(others),
        changes=list(PlacesChange.objects.filter(site=site, day=day).select_related("by")),
    )


def _room(cell: SiteCell) -> int:
    left = cell.figures.left
    return MOST_PLACES if left is None else left - cell.figures.waiting


def booked_on(site: ActivitySite, day: date) -> list[Booking]:
    """Return who is booked at a site on a day, by name, those who gave the day back included; one query."""
    rows = Booking.objects.filter(site=site, day=day, status=Booking.Status.ACTIVE)
    return list(rows.select_related("child", "family").order_by("child__last_name", "child__first_name", "pk"))


# --- What other places would do ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ForeseenDay:
    """A day of a site, and what a change of its places does."""

    site: ActivitySite
    day: date
    outcome: Foreseen

    @property
    def key(self) -> SiteAndDay:
        """The site (id) and the day."""
        return self.site.pk, self.day


@dataclass(frozen=True)
class Outlook:
    """What a change of places does, day by day."""

    days: Sequence[ForeseenDay]

    @property
    def changing(self) -> list[ForeseenDay]:
        """The days that change."""
        return [row for row in self.days if not row.outcome.skipped]

    @property
    def skipped(self) -> list[ForeseenDay]:
        """The days that do not."""
        return [row for row in self.days if row.outcome.skipped]

    @property
    def excess(self) -> int:
        """How many children there would be beyond the places, over all days."""
        return sum(row.outcome.excess for row in self.days)

    @property
    def excess_days(self) -> int:
        """On how many days there would be more children than places."""
        return sum(row.outcome.excess > 0 for row in self.days)

    @property
    def to_offer(self) -> int:
        """How many places would be offered to who waits, at most."""
        return sum(row.outcome.to_offer for row in self.days)


def outlook(
    sites: Collection[ActivitySite],
    first: date,
    last: date,
    weekdays: Collection[int],
    wish: PlacesWish,
    *,
    at: datetime,
) -> Outlook:
    """Say what a wish does to sites on some weekdays (Monday = 0; none: all) between two days; six queries at most.

    Days on which a site never runs are left out.
    """
    days = [day for day in days_between(first, last) if not weekdays or day.weekday() in weekdays]
    cells = cells_of(sites, first, last, at=at)
    today = in_paris(at).date()
    rows = [_foreseen(cells[site.pk, day], wish, today) for day in days for site in sites]
    return Outlook(list(_but_never_running(rows, cells)))


def _foreseen(cell: SiteCell, wish: PlacesWish, today: date) -> ForeseenDay:
    usual = cell.site.places
    skipped = ""
    if usual is None:
        skipped = "ne compte pas ses places"
    elif cell.day < today:
        skipped = "est passé"
    elif not cell.runs:
        skipped = cell.words
    outcome = foresee(cell.figures, cell.own, usual or 0, wish, skipped=skipped)
    return ForeseenDay(cell.site, cell.day, outcome)


def _but_never_running(rows: Iterable[ForeseenDay], cells: dict[SiteAndDay, SiteCell]) -> Iterable[ForeseenDay]:
    return (row for row in rows if cells[row.key].runs or cells[row.key].note)
