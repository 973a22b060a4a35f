"""The holidays by wishes: a household ranks weeks, the town allocates them."""

from reservations.services.holidays.allocating import AllocationChanged, allocate_places
from reservations.services.holidays.answering import only_by_allocation, withdraw_wishes
from reservations.services.holidays.wishing import send_wishes

__all__ = ["AllocationChanged", "allocate_places", "only_by_allocation", "send_wishes", "withdraw_wishes"]
