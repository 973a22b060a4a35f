"""Settling what was noticed."""

from collections.abc import Collection
from datetime import datetime

from accounts.models import User
from billing.models import Anomaly


def settle_anomalies(ids: Collection[int], *, by: User, at: datetime) -> int:
    """Say that a person has dealt with some anomalies; return how many were still open."""
    return Anomaly.objects.filter(pk__in=ids, settled_at=None).update(settled_at=at, settled_by=by)
