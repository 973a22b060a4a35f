"""The waiting room before the page of a holiday period that opens to who comes first.

Off without Redis. The room stands before the form: a form that was handed out is always taken (``pass_for``), so that nothing
that was typed waits or is lost. See docs/decisions.
"""

from reservations.waiting_room.openings import scene_before, stands_before
from reservations.waiting_room.room import Standing, enter, leave, look, remember
from reservations.waiting_room.tickets import holds_pass, pass_for, ticket_of

__all__ = [
    "Standing",
    "enter",
    "holds_pass",
    "leave",
    "look",
    "pass_for",
    "remember",
    "scene_before",
    "stands_before",
    "ticket_of",
]
