"""The households of a person who is signed in: attaching one more, choosing the one to look at."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import User
from families.forms.activation import CodeForm
from families.middleware import SESSION_KEY
from families.models import Guardian
from families.services.activation import attach_household
from families.throttle import try_code


@never_cache
@sensitive_post_parameters("code")
def attach(request: HttpRequest) -> HttpResponse:
    """« Rattacher un dossier »: the code and a birth date are enough for who is signed in."""
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        user = request.user

        def service(**answers: object) -> Guardian:
            assert isinstance(user, User)
            return attach_household(user=user, **answers)  # type: ignore[arg-type]

        guardian, status = try_code(request, form, service)
        if guardian:
            request.session[SESSION_KEY] = guardian.family_id
            messages.success(request, f"Le dossier {guardian.family} est rattaché à votre compte.")
            return redirect("dashboard")
    return render(request, "families/attach.html", {"form": form}, status=status)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Look at another of one's households; any other does not exist."""
    chosen = next((family for family in request.families if str(family.pk) == request.POST.get("family")), None)
    if chosen is None:
        raise Http404
    request.session[SESSION_KEY] = chosen.pk
    messages.success(request, f"Vous consultez maintenant le dossier {chosen}.")
    return redirect(_common_page(request) or "dashboard")


def _common_page(request: HttpRequest) -> str | None:
    """Return the page that the person came from when it is ours and means something in any household."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return None
    try:
        match = resolve(target.partition("?")[0])
    except Resolver404:
        return None
    return target if not match.kwargs and not match.args else None
