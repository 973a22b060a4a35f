"""Recording a request (démarche), answering it, writing about it."""

from families.services.requests.deciding import (
    accept_request,
    refuse_request,
    release_request,
    take_in_charge,
    withdraw_request,
)
from families.services.requests.recording import record_request, record_settled_requests
from families.services.requests.thread import mark_read_by_family, mark_read_by_service, write_message

__all__ = [
    "accept_request",
    "mark_read_by_family",
    "mark_read_by_service",
    "record_request",
    "record_settled_requests",
    "refuse_request",
    "release_request",
    "take_in_charge",
    "withdraw_request",
    "write_message",
]
