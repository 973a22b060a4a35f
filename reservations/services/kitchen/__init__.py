"""What is done for the kitchen: orders frozen and followed, adults and picnics written down, days counted twice."""

from reservations.services.kitchen.checking import check_day, check_days
from reservations.services.kitchen.extras import enter_extras
from reservations.services.kitchen.following import follow_order, follow_orders
from reservations.services.kitchen.freezing import freeze_due_orders, freeze_order

__all__ = [
    "check_day",
    "check_days",
    "enter_extras",
    "follow_order",
    "follow_orders",
    "freeze_due_orders",
    "freeze_order",
]
