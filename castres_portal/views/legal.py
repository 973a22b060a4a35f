"""What the site says of itself: mentions légales, terms, accessibility, cookies."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.queries.legal import attestation_in_force, last_audit, terms_in_force
from castres_portal.rules.accessibility import conformity, expires_on, rate
from documents.rules.regulations import blocks

COOKIES = (
    {
        "name": settings.SESSION_COOKIE_NAME,
        "purpose": "Vous garder connecté d’une page à l’autre, et retenir où vous en êtes d’une démarche.",
        "lifetime": "La fermeture du navigateur, ou la fin de la connexion après un temps d’inactivité.",
    },
    {
        "name": settings.CSRF_COOKIE_NAME,
        "purpose": "Vérifier que les formulaires envoyés viennent bien de ce site et non d’un autre.",
        "lifetime": "Un an.",
    },
)


@login_not_required
@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Mentions légales (loi 2004-575, article 1-1), with the approval of security when there is one."""
    context = {"legal": settings.LEGAL, "attestation": attestation_in_force(clock.today())}
    return render(request, "site/legal.html", context)


@login_not_required
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Conditions générales d'utilisation in force."""
    found = terms_in_force(clock.today())
    return render(request, "site/terms.html", {"terms": found, "blocks": blocks(found.body)})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Accessibility statement (loi 2005-102, article 47), worked out from the last audit."""
    today = clock.today()
    audit = last_audit(today)
    facts = audit.facts if audit else None
    context = {"audit": audit, "status": str(conformity(facts, today))}
    if facts:
        context |= {"rate": rate(facts), "expires_on": expires_on(facts), "expired": today >= expires_on(facts)}
    return render(request, "site/accessibility.html", context)


@login_not_required
@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """Which cookies there are, and why no banner asks about them."""
    return render(request, "site/cookies.html", {"cookies": COOKIES})
