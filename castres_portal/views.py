"""Pages of the site itself: home, dashboard, information, legal pages, health, errors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from health_check.views import HealthCheckView

from castres_portal import queries
from castres_portal.base import clock


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Public home page: what the portal is for, and the ways in."""
    return render(request, "site/home.html")


def dashboard(request: HttpRequest) -> HttpResponse:
    """« Mon accueil »: the tiles of the family; an agent goes to the back office, a lone account to its activation."""
    if request.family is None:
        return redirect("admin:index" if request.user.is_staff else "families:attach")
    today = clock.today()
    return render(
        request, "site/dashboard.html", {"dashboard": queries.dashboard_of(request.family, today=today), "today": today}
    )


@login_not_required
def activities(request: HttpRequest) -> HttpResponse:
    """What families may book, when, until when and for how much."""
    return render(request, "site/activities.html", {"activities": queries.activity_sheets(today=clock.today())})


@login_not_required
def practical_info(request: HttpRequest) -> HttpResponse:
    """The service, the school calendar and the schools."""
    context = {"schools": queries.schools(), "school_years": queries.school_year_sheets(today=clock.today())}
    return render(request, "site/practical_info.html", context)


@login_not_required
def legal(request: HttpRequest) -> HttpResponse:
    """Mentions légales."""
    return render(request, "site/legal.html")


@login_not_required
def terms(request: HttpRequest) -> HttpResponse:
    """Conditions générales d'utilisation."""
    return render(request, "site/terms.html")


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """Accessibility statement (loi 2005-102, art. 47)."""
    return render(request, "site/accessibility.html")


@login_not_required
def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the service."""
    return render(request, "site/contact.html")


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
