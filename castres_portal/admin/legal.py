"""Terms, audits and approvals of security, in the agents' back office: read by agents, written by administrators."""

from decimal import Decimal

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from castres_portal.models import AccessibilityAudit, SecurityAttestation, TermsVersion
from castres_portal.rules.accessibility import conformity, rate


@admin.register(TermsVersion)
class TermsVersionAdmin(PortalAdmin):
    """The conditions générales d'utilisation; a version that has begun is only read: a new one replaces it."""

    list_display = ("number", "in_force_on")
    fields = (("number", "in_force_on"), "body")

    def has_change_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        """What was in force stays as it was."""
        return not _begun(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        """What was in force is kept."""
        return not _begun(obj) and super().has_delete_permission(request, obj)


def _begun(version: TermsVersion | None) -> bool:
    return version is not None and version.in_force_on <= clock.today()


@admin.register(AccessibilityAudit)
class AccessibilityAuditAdmin(PortalAdmin):
    """The audits; the last one makes the statement and the foot of every page."""

    list_display = ("audited_on", "auditor", "rate_shown", "state")
    readonly_fields = ("rate_shown", "state")
    fields = (
        ("audited_on", "auditor", "reference"),
        ("criteria_applicable", "criteria_met"),
        ("rate_shown", "state"),
        "failures",
        "derogations",
        "exempt",
        "pages",
        "tested_with",
    )

    @display(description="Taux")
    def rate_shown(self, audit: AccessibilityAudit) -> str:
        """Return the rate, once the audit is recorded."""
        return f"{_french(rate(audit.facts))} %" if audit.pk else "calculé à l’enregistrement"

    @display(description="Ce jour")
    def state(self, audit: AccessibilityAudit) -> str:
        """Return what this audit alone would say today."""
        return str(conformity(audit.facts, clock.today())) if audit.pk else "–"


def _french(number: Decimal) -> str:
    return f"{number}".replace(".", ",")


@admin.register(SecurityAttestation)
class SecurityAttestationAdmin(PortalAdmin):
    """The approvals of security, shown on the page of the mentions légales while they hold."""

    list_display = ("decided_on", "valid_until", "authority")
    fields = (("decided_on", "valid_until"), "authority", "words")
