"""Writing down, minute by minute, what changed since an order was frozen. The order itself is never touched."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction

from castres_portal.base.clock import in_paris
from reservations.models import KitchenChange, KitchenOrder
from reservations.queries.kitchen.counting import meals_between
from reservations.queries.kitchen.orders import Frozen, events_since, frozen_of
from reservations.rules.kitchen import Cell, Event, Meals, difference, explain, without_passing

# What a submit decided just before the last look, and wrote just after it.
OVERLAP = timedelta(minutes=1)
# A look reads the clock, then the bookings: one made in between carries a later instant and is counted already.
SLACK = timedelta(seconds=5)


def follow_orders(*, at: datetime) -> int:
    """Follow each order of today and after; return how many differences were written. Safe to run twice and at once."""
    today = in_paris(at).date()
    orders = KitchenOrder.objects.filter(day__gte=today, followed_at__lt=at).order_by("pk").values_list("pk", flat=True)
    return sum(len(follow_order(order=pk, at=at)) for pk in orders)


@transaction.atomic(durable=True)
def follow_order(*, order: int, at: datetime) -> list[KitchenChange]:
    """Write the differences between what is booked now and what was written of an order (id); return them.

    The order's row is locked first: two looks at once write each difference once.
    """
    row = KitchenOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order)
    if row.followed_at >= at:
        return []
    frozen = frozen_of({row.pk: row})[row.activity_id, row.day]
    key = (row.activity_id, row.day)
    now = meals_between(row.day, row.day, activities=[row.activity_id]).get(key, Meals())
    missing = difference(now, frozen.expected)
    written = _write(frozen, missing, at) if missing else []
    row.followed_at = at
    row.save(update_fields=["followed_at"])
    return written


def _write(frozen: Frozen, missing: dict[Cell, int], at: datetime) -> list[KitchenChange]:
    order = frozen.order
    events = _untold(frozen, events_since(order, order.followed_at - OVERLAP))
    seen = order.followed_at + SLACK
    fresh, old = [event for event in events if event.at > seen], [event for event in events if event.at <= seen]
    return KitchenChange.objects.bulk_create(
        KitchenChange(
            order=order,
            site_id=event.cell.site,
            group=event.cell.group,
            diet=event.cell.diet,
            delta=event.delta,
            cause=event.cause,
            happened_at=event.at,
        )
        for event in explain(missing, fresh, at, doubtful=old)
    )


def _untold(frozen: Frozen, events: list[Event]) -> list[Event]:
    """Leave out the events that an earlier look has written, each as often as it was, and the bookings that only passed."""
    told = Counter((Cell(row.site_id, row.group, row.diet), row.delta, row.happened_at) for row in frozen.changes)
    left = []
    for event in events:
        if told[event.cell, event.delta, event.at]:
            told[event.cell, event.delta, event.at] -= 1
        else:
            left.append(event)
    return without_passing(left)
