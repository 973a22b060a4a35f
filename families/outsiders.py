"""Who writes without an account follows and continues by a signed link, which opens one request and nothing else."""

from django.core import signing
from django.urls import reverse

from families.models import FamilyRequest

SALT = "families.request.follow"


def follow_path(request: FamilyRequest) -> str:
    """Return the path of the page that follows a request made without an account."""
    return reverse("families:follow", args=[signing.dumps(request.number, salt=SALT)])


def number_in(key: str) -> str | None:
    """Return the number of the request that a link opens, or None for a link that we did not make."""
    try:
        number: str = signing.loads(key, salt=SALT)
    except signing.BadSignature:
        return None
    return number
