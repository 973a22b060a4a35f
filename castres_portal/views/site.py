"""A family's first page, the health of the machine, errors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from health_check.views import HealthCheckView

from accounts.first_page import first_page
from castres_portal.base import clock
from castres_portal.queries.dashboard import dashboard_of
from reservations.queries.closures import coming_closures


def dashboard(request: HttpRequest) -> HttpResponse:
    """« Mon accueil »: the tiles of the family; an agent goes to the back office, a lone account to its activation."""
    if request.family is None:
        return redirect(first_page(request.user) if request.user.is_staff else "families:attach")
    today = clock.today()
    context = {
        "dashboard": dashboard_of(request.family, today=today),
        "closures": coming_closures(request.family, today=today),
        "today": today,
    }
    return render(request, "site/dashboard.html", context)


@method_decorator(login_not_required, name="dispatch")
class HealthView(HealthCheckView):
    """Whether this machine can serve: its database and its files. Redis is left out, the portal works without it (law 5)."""

    checks = ("health_check.checks.Database", "health_check.checks.Storage")
    template_name = "site/health.html"


health = HealthView.as_view()


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say kindly that the form had grown old; what was typed is one step back in the browser."""
    return render(request, "403_csrf.html", status=403)
