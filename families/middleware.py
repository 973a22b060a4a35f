"""Which of her families a parent is looking at."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve

from families import counter
from families.queries.households import guardianships_of

SESSION_KEY = "family"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# What a guardian who may only read still sends: what concerns her own account, never the household's file. Anything that is
# not here is refused, a page written tomorrow included.
OWN_SPACES = ("accounts", "admin", "demo")
OWN_NAMES = (
    *(
        "families:choose",
        "families:attach",
        "families:follow",
        "contact",
        "documents:check",
        "billing:payzen_ipn",
        "billing:payfip_notification",
    ),
    *("families:ask_export", "families:ask_right", "families:ask_erasure", "documents:ask_paper"),
    *("reservations:reminder_choice", "reservations:stop_reminders"),
    *("reservations:agenda", "reservations:agenda_cut"),
)
OWN_PREFIXES = ("account_", "mfa_", "usersessions_", "socialaccount_", "franceconnect_")


class ChosenFamily:
    """Give each request ``guardian`` (who she is in the chosen household), ``family`` and ``families``; one query.

    ``visit`` is the household that an agent has opened at the counter: on the pages that are open there, it is the chosen one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        guardians = guardianships_of(request.user) if request.user.is_authenticated else []
        chosen = request.session.get(SESSION_KEY) if len(guardians) > 1 else None
        guardian = next((g for g in guardians if g.family_id == chosen), guardians[0] if guardians else None)
        request.guardian = guardian  # type: ignore[attr-defined]
        request.family = guardian.family if guardian else None  # type: ignore[attr-defined]
        request.families = [g.family for g in guardians]  # type: ignore[attr-defined]
        request.read_only = guardian is not None and guardian.may_only_read  # type: ignore[attr-defined]
        request.visit = counter.visit_of(request) if request.user.is_authenticated else None  # type: ignore[attr-defined]
        if request.visit and _is_open_at_counter(request):  # type: ignore[attr-defined]
            request.guardian = request.visit.guardian  # type: ignore[attr-defined]
            request.family = request.guardian.family  # type: ignore[attr-defined]
            request.read_only = False  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse, before any view runs, what a guardian who may only read would change in the household's file."""
        if not request.read_only or request.method in SAFE_METHODS:  # type: ignore[attr-defined]
            return None
        if request.resolver_match and is_her_own(request.resolver_match):
            return None
        return render(request, "families/read_only.html", status=403)


def _is_open_at_counter(request: HttpRequest) -> bool:
    try:
        return counter.is_open(resolve(request.path_info))
    except Resolver404:
        return False


def is_her_own(match: ResolverMatch) -> bool:
    """Say whether an address concerns the account of who is signed in, and not a household."""
    if match.namespaces and match.namespaces[0] in OWN_SPACES:
        return True
    return match.view_name in OWN_NAMES or match.view_name.startswith(OWN_PREFIXES)
