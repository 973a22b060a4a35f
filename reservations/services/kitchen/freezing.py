"""Freezing the order of a day once no family can change it any more: one transaction a day, once and for all."""

from datetime import date, datetime, timedelta

from django.db import transaction

from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, moment
from reservations import emails
from reservations.models import Activity, HolidayPeriod, KitchenOrder, KitchenOrderLine
from reservations.queries.kitchen.counting import meals_between
from reservations.queries.kitchen.orders import activities_with_meals, due_at, longest_notice, serves
from reservations.queries.planning import school_calendar
from reservations.rules.kitchen import Meals

# A submit accepted in the last second may still be on its way to the database.
GRACE = timedelta(minutes=2)


@transaction.atomic(durable=True)
def freeze_order(*, activity: Activity, day: date, at: datetime) -> KitchenOrder:
    """Write down what is booked for a day and tell the kitchen; return the order, the one that stands when there is one.

    Two at once make one order (``kitchen_order_once``); one that is killed leaves nothing, and the next does it all. Raises
    Refusal before the deadline has passed.
    """
    due = due_at(activity, day)
    if at < due:
        raise Refusal(
            f"La commande du {long_day(day)} n’est pas close : les familles la changent jusqu’au {moment(due)}."
        )
    order, made = KitchenOrder.objects.get_or_create(
        activity=activity, day=day, defaults={"due_at": due, "frozen_at": at, "followed_at": at}
    )
    if made:
        meals = meals_between(day, day, activities=[activity.pk]).get((activity.pk, day), Meals())
        _write(order, meals)
        if meals and emails.queue_kitchen_order(order, meals):
            order.sent_at = at
            order.save(update_fields=["sent_at"])
    return order


def _write(order: KitchenOrder, meals: Meals) -> None:
    KitchenOrderLine.objects.bulk_create(
        KitchenOrderLine(order=order, site_id=cell.site, group=cell.group, diet=cell.diet, meals=meals[cell])
        for cell in sorted(meals)
    )


def freeze_due_orders(*, at: datetime) -> list[KitchenOrder]:
    """Freeze each order whose deadline has passed and that nobody has frozen, from today on; return those made.

    A day on which nothing is booked has its order too, of nothing: a booking that an agent adds later is then a difference.
    """
    today = in_paris(at).date()
    activities = activities_with_meals()
    last = today + timedelta(days=longest_notice(activities) + 1)
    standing = set(KitchenOrder.objects.filter(day__range=(today, last)).values_list("activity_id", "day"))
    calendar = school_calendar()
    periods = list(HolidayPeriod.objects.filter(starts_on__lte=last, ends_on__gte=today))
    made = []
    for offset in range((last - today).days + 1):
        day = today + timedelta(days=offset)
        for activity in activities:
            if (activity.pk, day) in standing or not serves(activity, day, calendar, periods):
                continue
            if at >= due_at(activity, day) + GRACE:
                made.append(freeze_order(activity=activity, day=day, at=at))
    return made
