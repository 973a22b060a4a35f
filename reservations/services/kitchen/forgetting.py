"""Forgetting the orders past their time: even without a name, a diet that one child followed in a small school is hers."""

from datetime import datetime

from django.db import transaction

from castres_portal.base import retention
from castres_portal.base.clock import in_paris
from reservations.models import KitchenCheck, KitchenExtra, KitchenOrder


@transaction.atomic(durable=True)
def forget_orders(at: datetime, dry_run: bool) -> int:
    """Count the orders, adults' meals and checks of days past their time; delete them unless it is a dry run."""
    before = in_paris(retention.limit("commandes-cuisine", at)).date()
    rows = [model.objects.filter(day__lt=before) for model in (KitchenOrder, KitchenExtra, KitchenCheck)]
    count = sum(query.count() for query in rows)
    if not dry_run:
        for query in rows:
            query.delete()
    return count
