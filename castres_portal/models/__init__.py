"""Rows of the site itself: its news, and what it owes the law to say of itself."""

from castres_portal.models.contact import ContactMessage
from castres_portal.models.legal import AccessibilityAudit, SecurityAttestation, TermsVersion
from castres_portal.models.news import News

__all__ = ["AccessibilityAudit", "ContactMessage", "News", "SecurityAttestation", "TermsVersion"]
