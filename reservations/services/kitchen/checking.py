"""Each night, the coming days are counted twice, from the bookings and from the receipts; a gap is shown to the agents."""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction

from castres_portal.base.clock import in_paris
from reservations.models import KitchenCheck
from reservations.queries.kitchen.counting import meals_between
from reservations.queries.kitchen.receipts import Apart, meals_told_by_receipts, what_stands_apart

log = logging.getLogger(__name__)
AHEAD = timedelta(days=14)


def check_days(*, at: datetime) -> list[KitchenCheck]:
    """Check yesterday and the two weeks to come; return the days that do not agree."""
    today = in_paris(at).date()
    rows = _check(today - timedelta(days=1), today + AHEAD, at)
    return [row for row in rows if not row.agrees]


def check_day(*, day: date, at: datetime) -> list[KitchenCheck]:
    """Check one day; return a row for each activity that has a meal on it."""
    return _check(day, day, at)


@transaction.atomic(durable=True)
def _check(first: date, last: date, at: datetime) -> list[KitchenCheck]:
    """Count both ways and write what was found in place of the former check."""
    kitchen = {key: sum(meals.values()) for key, meals in meals_between(first, last).items()}
    receipts = meals_told_by_receipts(first, last)
    apart = what_stands_apart(first, last)
    rows = []
    for activity, day in sorted(
        {*kitchen, *(key for key, number in receipts.items() if number)}, key=lambda k: k[::-1]
    ):
        key = (activity, day)
        rows.append(_row(activity, day, kitchen.get(key, 0), receipts.get(key, 0), apart.get(key, Apart()), at))
    KitchenCheck.objects.filter(day__range=(first, last)).delete()
    made = KitchenCheck.objects.bulk_create(rows)
    for row in made:
        if not row.agrees:
            log.error(
                "Effectifs de la cuisine du %s, activité %s : %s selon les réservations, %s selon les reçus (%s)",
                row.day.isoformat(),
                row.activity_id,
                row.kitchen,
                row.receipts,
                row.explanation or "sans explication",
            )
    return made


def _row(activity: int, day: date, kitchen: int, receipts: int, apart: Apart, at: datetime) -> KitchenCheck:
    said = [
        f"{number} {words}"
        for number, words in (
            (apart.given_back, "rendus hors délai sans reçu"),
            (apart.without_receipt, "repris sans reçu"),
            (apart.freed, "libérés par le service sans reçu"),
        )
        if number
    ]
    return KitchenCheck(
        activity_id=activity,
        day=day,
        kitchen=kitchen,
        receipts=receipts,
        given_back=apart.given_back,
        explanation=" ; ".join(said),
        agrees=kitchen == receipts + apart.balance,
        checked_at=at,
    )
