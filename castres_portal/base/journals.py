"""Forgetting old journals: who changed what, and the mails that were sent."""

from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.db.models import QuerySet
from post_office.models import STATUS, Email

from castres_portal.base.retention import limit

BATCH = 1000


def purge_journal(at: datetime, dry_run: bool) -> int:
    """Delete the entries of the journal of changes that are past their time; return how many there are."""
    return delete_in_batches(LogEntry.objects.filter(timestamp__lt=limit("journal", at)), dry_run)


def purge_mails(at: datetime, dry_run: bool) -> int:
    """Delete the mails sent or given up that are past their time; return how many there are."""
    done = Email.objects.filter(status__in=[STATUS.sent, STATUS.failed], created__lt=limit("courriels", at))
    return delete_in_batches(done, dry_run)


def delete_in_batches(rows: QuerySet[Any], dry_run: bool) -> int:
    """Delete rows a thousand at a time, so that none of the transactions is long; return how many there are."""
    if dry_run:
        return rows.count()
    done = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=ids).delete()
        done += len(ids)
    return done
