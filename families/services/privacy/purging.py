"""Applying every retention period, or rehearsing it, and keeping what was found."""

import logging
from datetime import datetime

from castres_portal.base import retention
from castres_portal.base.journals import delete_in_batches
from families.models import ActivationCode, FamilyRequest, Reading, RetentionRun
from families.services.privacy.asking import ERASURE, RIGHTS

log = logging.getLogger(__name__)


def run_purges(*, at: datetime, dry_run: bool) -> RetentionRun:
    """Apply each nightly category, or only count; one that fails is logged and said, the others go on."""
    lines = []
    for category in retention.all_categories():
        if not category.nightly:
            continue
        line: dict[str, object] = {"slug": category.slug, "label": category.label, "then": category.then}
        try:
            line |= {"count": category.purge()(at, dry_run), "failed": False}
        except Exception:
            log.exception("La purge « %s » a échoué", category.slug)
            line |= {"count": 0, "failed": True}
        lines.append(line)
    return RetentionRun.objects.create(at=at, dry_run=dry_run, lines=lines)


def purge_codes(at: datetime, dry_run: bool) -> int:
    """Delete the activation codes that stopped working long ago; return how many there are."""
    return delete_in_batches(ActivationCode.objects.filter(expires_at__lt=retention.limit("codes", at)), dry_run)


def purge_readings(at: datetime, dry_run: bool) -> int:
    """Forget who opened a sheet or a paper long ago; return how many readings there are."""
    return delete_in_batches(Reading.objects.filter(at__lt=retention.limit("consultations", at)), dry_run)


def purge_rights(at: datetime, dry_run: bool) -> int:
    """Delete the requests made by the rights of the law, once nobody can contest their answer; return how many there are."""
    closed = FamilyRequest.objects.filter(kind__in=(RIGHTS, ERASURE)).exclude(status__in=FamilyRequest.OPEN)
    return delete_in_batches(closed.filter(decided_at__lt=retention.limit("droits", at)), dry_run)
