"""What the site says of itself: terms in force, accessibility, security."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.cache import cache

from castres_portal.models import AccessibilityAudit, SecurityAttestation, TermsVersion
from castres_portal.rules.accessibility import Audit, conformity

SHIPPED_TERMS = Path(__file__).resolve().parent.parent / "texts" / "conditions.txt"
AUDIT_KEY = "portal:last-audit"
AUDIT_SECONDS = 600


@dataclass(frozen=True)
class Terms:
    """The conditions générales d'utilisation that hold on a day; without ``in_force_on``, the text shipped with the portal."""

    number: int
    in_force_on: date | None
    body: str


def terms_in_force(today: date) -> Terms:
    """Return the text in force; one query."""
    row = TermsVersion.objects.filter(in_force_on__lte=today).first()
    if row:
        return Terms(row.number, row.in_force_on, row.body)
    return Terms(1, None, SHIPPED_TERMS.read_text(encoding="utf-8"))


def last_audit(today: date) -> AccessibilityAudit | None:
    """Return the last audit made by a day; one query."""
    return AccessibilityAudit.objects.filter(audited_on__lte=today).first()


def attestation_in_force(today: date) -> SecurityAttestation | None:
    """Return the approval of security that holds on a day; one query."""
    return SecurityAttestation.objects.filter(decided_on__lte=today, valid_until__gte=today).first()


def accessibility_status(today: date) -> str:
    """Return the word that the foot of every page shows.

    The audit behind it is read from the cache: one query each ten minutes, and at once after an agent changed it. The word
    itself is worked out each time, so that an audit three years old stops counting on its day.
    """
    known: Any = cache.get(AUDIT_KEY)
    if known is None:
        audit = last_audit(today)
        known = (audit.facts,) if audit else ()
        cache.set(AUDIT_KEY, known, AUDIT_SECONDS)
    facts: Audit | None = known[0] if known else None
    return str(conformity(facts, today))


def forget_audit() -> None:
    """Have the next page read the audits again."""
    cache.delete(AUDIT_KEY)
