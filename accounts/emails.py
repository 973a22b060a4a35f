"""The mails about accounts that allauth does not write. None of them carries a secret."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import KnownDevice, User
from castres_portal.base.mail import queue_mail


def send_new_device(user: User, device: KnownDevice, at: datetime) -> None:
    """Tell a person that her space was opened from a device that it did not know, and what to do about it."""
    context = {
        "user": user,
        "device": device,
        "at": at,
        "sessions_url": _address("usersessions_list"),
        "password_url": _address("account_reset_password"),
    }
    queue_mail("accounts/mail/new_device", user.email, context)


def send_address_change_asked(user: User, old: str, new: str, at: datetime) -> None:
    """Tell the present address that another one was asked for: the account's owner may have done nothing of the kind."""
    context = {
        "user": user,
        "new": new,
        "at": at,
        "address_url": _address("account_email"),
        "password_url": _address("account_change_password"),
    }
    queue_mail("accounts/mail/address_change_asked", old, context)


def _address(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"
