"""The waiting list of full days: joining it, the places that are offered in order, and what agents may do with it."""

from reservations.services.waiting.answering import UnknownWait, accept_offer, leave
from reservations.services.waiting.joining import join
from reservations.services.waiting.moving import move_up, withdraw_entry
from reservations.services.waiting.offering import offer_day, offer_places

__all__ = [
    "UnknownWait",
    "accept_offer",
    "join",
    "leave",
    "move_up",
    "offer_day",
    "offer_places",
    "withdraw_entry",
]
