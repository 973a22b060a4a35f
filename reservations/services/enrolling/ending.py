"""An enrolment that ends: its days to come are freed, its past ones are kept, the family reads what stays."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name, plain_day
from families.models import Child, Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import ENROLMENT_END
from reservations.models import Booking, Enrolment, ReceiptLine, WaitingEntry
from reservations.rules.changes import DayChanges
from reservations.services.booking import Order, give_back
from reservations.wakes import wake_waiting_list

ONE_DAY = timedelta(days=1)
FREED = "fin de l’inscription"


class UnknownEnrolment(Refusal):
    """An enrolment that this household has not, or no longer."""


@dataclass(frozen=True)
class Ending:
    """What was done: the request that says so, the days freed and those that stay, by the rule, on the family's invoice."""

    request: FamilyRequest
    enrolments: list[Enrolment]
    freed: list[ReceiptLine] = field(default_factory=list)
    kept: list[ReceiptLine] = field(default_factory=list)
    waits: int = 0


@dataclass(frozen=True)
class _Order:
    """Who ends which enrolments, after which day."""

    family: Family
    guardian: Guardian | None
    user: User | None
    last_day: date
    reason: str
    at: datetime
    by_agent: bool
    submission: UUID


@transaction.atomic(durable=True)
def end_enrolment(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    enrolment: int,
    last_day: date,
    reason: str,
    submission: UUID,
    at: datetime,
    by_agent: bool = False,
) -> Ending:
    """End a household's enrolment (id) after ``last_day``, and return the numbered request that says what became of each day.

    The days after it that the rule still lets go are freed; the others stay booked, and charged. ``by_agent``: all of them are
    freed but those that are past. The places that the child waited for are given up. ``reason`` is one of Enrolment.ASKED. The
    same form sent twice returns the first answer.

    Raises UnknownEnrolment for what is not this household's, Refusal for a last day that is not inside the enrolment.
    """
    row = Enrolment.objects.filter(family=family, pk=enrolment).select_related("child", "school_year").first()
    if row is None:
        raise UnknownEnrolment("Cette inscription n’existe pas dans votre dossier.")
    lock_child(row.child_id)
    row = _running(family, [enrolment]).first()
    if row is None:
        ended = Enrolment.objects.select_related("end_request").get(pk=enrolment)
        if ended.end_request is None:
            raise UnknownEnrolment("Cette inscription est déjà terminée.")
        return Ending(ended.end_request, [ended])
    if reason not in Enrolment.ASKED:
        raise Refusal("Dites pourquoi l’inscription se termine.")
    today = at.date()
    if last_day > row.ends_on:
        raise Refusal(f"L’inscription se termine déjà le {plain_day(row.ends_on)}.")
    if last_day < today and not by_agent and row.starts_on <= today:
        raise Refusal("Choisissez aujourd’hui ou un jour à venir : ce qui est passé reste acquis.")
    order = _Order(family, guardian, user, last_day, reason, at, by_agent, submission)
    ending = _end(order, [row])
    emails.queue_ending(ending, user)
    return ending


def end_for_departure(
    *, child: Child, family: Family, last_day: date, by: User | None, guardian: Guardian | None, at: datetime
) -> Ending | None:
    """End every enrolment of a child in a household that she leaves after ``last_day``; None when there is none.

    Part of the caller's transaction, by an agent: every day to come is freed, the deadline passed or not.
    """
    lock_child(child.pk)
    rows = list(_running(family).filter(child=child, ends_on__gt=last_day))
    if not rows:
        return None
    submission = uuid4()
    order = _Order(family, guardian, by, last_day, Enrolment.EndReason.DEPARTURE, at, True, submission)
    ending = _end(order, rows)
    emails.queue_ending(ending, by)
    return ending


def lock_child(child: int) -> None:
    """Make those who change one child's days follow each other, until the end of the transaction."""
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk=child))


def _running(family: Family, ids: Collection[int] | None = None):  # type: ignore[no-untyped-def]
    rows = Enrolment.objects.filter(family=family, ended_at=None).select_related(
        "child", "activity", "site__school", "site__venue", "school_year"
    )
    return (rows if ids is None else rows.filter(pk__in=ids)).order_by("activity__position", "pk")


def _end(order: _Order, rows: Sequence[Enrolment]) -> Ending:
    changes = _days_to_free(order, rows)
    request = _record(order, rows)
    lines: list[ReceiptLine] = []
    if changes:
        said = Order(
            order.family,
            order.guardian,
            order.user,
            changes,
            order.submission,
            order.at,
            at_desk=order.by_agent,
            late_reason=FREED if order.by_agent else "",
        )
        lines = list(give_back(said, request).lines.select_related("child", "activity"))
    for row in rows:
        row.ends_on = max(order.last_day, row.starts_on - ONE_DAY)
        row.ended_at, row.ended_by, row.end_reason, row.end_request = order.at, order.user, order.reason, request
        row.save(update_fields=["ends_on", "ended_at", "ended_by", "end_reason", "end_request"])
    waits = _give_up_waiting(order, rows)
    kept = [line for line in lines if line.outcome == ReceiptLine.Outcome.REFUSED]
    if kept:
        request.status = FamilyRequest.Status.PARTLY
        request.save(update_fields=["status"])
    freed = [line for line in lines if line.outcome == ReceiptLine.Outcome.CANCELLED]
    return Ending(request, list(rows), freed, kept, waits)


def _days_to_free(order: _Order, rows: Sequence[Enrolment]) -> dict[tuple[int, str], DayChanges]:
    """Return the days booked after the last one, today's included, of each enrolment; those that are past stay."""
    days: dict[tuple[int, str], set[date]] = {}
    slugs = {row.pk: (row.child_id, row.activity.slug) for row in rows}
    first = max(order.last_day + ONE_DAY, order.at.date())
    booked = Booking.objects.filter(enrolment__in=slugs, status=Booking.Status.ACTIVE, day__gte=first).order_by()
    for enrolment, day in booked.values_list("enrolment_id", "day"):
        days.setdefault(slugs[enrolment], set()).add(day)
    return {slot: DayChanges(removals=frozenset(found)) for slot, found in days.items()}


def _give_up_waiting(order: _Order, rows: Sequence[Enrolment]) -> int:
    waits = WaitingEntry.objects.filter(
        enrolment__in=[row.pk for row in rows], status__in=WaitingEntry.STANDING, day__gt=order.last_day
    )
    count = waits.update(status=WaitingEntry.Status.WITHDRAWN, ended_at=order.at, ended_by=order.user, end_reason=FREED)
    if count:
        wake_waiting_list()
    return count


def _record(order: _Order, rows: Sequence[Enrolment]) -> FamilyRequest:
    child = rows[0].child
    names = ", ".join(row.activity.name for row in rows)
    return record_request(
        kind=ENROLMENT_END,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=f"Fin de l’inscription {of_name(child.first_name)}\u00a0: {names}, {rows[0].school_year.label}",
        status=FamilyRequest.Status.DONE,
        at=order.at,
        decided_at=order.at,
    )
