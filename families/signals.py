"""What an account's change does to the households of its owner."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import User
from families.models import Guardian


@receiver(post_save, sender=User, dispatch_uid="families.addresses")
def follow_address(
    instance: User, created: bool, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Write the address of an account on its guardians: the one that its owner has confirmed is the one to write to."""
    if created or raw or (update_fields is not None and "email" not in update_fields):
        return
    for guardian in Guardian.objects.filter(user=instance).exclude(email=instance.email):
        guardian.email = instance.email
        guardian.save(update_fields=["email"])  # one by one: the journal says what changed
