"""The mail that tells the kitchen of an order: figures by site, nothing of what each child eats (a diet is health data)."""

from collections import Counter

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.roles import CUISINE
from castres_portal.base.mail import Letter, queue_mails
from reservations.models import ActivitySite, KitchenOrder
from reservations.rules.kitchen import BASKET, Meals


def queue_kitchen_order(order: KitchenOrder, meals: Meals) -> int:
    """Tell the kitchen what was ordered, inside the transaction that froze it; return how many are told."""
    by_site: Counter[int] = Counter()
    for cell, number in meals.items():
        by_site[cell.site] += number
    sites = ActivitySite.objects.filter(pk__in=by_site).select_related("school", "venue")
    places = sorted((site.place_name, by_site[site.pk]) for site in sites)
    context = {
        "order": order,
        "total": sum(by_site.values()),
        "baskets": sum(number for cell, number in meals.items() if cell.diet == BASKET),
        "places": places,
        "url": f"{settings.SITE_URL}{reverse('admin:reservations_kitchenorder_day')}?jour={order.day:%Y-%m-%d}",
    }
    return len(queue_mails(Letter("reservations/mail/kitchen_order", to, context) for to in kitchen_addresses()))


def kitchen_addresses() -> list[str]:
    """Return whom the orders are sent to: the addresses of the setting, else the accounts of the kitchen."""
    chosen: list[str] = settings.KITCHEN["mails"]
    return chosen or list(cooks().values_list("email", flat=True))


def cooks() -> QuerySet[User]:
    """Return the accounts of the kitchen."""
    return User.objects.filter(groups__name=CUISINE, is_active=True, is_staff=True).order_by("email")
