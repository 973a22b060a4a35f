"""What happens at each sign-in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from castres_portal.base import clock


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Keep the previous sign-in, which the header shows: an unknown one betrays an intruder."""
    user.previous_signed_in_at = user.signed_in_at
    user.signed_in_at = clock.now()
    user.save(update_fields=["previous_signed_in_at", "signed_in_at"])
