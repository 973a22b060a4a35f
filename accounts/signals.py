"""What happens at each sign-in, and when a password or an address changes."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_added, password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import devices, emails
from accounts.models import User
from accounts.rules.devices import approximate_network
from accounts.services.devices import forget_devices, note_sign_in
from accounts.services.sessions import end_sessions
from castres_portal.base import clock


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Keep the previous sign-in, which the header shows: an unknown one betrays an intruder. Note the device too."""
    user.previous_signed_in_at = user.signed_in_at
    user.signed_in_at = clock.now()
    user.save(update_fields=["previous_signed_in_at", "signed_in_at"])
    _note_device(request, user)


def _note_device(request: HttpRequest, user: User) -> None:
    address = devices.address_of(request)
    if not address:  # no browser: a command, a test
        return
    note_sign_in(
        user=user,
        digest=devices.digest_of(devices.secret_to_keep(request)),
        label=devices.label_of(request),
        network=approximate_network(address),
        at=clock.now(),
    )


@receiver(password_changed)
@receiver(password_set)
def end_other_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A new password closes the space everywhere else; the device at hand stays known."""
    end_sessions(user=user, but=request.session.session_key)
    forget_devices(user=user, keep=devices.digest_of(devices.secret_to_keep(request)))


@receiver(password_reset)
def end_every_session(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A password chosen by the mailed link closes the space everywhere; only the device that chose it is known."""
    end_sessions(user=user)
    forget_devices(user=user)
    _note_device(request, user)


@receiver(email_added)
def tell_present_address(request: HttpRequest, user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    """Tell the address in use that another one was asked for."""
    present = EmailAddress.objects.filter(user=user, verified=True).exclude(pk=email_address.pk).first()
    if present:
        emails.send_address_change_asked(user, present.email, email_address.email, clock.now())
