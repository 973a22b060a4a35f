"""Where a mail goes, and where its link leads."""

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from families.models import FamilyRequest, Guardian


def address_of(guardian: Guardian | None, user: User | None) -> str:
    """Return where a guardian reads her mail: the address of her account, else the one in the household's file."""
    if guardian is None or guardian.is_excluded:
        return ""
    if user is not None and guardian.user_id == user.pk:
        return user.email
    return guardian.mail_address


def page_of(request: FamilyRequest) -> str:
    """Return the address of the page of a request."""
    return settings.SITE_URL + reverse("families:request", args=[request.number])
