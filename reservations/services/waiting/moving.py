"""What agents do with a list: a better rank and why, a withdrawal and why. The day is locked first, as by who gives places."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from castres_portal.base.errors import Refusal
from reservations import emails
from reservations.models import SiteDay, WaitingEntry, WaitingMove
from reservations.services.booking.places import locked_days
from reservations.wakes import wake_waiting_list

Status = WaitingEntry.Status


@transaction.atomic(durable=True)
def move_up(*, entry: int, rank: int, reason: str, by: User, at: datetime) -> WaitingMove:
    """Give an entry (id) a better rank (1 is the first), and keep why. Raises Refusal.

    Two agents, or an agent and the sweep, follow each other; the ranks of the day are written anew.
    """
    reason = reason.strip()
    if not reason:
        raise Refusal("Dites pourquoi cette famille passe devant : le motif est conservé.")
    row = _under_lock(entry)
    rows = WaitingEntry.objects.filter(site=row.site_id, day=row.day, status__in=WaitingEntry.STANDING)
    queue = list(rows.order_by(*WaitingEntry.ORDER))
    here = next((place for place, other in enumerate(queue, 1) if other.pk == row.pk), None)
    if here is None or row.status != Status.WAITING:
        raise Refusal("Cette famille n’attend plus ce jour : son rang ne change pas.")
    if not 1 <= rank < here:
        raise Refusal(f"Elle est au rang {here} : choisissez un rang plus petit.")
    queue.insert(rank - 1, queue.pop(here - 1))
    for place, other in enumerate(queue, 1):
        other.position = place
    WaitingEntry.objects.bulk_update(queue, ["position"])
    return WaitingMove.objects.create(entry=row, from_rank=here, to_rank=rank, reason=reason[:200], at=at, by=by)


@transaction.atomic(durable=True)
def withdraw_entry(*, entry: int, reason: str, by: User, at: datetime) -> WaitingEntry:
    """Take a family's entry (id) off the list, keep why, and tell the family. Raises Refusal."""
    reason = reason.strip()
    if not reason:
        raise Refusal("Dites pourquoi cette famille est retirée : ces mots lui sont envoyés.")
    row = _under_lock(entry)
    was = row.status
    values = {"status": Status.WITHDRAWN, "ended_at": at, "ended_by": by, "end_reason": reason[:200]}
    standing = WaitingEntry.objects.filter(pk=row.pk, status=was, status__in=WaitingEntry.STANDING)
    if not standing.update(**values):
        raise Refusal("Cette attente vient de se terminer : relisez la liste.")
    for name, value in values.items():
        setattr(row, name, value)
    emails.queue_wait_ended(row)
    if was == Status.OFFERED:
        wake_waiting_list()
    return row


def _under_lock(entry: int) -> WaitingEntry:
    """Lock the day of an entry (id) until the end of the transaction, then read the entry."""
    where = WaitingEntry.objects.only("site_id", "day").get(pk=entry)
    SiteDay.objects.bulk_create([SiteDay(site_id=where.site_id, day=where.day)], ignore_conflicts=True)
    locked_days(Q(site=where.site_id, day=where.day))
    related = ("child", "activity", "site__school", "site__venue", "request__guardian__user", "family")
    return WaitingEntry.objects.select_related(*related).get(pk=entry)
