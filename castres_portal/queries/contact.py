"""What a message of the contact form said, for the pages of its request."""

from typing import Any

from families.models import FamilyRequest


def contact_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return the message; one query."""
    return {"message": request.contact_message}
