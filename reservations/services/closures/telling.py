"""Telling the families of a closure, or that it is undone: in batches, by a worker, each household once."""

from datetime import datetime

from django.db import transaction

from reservations import emails
from reservations.models import ClosureNotice

BATCH = 200


def tell_closures(*, at: datetime) -> int:
    """Queue the mails of the notices that wait; return how many households were told. Safe to run twice and at once."""
    told = 0
    while number := _tell_some(at):
        told += number
    return told


@transaction.atomic(durable=True)
def _tell_some(at: datetime) -> int:
    waiting = ClosureNotice.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    related = ("closure", "family", "receipt__request")
    notices = list(waiting.filter(told_at=None).select_related(*related).order_by("pk")[:BATCH])
    if notices:
        emails.queue_closure_notices(notices)
        ClosureNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(told_at=at)
    return len(notices)
