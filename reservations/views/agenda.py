"""« Mon agenda »: the address that a guardian gives to her calendar program, and the feed that it reads there."""

import secrets
from urllib.parse import urlsplit

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from reservations.feed import entity_tag, feed_file
from reservations.queries.agenda import digest_of, events_of, feed_named, live_feed
from reservations.services.agenda import cut_feed, make_feed, note_reading
from reservations.views.household import household_of

PLAIN = "text/plain; charset=utf-8"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_agenda(request: HttpRequest) -> HttpResponse:
    """Say whether there is an address and when it was last read; make one, shown this once."""
    _, guardian = household_of(request)
    context = {"seed": secrets.token_urlsafe(32)}
    if request.method == "POST":
        seed = request.POST.get("graine", "")
        try:
            token = make_feed(guardian=guardian, user=request.user, seed=seed, at=clock.now())  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.warning(request, refusal.message)
            return redirect("reservations:agenda")
        address = settings.SITE_URL + reverse("reservations:agenda_feed", args=[token])
        context |= {"address": address, "webcal": f"webcal:{address.partition(':')[2]}"}
    return render(request, "reservations/agenda.html", context | {"feed": live_feed(guardian)})


@require_POST
def cut(request: HttpRequest) -> HttpResponse:
    """Cut the address."""
    _, guardian = household_of(request)
    if cut_feed(guardian=guardian, user=request.user, at=clock.now()):  # type: ignore[arg-type]
        messages.success(request, "Le lien est coupé : plus aucun agenda ne peut lire vos réservations.")
    return redirect("reservations:agenda")


@login_not_required  # the secret of the address is the key: it shows the days of one household, and changes nothing
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The feed; what is unknown, cut or no longer hers is not there, in the same words."""
    digest = digest_of(token)
    if ratelimit.consume(request, app="allauth.account", action="agenda", key=digest, limit_get=True) is None:
        return HttpResponse("Lu trop souvent.", content_type=PLAIN, status=429, headers={"Retry-After": "3600"})
    found, at = feed_named(digest), clock.now()
    if found is None:
        return _private(HttpResponseNotFound("Cet agenda n’existe pas, ou plus.", content_type=PLAIN))
    note_reading(feed=found, at=at)
    events = events_of(found, at=at)
    tag = entity_tag(events)
    response = get_conditional_response(request, etag=tag)
    if response is None:
        page = settings.SITE_URL + reverse("reservations:index")
        content = feed_file(events, domain=urlsplit(settings.SITE_URL).hostname or "castres", page=page)
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="agenda.ics"'
    response["ETag"] = tag
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a feed out of shared caches and of search engines; a program asks again, and is told when nothing has changed."""
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response
