"""What is asked for again: a reminder each week, what is paid after it, what goes to the Trésor each term, what it collects.

All by the services that the régisseur uses, at the instants at which she would have. Reminders of past weeks are said to be
written: the demonstration does not begin with hundreds of old mails.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from accounts.models import User
from billing.models import PaymentReminder, TreasuryHandover
from billing.queries.treasury import unpaid_rows
from billing.services.unpaid import (
    hand_over,
    mark_sent,
    plan_reminders,
    record_treasury_payment,
    send_reminders,
    withdraw,
)
from castres_portal.demo.seed.agenda import Agenda, at_hour
from castres_portal.demo.seed.regie import AtTheCounter, pay_at_the_counter, working_day

BATCH_AGO, COLLECTED_AGO = 12, 3
IN_A_BATCH = 6
ONE_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
WEEKS_OF_A_TERM = 13
COLLECTED_SHARE, COLLECTED_AFTER = 0.7, (35, 80)


def chase_unpaid(agenda: Agenda, late: Sequence[AtTheCounter], *, by: User) -> None:
    """Live the weeks one after the other: who is late pays, who still owes is reminded, and each term some goes to the Trésor."""
    yesterday = agenda.today - ONE_DAY
    waiting: Sequence[AtTheCounter] = sorted(late, key=lambda one: (one.at, one.invoice.pk))
    promised = {one.invoice.pk for one in late}
    day, week = (agenda.cast_billed[0] if agenda.cast_billed else agenda.today), 0
    while day < agenda.today:
        waiting = _pay_until(waiting, at_hour(day, time(9)), by)
        plan_reminders(at=at_hour(day, time(9, 25)), today=day)
        _say_they_are_written()
        week += 1
        if week % WEEKS_OF_A_TERM == 0 and day < agenda.today - COLLECTED_AFTER[0] * ONE_DAY:
            _hand_over_the_term(day, promised, by, agenda)
        day += A_WEEK
    _pay_until(waiting, at_hour(agenda.today, time.min), by)
    plan_reminders(at=at_hour(yesterday, time(9, 25)), today=yesterday)
    send_reminders(at=at_hour(yesterday, time(9, 26)))
    _hand_over_last(agenda, by)


def _pay_until(waiting: Sequence[AtTheCounter], at: datetime, by: User) -> Sequence[AtTheCounter]:
    due = [one for one in waiting if one.at < at]
    if due:
        pay_at_the_counter(due, by=by)
    return waiting[len(due) :]


def _say_they_are_written() -> None:
    waiting = list(PaymentReminder.objects.filter(settled_at=None).select_related("invoice"))
    for reminder in waiting:
        reminder.settled_at = reminder.planned_at + timedelta(minutes=1)
        reminder.owed, reminder.mails = reminder.invoice.total, 1
    PaymentReminder.objects.bulk_update(waiting, ["settled_at", "owed", "mails"], batch_size=400)


def _hand_over_the_term(day: date, promised: set[int], by: User, agenda: Agenda) -> None:
    """Hand over what nobody paid; weeks later the comptable says what he collected of most of it."""
    at = at_hour(day, time(10))
    rows = unpaid_rows(at=at, today=day)
    ready = [row.invoice.pk for row in rows if row.refusal is None and row.invoice.pk not in promised]
    if not ready:
        return
    batch = hand_over(invoices=ready, by=by, at=at, today=day)
    mark_sent(batch=batch, by=by, at=at_hour(day, time(11)))
    for handover in batch.handovers.select_related("invoice").order_by("pk"):
        dice = Random(f"trésor {handover.invoice.number}")  # noqa: S311  (a fictional payment, not a secret)
        on = working_day(day + dice.randint(*COLLECTED_AFTER) * ONE_DAY)
        if dice.random() < COLLECTED_SHARE and on < agenda.today:
            _collected(handover, on, by)


def _collected(handover: TreasuryHandover, on: date, by: User) -> None:
    record_treasury_payment(handover=handover, amount=handover.amount, by=by, at=at_hour(on, time(15)))


def _hand_over_last(agenda: Agenda, by: User) -> None:
    """The batch of this month, from which one invoice was withdrawn, and of which the comptable collected another."""
    day = working_day(agenda.today - BATCH_AGO * ONE_DAY)
    rows = unpaid_rows(at=at_hour(day, time(10)), today=day)
    ready = [row.invoice.pk for row in rows if row.refusal is None][: IN_A_BATCH if len(rows) > IN_A_BATCH else 2]
    if not ready:
        return
    batch = hand_over(invoices=ready, by=by, at=at_hour(day, time(10)), today=day)
    handovers = list(batch.handovers.order_by("pk"))
    if len(handovers) > 2:
        words = "La famille a demandé un échelonnement (démonstration)"
        withdraw(handover=handovers[-1], reason=words, by=by, at=at_hour(day, time(16)))
    mark_sent(batch=batch, by=by, at=at_hour(day, time(17)))
    if len(handovers) > 1:
        _collected(handovers[0], working_day(agenda.today - COLLECTED_AGO * ONE_DAY), by)
