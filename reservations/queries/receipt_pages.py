"""A receipt of the calendar as its page shows it, with what it changed to the amount expected."""

from typing import Any

from families.models import FamilyRequest
from reservations.models import BookingReceipt
from reservations.queries.calendar.totals import change_of_receipt
from reservations.queries.receipts import answers_by_child, lines_of


def booking_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a reservation request shows; six queries at most."""
    receipt = BookingReceipt.objects.get(request=request)
    answers = answers_by_child(lines_of(receipt))
    assert request.family_id is not None  # a receipt is a household's
    return {
        "answers": answers,
        "change": change_of_receipt(receipt, request.family_id),
        "months": sorted({day.replace(day=1) for group in answers for answer in group.answers for day in answer.days}),
    }
