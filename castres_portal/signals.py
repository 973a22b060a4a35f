"""What follows when an agent changes what every page shows."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from castres_portal.models import AccessibilityAudit
from castres_portal.queries.legal import forget_audit


@receiver([post_save, post_delete], sender=AccessibilityAudit)
def show_the_new_audit(**kwargs: Any) -> None:
    """Read the audits again for the next page."""
    forget_audit()
