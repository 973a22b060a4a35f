"""The admin site of the agents: entered through the portal's own sign-in, with a second factor."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.queries.factors import has_strong_factor


class BackOffice(UnfoldAdminSite):
    """Unfold's site; an agent without an application or a passkey is led to them, and has no permission until then."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether this person is an agent who signs in with a second factor."""
        user = request.user
        return bool(user.is_active and user.is_staff) and has_second_factor(request)

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the portal's sign-in, or to the second factor; the admin's own form takes no password."""
        target = request.GET.get("next") or ""
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': target or reverse('admin:index')})}")
        if not request.user.is_staff:
            raise PermissionDenied
        if not has_second_factor(request):
            messages.warning(
                request,
                "L’administration demande une double authentification : activez une application d’authentification ou une "
                "clé d’accès pour y entrer.",
            )
            return redirect("mfa_index")
        return redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out of the whole portal."""
        if request.method == "POST":
            logout(request)
            return redirect("home")
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the portal's page, which asks for the present password and tells the person by mail."""
        return redirect("account_change_password")


def has_second_factor(request: HttpRequest) -> bool:
    """Say whether the person has an authenticator application or a passkey; asked of the database once per request."""
    known: bool | None = getattr(request, "_has_second_factor", None)
    if known is None:
        known = has_strong_factor(request.user.pk)
        request._has_second_factor = known  # type: ignore[attr-defined]
    return known
