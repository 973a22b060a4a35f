"""What a family answers: it accepts the place that is offered, declines it, or leaves the list."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from families.models import Family, Guardian
from families.services.rights import refuse_who_may_not
from reservations import emails
from reservations.models import BookingReceipt, WaitingEntry
from reservations.rules.changes import DayChanges
from reservations.services.booking import book_days
from reservations.wakes import wake_waiting_list

Status = WaitingEntry.Status


class UnknownWait(Refusal):
    """An entry that this household does not have."""


def accept_offer(
    *, family: Family, guardian: Guardian | None, user: User | None, entry: int, at: datetime
) -> BookingReceipt:
    """Book the day of an entry (id) whose place is offered, as the calendar would, and return the numbered receipt.

    The receipt says whether the day is booked: custody, a closure or the enrolment may have changed since the offer, and a place
    offered to the next at this very instant is no longer ours. Accepting twice returns the first receipt.

    Raises UnknownWait for an entry of another household, Refusal when no offer runs.
    """
    rows = WaitingEntry.objects.select_related("activity", "booking__receipt__request")
    row = rows.filter(pk=entry, family=family).first()
    if row is None:
        raise UnknownWait("Cette attente n’est pas celle de votre foyer.")
    if row.booking and row.booking.receipt:
        return row.booking.receipt
    if row.status != Status.OFFERED or row.offered_until is None or row.offered_at is None or at >= row.offered_until:
        raise Refusal(_why_not(row))
    day = frozenset([row.day])
    formulas = {row.day: row.formula} if row.formula else {}
    return book_days(
        family=family,
        guardian=guardian,
        user=user,
        changes={(row.child_id, row.activity.slug): DayChanges(additions=day, formulas=formulas)},
        submission=uuid5(NAMESPACE_URL, f"liste-d-attente/{row.pk}/{row.offered_at.timestamp()}"),
        at=at,
    )


def _why_not(row: WaitingEntry) -> str:
    if row.status in (Status.OFFERED, Status.LAPSED):
        return (
            f"Cette proposition a expiré le {moment(row.offered_until)} : la place est proposée à la famille suivante."
        )
    if row.status == Status.WAITING:
        return "Aucune place n’est proposée pour l’instant : vous êtes toujours sur la liste."
    return f"Cette attente est terminée ({row.get_status_display().lower()})."


@transaction.atomic(durable=True)
def leave(*, family: Family, guardian: Guardian | None, user: User | None, entry: int, at: datetime) -> WaitingEntry:
    """Take an entry (id) off the list, and return it: withdrawn, or declined when a place is offered, which goes to the next.

    What is over already stays as it is. Raises UnknownWait for an entry of another household.
    """
    refuse_who_may_not(guardian, user)
    rows = WaitingEntry.objects.select_for_update(of=("self",), no_key=True)
    related = ("child", "activity", "site__school", "site__venue", "request__guardian__user", "family")
    row = rows.select_related(*related).filter(pk=entry, family=family).first()
    if row is None:
        raise UnknownWait("Cette attente n’est pas celle de votre foyer.")
    if not row.is_standing:
        return row
    offered = row.status == Status.OFFERED
    row.status = Status.DECLINED if offered else Status.WITHDRAWN
    row.ended_at, row.ended_by = at, user
    row.save(update_fields=["status", "ended_at", "ended_by"])
    emails.queue_wait_ended(row)
    if offered:
        wake_waiting_list()
    return row
