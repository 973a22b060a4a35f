"""A household chooses to read its invoices on line, or to receive them by post again."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing import emails
from billing.models import DeliveryChoice
from castres_portal.base.mail import queue_mails
from families.models import Family, Guardian


@transaction.atomic(durable=True)
def choose_delivery(
    *, family: Family, guardian: Guardian | None, user: User, online: bool, at: datetime
) -> DeliveryChoice:
    """Record how a household wants its invoices from now on, and tell its account holders; said twice, it is recorded once."""
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)
    last = DeliveryChoice.objects.filter(family=family).first()
    if last and last.online == online:
        return last
    choice = DeliveryChoice.objects.create(
        family=family, guardian=guardian, chosen_by=user, online=online, chosen_at=at
    )
    readers = Guardian.objects.filter(family=family, user__is_active=True).exclude(rights=Guardian.Rights.EXCLUDED)
    queue_mails(emails.delivery_chosen(choice, reader) for reader in readers.select_related("user"))
    return choice
