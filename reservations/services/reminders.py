"""Reminding households of the usual days that they have not booked.

First the rows, one a household and deadline, which the database keeps from being written twice; then the mails, written in the
transaction that settles the rows, once it has been looked at again whether the days are still missing. A run that is killed
leaves rows to settle: the next one goes on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from castres_portal.base.errors import Refusal
from castres_portal.base.mail import Letter, queue_mails
from families.models import Guardian
from reservations.emails.reminders import reminder_letter
from reservations.models import BookingReceipt, DayReminder, RemindedDay, ReminderStop
from reservations.queries.reminders import (
    MissingDay,
    OpenedReminder,
    changes_of,
    due_days,
    households_concerned,
    missing_days,
    recipients,
)
from reservations.services.booking import book_days, fingerprint

BATCH = 500
TOO_LATE = "Il est trop tard pour réserver ces jours\u00a0: leur délai est passé."


def plan_reminders(*, at: datetime, families: Collection[int] | None = None) -> int:
    """Write a reminder for each household that has usual days missing before a near deadline; return how many days are told.

    Safe to run twice and at once. ``families`` (ids) narrows it to some households.
    """
    due, after, planned = due_days(at=at), 0, 0
    while batch := households_concerned(due, after, BATCH):
        chosen = batch if families is None else [family for family in batch if family in families]
        missing = missing_days(chosen, due, at=at)
        if missing:
            planned += _plan(missing, at)
        after = batch[-1]
    return planned


@transaction.atomic(durable=True)
def _plan(missing: dict[int, list[MissingDay]], at: datetime) -> int:
    DayReminder.objects.bulk_create(
        [
            DayReminder(
                family_id=family,
                deadline=min(day.until for day in days),
                ends_at=max(day.until for day in days),
                planned_at=at,
            )
            for family, days in missing.items()
        ],
        ignore_conflicts=True,  # planned already: by another run, or for this deadline
    )
    waiting = DayReminder.objects.filter(family__in=missing, settled_at=None)
    reminders = {(row.family_id, row.deadline): row for row in waiting}
    rows = [
        RemindedDay(
            reminder=reminder,
            family_id=family,
            child_id=day.child,
            activity_id=day.activity,
            day=day.day,
            formula=day.formula,
            until=day.until,
        )
        for family, days in missing.items()
        if (reminder := reminders.get((family, min(day.until for day in days))))
        for day in days
    ]
    RemindedDay.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def send_reminders(*, at: datetime) -> int:
    """Write the mails of the reminders that wait, and return how many; safe to run twice and at once."""
    written = 0
    while (mails := _send_some(at)) is not None:
        written += mails
    return written


@transaction.atomic(durable=True)
def _send_some(at: datetime) -> int | None:
    """Settle some reminders; return how many mails were written, None when none waits."""
    waiting = DayReminder.objects.filter(settled_at=None).order_by("pk")
    rows = list(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)[:BATCH])
    if not rows:
        return None
    days = _still_missing(rows, at)
    willing = recipients([row.family_id for row in rows])
    letters: list[Letter] = []
    for row in rows:
        told = [reminder_letter(row, days[row.pk], guardian) for guardian in willing.get(row.family_id, ())]
        row.mails, row.settled_at = (len(told) if days[row.pk] else 0), at
        letters += told if days[row.pk] else ()
    DayReminder.objects.bulk_update(rows, ["mails", "settled_at"])
    queue_mails(letters)
    return len(letters)


def _still_missing(rows: Iterable[DayReminder], at: datetime) -> dict[int, list[RemindedDay]]:
    """Return the days of each reminder (id) that are still missing; the others are taken off it."""
    reminders = {row.pk: row for row in rows}
    planned = list(
        RemindedDay.objects.filter(reminder__in=reminders)
        .select_related("child", "activity")
        .order_by("child__birth_date", "child_id", "activity__position", "day")
    )
    due: dict[int, set[date]] = defaultdict(set)
    for day in planned:
        due[day.activity_id].add(day.day)
    families = {row.family_id for row in reminders.values()}
    found = missing_days(families, due, at=at, told_too=True)
    missing = {(d.family, d.child, d.activity, d.day) for days in found.values() for d in days}
    kept: dict[int, list[RemindedDay]] = defaultdict(list)
    gone = []
    for day in planned:
        if (day.family_id, day.child_id, day.activity_id, day.day) in missing:
            kept[day.reminder_id].append(day)
        else:
            gone.append(day.pk)
    RemindedDay.objects.filter(pk__in=gone).delete()
    return {pk: kept[pk] for pk in reminders}


# --- What a household does with one -----------------------------------------------------------------------------------


def book_reminded_days(*, opened: OpenedReminder, at: datetime) -> BookingReceipt:
    """Book the days of a reminder for the guardian to whom its link was sent, and return the receipt; once only.

    The link can make this one submit: sent again, by her or by the other guardian, it returns the first receipt. Raises Refusal
    when the deadline of every day is past, NothingToChange for a reminder without a day.
    """
    reminder, guardian = opened.reminder, opened.guardian
    if used := receipt_of(reminder):
        return used
    if at >= reminder.ends_at:
        raise Refusal(TOO_LATE)
    receipt = book_days(
        family=reminder.family,
        guardian=guardian,
        user=guardian.user,
        changes=changes_of(reminder.days.all()),
        submission=reminder.submission,
        at=at,
    )
    DayReminder.objects.filter(pk=reminder.pk).update(receipt=receipt)
    return receipt


def receipt_of(reminder: DayReminder) -> BookingReceipt | None:
    """Return what the link of a reminder has already booked, even when a killed process could not note it; one query at most."""
    if reminder.receipt:
        return reminder.receipt
    named = fingerprint(reminder.submission, changes_of(reminder.days.all()))
    return BookingReceipt.objects.select_related("request").filter(submission=named).first()


@transaction.atomic(durable=True)
def stop_reminders(*, guardian: Guardian, at: datetime) -> None:
    """Write no more reminders to a guardian; done twice, it is done once."""
    ReminderStop.objects.get_or_create(guardian=guardian, defaults={"stopped_at": at})


@transaction.atomic(durable=True)
def resume_reminders(*, guardian: Guardian) -> None:
    """Write reminders to a guardian again."""
    ReminderStop.objects.filter(guardian=guardian).delete()


def forget_reminders(*, at: datetime, dry_run: bool = False) -> int:
    """Erase the reminders whose last deadline is past for longer than they are kept; return how many. ``dry_run`` only counts."""
    old = DayReminder.objects.filter(ends_at__lt=at - timedelta(days=int(settings.BOOKING_REMINDERS["kept_days"])))
    if dry_run:
        return old.count()
    _, by_model = old.delete()
    return int(by_model.get("reservations.DayReminder", 0))
