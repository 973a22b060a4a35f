"""What stays unpaid: reminded of, left alone for a reason, handed over to the Trésor, settled by it."""

from billing.services.unpaid.holds import hold, lift
from billing.services.unpaid.reminders import plan_reminders, send_reminders
from billing.services.unpaid.treasury import (
    NotHandedOver,
    hand_over,
    mark_sent,
    record_treasury_payment,
    withdraw,
)

__all__ = [
    "NotHandedOver",
    "hand_over",
    "hold",
    "lift",
    "mark_sent",
    "plan_reminders",
    "record_treasury_payment",
    "send_reminders",
    "withdraw",
]
