"""Remembering the devices of a person, and telling her of a new one."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import emails
from accounts.models import KnownDevice, User

FORGOTTEN_AFTER = timedelta(days=395)
QUIET = timedelta(hours=24)
MOST_MAILS = 5  # in 24 hours, whatever happens


@transaction.atomic
def note_sign_in(*, user: User, digest: str, label: str, network: str, at: datetime) -> KnownDevice:
    """Write down the device of a sign-in; queue a mail when it is new and the person already had another.

    ``digest`` is that of the browser's secret, ``network`` an approximate address. The first device of all (the activation)
    alarms nobody. A browser that refuses cookies is new each time: the same device on the same network is told once a day,
    and no more than five mails leave in a day.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    mine = KnownDevice.objects.filter(user=user)
    mine.filter(last_seen_at__lt=at - FORGOTTEN_AFTER).delete()
    is_first = not mine.exists()
    device, is_new = KnownDevice.objects.get_or_create(
        user=user,
        digest=digest,
        defaults={"label": label, "network": network, "first_seen_at": at, "last_seen_at": at},
    )
    if not is_new:
        device.label, device.network, device.last_seen_at = label, network, at
        device.save(update_fields=["label", "network", "last_seen_at"])
        return device
    told = mine.filter(announced_at__gt=at - QUIET)
    if is_first or told.filter(label=label, network=network).exists() or told.count() >= MOST_MAILS:
        return device
    device.announced_at = at
    device.save(update_fields=["announced_at"])
    emails.send_new_device(user, device, at)
    return device


def forget_devices(*, user: User, keep: str = "") -> int:
    """Forget a person's devices but the one whose digest is ``keep``: her password changed, nobody else is known."""
    deleted, _ = KnownDevice.objects.filter(user=user).exclude(digest=keep).delete()
    return deleted


def is_known(*, email: str, digest: str) -> bool:
    """Say whether a browser has signed in to the account of an address before."""
    return KnownDevice.objects.filter(user__email__iexact=email.strip(), digest=digest).exists()
