"""The mails about codes and spaces. All but one carry a code or a single-use link: their body is never kept."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import queue_mail
from families.models import Guardian


def _address(name: str, *args: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def send_code(guardian: Guardian, code: str, expires_at: datetime) -> None:
    """Send a guardian her activation code, written in two halves."""
    context = {
        "guardian": guardian,
        "code": code,
        "expires_at": expires_at,
        "activate_url": _address("families:activate"),
    }
    queue_mail("families/mail/activation_code", guardian.email, context, secret=True)


def send_activation_link(guardian: Guardian, email: str, link: str) -> None:
    """Send the link that confirms an address and opens the space."""
    context = {
        "guardian": guardian,
        "confirm_url": _address("families:activation_confirm", link),
        "hours": settings.ACTIVATION["link_hours"],
    }
    queue_mail("families/mail/activation_link", email, context, secret=True)


def send_already_registered(guardian: Guardian, email: str) -> None:
    """Tell the owner of an address that has an account how to use the code: by signing in. No single-use link."""
    context = {"guardian": guardian, "attach_url": _address("families:attach")}
    queue_mail("families/mail/already_registered", email, context)
