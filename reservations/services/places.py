"""An agent gives days other places than usual: the rows of these days are locked last, in id order, as by who gives places.

A booking that counts at this very instant comes before or after: it sees the old places, or the new ones. What is booked or
offered stays, whatever the new places; those that come free go to who waits, in order (services/waiting/offering.py).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from castres_portal.base.errors import Refusal
from reservations.models import ActivitySite, PlacesChange, SiteDay
from reservations.queries.filling_day import ForeseenDay, outlook
from reservations.rules.filling import MOST_PLACES, PlacesWish
from reservations.services.booking.places import locked_days
from reservations.wakes import wake_waiting_list

LONGEST = 366  # days of one change
BATCH = 1000


class Beyond(Refusal):
    """More children than places than was read in the preview: the agent reads it again before deciding."""


def change_places(
    *,
    sites: Sequence[ActivitySite],
    first: date,
    last: date,
    weekdays: Collection[int],
    wish: PlacesWish,
    reason: str,
    excess_read: int,
    submission: UUID,
    by: User,
    at: datetime,
) -> list[PlacesChange]:
    """Change the places of sites on some weekdays (Monday = 0; none: all) between two days, and return what changed.

    ``excess_read`` is how many children beyond the places, over all days, the agent has read in the preview: nothing changes when
    there would be more. The same form sent twice changes once. Raises Refusal, Beyond.
    """
    reason = reason.strip()
    if not reason:
        raise Refusal("Dites pourquoi les places changent\u00a0: le motif est conservé.")
    if last < first:
        raise Refusal("La fin précède le début.")
    if (last - first).days >= LONGEST:
        raise Refusal(f"Choisissez {LONGEST} jours au plus.")
    if not 0 <= wish.number <= MOST_PLACES:
        raise Refusal(f"Choisissez un nombre de places entre 0 et {MOST_PLACES}.")
    return _change(sites, (first, last), weekdays, wish, reason[:200], excess_read, submission, by, at)


@transaction.atomic(durable=True)
def _change(
    sites: Sequence[ActivitySite],
    span: tuple[date, date],
    weekdays: Collection[int],
    wish: PlacesWish,
    reason: str,
    excess_read: int,
    submission: UUID,
    by: User,
    at: datetime,
) -> list[PlacesChange]:
    def look() -> list[ForeseenDay]:
        return outlook(sites, *span, weekdays, wish, at=at).changing

    rows = _under_lock([row.key for row in look()])
    first = list(PlacesChange.objects.filter(submission=submission))
    if first:
        return first
    # Queries of their own: those of before the lock counted with the eyes of before it.
    found = [row for row in look() if row.key in rows]
    if not found:
        raise Refusal("Aucun jour ne change\u00a0: relisez l’aperçu, qui dit pourquoi pour chacun.")
    excess = sum(row.outcome.excess for row in found)
    if excess > excess_read:
        raise Beyond(
            f"Il y aurait {excess} enfant{'s' if excess > 1 else ''} de plus que de places\u00a0: relisez l’aperçu avant de "
            "valider."
        )
    changes = [_changed(rows[row.key], row, reason, submission, by, at) for row in found]
    SiteDay.objects.bulk_update([rows[row.key] for row in found], ["places"], batch_size=BATCH)
    PlacesChange.objects.bulk_create(changes, batch_size=BATCH)
    if any(change.after > change.before for change in changes):
        wake_waiting_list()
    return changes


def _under_lock(keys: Sequence[tuple[int, date]]) -> dict[tuple[int, date], SiteDay]:
    """Make the rows of days that have none, and lock them all until the end of the transaction, in id order."""
    new = [SiteDay(site_id=site, day=day) for site, day in sorted(keys)]
    SiteDay.objects.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    wanted = Q(site__in={site for site, _ in keys}, day__in={day for _, day in keys})
    return {(row.site_id, row.day): row for row in locked_days(wanted)}


def _changed(row: SiteDay, seen: ForeseenDay, reason: str, submission: UUID, by: User, at: datetime) -> PlacesChange:
    outcome = seen.outcome
    row.places = outcome.own
    return PlacesChange(
        site=seen.site,
        day=seen.day,
        before=outcome.before.places or 0,
        after=outcome.after,
        to_usual=outcome.own is None,
        held=outcome.before.held,
        reason=reason,
        submission=submission,
        at=at,
        by=by,
    )
